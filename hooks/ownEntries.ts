import { closeSync, constants } from 'node:fs';
import { openFile } from '#core/base/files/openFile.ts';
import { sessionPaths } from '#core/base/paths.ts';
import type { HookContext } from './hookContext.ts';

/**
 * Leaves a file that makes the gate pass over the entries of a shared settings file in this Claude process, since the
 * person's own run as well. Without it (a full disk) both run, and do some things twice.
 */
export function noteOwnEntries({ env }: HookContext, dir: string): void {
  if (env.shared === true) return;
  try {
    const path = sessionPaths(dir).ownEntries(process.ppid);
    closeSync(openFile(path, constants.O_WRONLY | constants.O_CREAT).fd);
  } catch {
    // see above
  }
}
