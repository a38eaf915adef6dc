import { join } from 'node:path';
import type { SessionState } from '#protocol/state.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { removeTree } from '#core/base/files/remove.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { publish } from './publish.ts';
import { readSessionInfo, writeSessionInfo } from './info.ts';

/**
 * Whether a session's flags and armed entries belong to an earlier log: session.json has the nonce of the log that they
 * belong to, and the first line of this log has another one.
 */
export function isLogReplaced(dir: string, { nonce = '' }: SessionState): boolean {
  const info = readSessionInfo(dir);
  return info !== undefined && info.nonce !== nonce;
}

/**
 * Removes the flags and armed entries of an earlier log, and publishes a warning. Locks and blocks need nothing: they
 * were in the earlier log only.
 */
export function resetForNewLog(dir: string, { nonce = '' }: SessionState, now: number): void {
  const info = readSessionInfo(dir);
  if (info === undefined || info.nonce === nonce) return;
  writeSessionInfo(dir, { ...info, nonce });
  // the session's first log
  if (info.nonce === undefined) return;
  const { flags, armed, ignoredFlags } = sessionPaths(dir);
  for (const folder of [flags, armed, ignoredFlags]) for (const name of namesIn(folder)) removeTree(join(folder, name));
  const message = 'The log of this session was replaced: locks, blocks and flags of the earlier one no longer count.';
  publish(dir, now, { t: 'log', level: 'warn', message });
}
