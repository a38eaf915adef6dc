import { delimiter } from 'node:path';
import { homePaths, workerPaths } from '#core/base/paths.ts';

/** Variables that belong to one of the Conductor's calls, or to an editor that starts its own Node. */
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

/** The environment without the caller's variables and without any worker's. Credentials stay. */
function strippedEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isKept = (name: string): boolean => !CALLER_VARIABLES.includes(name) && !/^(FERMATA|VSCODE)_/.test(name);
  return Object.fromEntries(Object.entries(env).filter(([name]) => isKept(name)));
}

/** The environment of a runner: without a worker's variables, so that a search for a worker's processes finds no runner. */
export function runnerEnv(env: NodeJS.ProcessEnv, home: string): NodeJS.ProcessEnv {
  const isPlainNode = process.versions['electron'] === undefined && env['ELECTRON_RUN_AS_NODE'] === undefined;
  return { ...strippedEnv(env), FERMATA_HOME: home, ELECTRON_RUN_AS_NODE: isPlainNode ? undefined : '1' };
}

export interface WorkerLocation {
  dir: string;
  home: string;
  worker: string;
  project: string;
}

/** The variables with another PATH. Windows takes names in any capitals and mostly writes `Path`: two of them would hide each other. */
function withPath(env: NodeJS.ProcessEnv, first: string, platform: NodeJS.Platform): NodeJS.ProcessEnv {
  const isPath = (name: string): boolean => name === 'PATH' || (platform === 'win32' && name.toUpperCase() === 'PATH');
  const others = Object.entries(env).filter(([name]) => !isPath(name));
  // a plan's own comes last
  const path = Object.entries(env).findLast(([name]) => isPath(name))?.[1];
  return { ...Object.fromEntries(others), PATH: [first, path].filter(Boolean).join(delimiter) };
}

/** The environment of a worker: the runner's, the plan's values, and its location, which the plan cannot override. */
export function workerEnv(
  env: NodeJS.ProcessEnv,
  planEnv: Record<string, string>,
  location: WorkerLocation,
  platform: NodeJS.Platform = process.platform,
): NodeJS.ProcessEnv {
  return {
    ...withPath({ ...strippedEnv(env), ...planEnv }, homePaths(location.home).bin, platform),
    FERMATA_HOME: location.home,
    FERMATA_SESSION_DIR: location.dir,
    FERMATA_WORKER: location.worker,
    FERMATA_OUT: workerPaths(location.dir, location.worker).out,
    FERMATA_PROJECT: location.project,
  };
}
