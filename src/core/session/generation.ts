import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionState } from '#protocol/state.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { publish } from './publish.ts';
import { readSessionInfo, writeSessionInfo } from './info.ts';

/**
 * Whether a session's flags and armed entries may be those of an earlier log: its session.json has the nonce of the log
 * that they belong to, and this one has another in its first line.
 */
export function isLogReplaced(dir: string, { nonce = '' }: SessionState): boolean {
  const info = readSessionInfo(dir);
  return info !== undefined && info.nonce !== nonce;
}

/**
 * Sees to it that nothing of an earlier log counts for this one: its flags and armed entries are cleared, and the person
 * is told. Locks and blocks are gone with the state that they stood in.
 */
export function resetForNewLog(dir: string, { nonce = '' }: SessionState, now: number): void {
  const info = readSessionInfo(dir);
  if (info === undefined || info.nonce === nonce) return;
  writeSessionInfo(dir, { ...info, nonce });
  // the first log that a session has
  if (info.nonce === undefined) return;
  const { flags, armed } = sessionPaths(dir);
  for (const folder of [flags, armed])
    for (const name of namesIn(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  const message = 'The log of this session was replaced: locks, blocks and flags of the earlier one no longer count.';
  publish(dir, now, { t: 'log', level: 'warn', message });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
