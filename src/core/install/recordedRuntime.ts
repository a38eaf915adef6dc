import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from '#core/base/paths.ts';

/** The Node that was recorded when the hooks were installed; an editor's own executable has to be told to be one. */
export function recordedRuntime(home: string): { node: string; env: NodeJS.ProcessEnv } | undefined {
  try {
    const [node, kind] = readFileSync(homePaths(home).runtime, 'utf8').split('\n');
    return node ? { node, env: kind === 'electron' ? { ELECTRON_RUN_AS_NODE: '1' } : {} } : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there is a program at `path` that this user may run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The version of Fermata whose programs are in the home. */
export function installedVersion(home: string): string | undefined {
  try {
    return readFileSync(join(home, 'version'), 'utf8').trim();
  } catch {
    return undefined;
  }
}
