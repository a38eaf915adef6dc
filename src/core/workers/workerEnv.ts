import { delimiter } from 'node:path';
import { homePaths, workerPaths } from '#core/base/paths.ts';

/** What tells a program that it runs inside one of the Conductor's calls, or how an editor starts its own Node. */
const CALLER_VARIABLES = [
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
      ([name]) => !CALLER_VARIABLES.includes(name) && !name.startsWith('FERMATA_') && !name.startsWith('VSCODE_'),
    ),
  );
}

/** The environment of a runner: no worker's, so that looking for a worker's descendants never finds a runner. */
export function runnerEnv(env: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const isPlainNode = process.versions['electron'] === undefined && env['ELECTRON_RUN_AS_NODE'] === undefined;
  return { ...strippedEnv(env), FERMATA_HOME: home, ...(isPlainNode ? {} : { ELECTRON_RUN_AS_NODE: '1' }) };
}

export interface WorkerLocation {
  dir: string;
  home: string;
  worker: string;
  project: string;
}

/** The environment of a worker: the runner's, the plan's own values, and where it is; the last cannot be overridden. */
export function workerEnv(
  env: NodeJS.ProcessEnv,
  planEnv: Record<string, string>,
  location: WorkerLocation,
): NodeJS.ProcessEnv {
  const base = { ...strippedEnv(env), ...planEnv };
  return {
    ...base,
    PATH: [homePaths(location.home).bin, base['PATH']]
      .filter((part) => part !== undefined && part !== '')
      .join(delimiter),
    FERMATA_HOME: location.home,
    FERMATA_SESSION_DIR: location.dir,
    FERMATA_WORKER: location.worker,
    FERMATA_OUT: workerPaths(location.dir, location.worker).out,
    FERMATA_PROJECT: location.project,
  };
}
