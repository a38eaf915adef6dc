import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SessionState } from '../../protocol/state.ts';
import { sessionPaths } from '../paths.ts';
import { say } from './say.ts';
import { readSessionInfo, writeSessionInfo } from '../session/sessionInfo.ts';

/**
 * Sees to it that nothing of an earlier log counts for this one. The nonce of the log that a session's flags and armed
 * entries belong to is kept in session.json; with another nonce in the log's first line they are cleared, and the
 * person is told. Locks and blocks are gone with the state that they stood in. Returns whether that was so.
 */
export function enterGeneration(dir: string, state: SessionState, now: number): boolean {
  const info = readSessionInfo(dir);
  const nonce = state.nonce ?? '';
  if (info === undefined || info.nonce === nonce) return false;
  writeSessionInfo(dir, { ...info, nonce });
  if (info.nonce === undefined) return false;
  const { flags, armed } = sessionPaths(dir);
  for (const folder of [flags, armed])
    for (const name of namesIn(folder)) rmSync(join(folder, name), { recursive: true, force: true });
  const message = 'The log of this session was replaced: locks, blocks and flags of the earlier one no longer count.';
  say(dir, now, { t: 'log', level: 'warn', message });
  return true;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
