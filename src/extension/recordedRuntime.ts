import { readFileSync } from 'node:fs';
import { homePaths } from '../core/paths.ts';

/** The Node that was recorded when the hooks were installed; an editor's own executable has to be told to be one. */
export function recordedRuntime(home: string): { node: string; env: NodeJS.ProcessEnv } | undefined {
  try {
    const [node, kind] = readFileSync(homePaths(home).runtime, 'utf8').split('\n');
    return node ? { node, env: kind === 'electron' ? { ELECTRON_RUN_AS_NODE: '1' } : {} } : undefined;
  } catch {
    return undefined;
  }
}
