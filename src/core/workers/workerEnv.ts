import { delimiter } from 'node:path';
import { homePaths, workerPaths } from '../paths.ts';

/** What tells a program that it runs inside one of the Conductor's calls, or how an editor starts its own Node. */
const CALLERS = [
  'CLAUDECODE',
  'CLAUDE_CODE_SESSION_ID',
  'CLAUDE_CODE_CHILD_SESSION',
  'CLAUDE_CODE_ENTRYPOINT',
  'CLAUDE_CODE_SSE_PORT',
  'CLAUDE_EFFORT',
  'CLAUDE_ENV_FILE',
  'CLAUDE_PLUGIN_DATA',
  'CLAUDE_PLUGIN_ROOT',
  'CLAUDE_PROJECT_DIR',
  'ELECTRON_RUN_AS_NODE',
  'NODE_OPTIONS',
];

/** The environment without what belongs to the caller's call and without any worker's variables. Credentials stay. */
function strippedEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(
      ([name]) => !CALLERS.includes(name) && !name.startsWith('FERMATA_') && !name.startsWith('VSCODE_'),
    ),
  );
}

/** The environment of a runner: no worker's, so that looking for a worker's descendants never finds a runner. */
export function runnerEnv(env: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const electron = process.versions['electron'] === undefined && env['ELECTRON_RUN_AS_NODE'] === undefined;
  return { ...strippedEnv(env), FERMATA_HOME: home, ...(electron ? {} : { ELECTRON_RUN_AS_NODE: '1' }) };
}

export interface WorkerPlace {
  dir: string;
  home: string;
  worker: string;
  project: string;
}

/** The environment of a worker: the runner's, the plan's own values, and where it is; the last cannot be overridden. */
export function workerEnv(env: NodeJS.ProcessEnv, own: Record<string, string>, place: WorkerPlace): NodeJS.ProcessEnv {
  const base = { ...strippedEnv(env), ...own };
  return {
    ...base,
    PATH: [homePaths(place.home).bin, base['PATH']].filter((part) => part !== undefined && part !== '').join(delimiter),
    FERMATA_HOME: place.home,
    FERMATA_SESSION_DIR: place.dir,
    FERMATA_WORKER: place.worker,
    FERMATA_OUT: workerPaths(place.dir, place.worker).out,
    FERMATA_PROJECT: place.project,
  };
}
