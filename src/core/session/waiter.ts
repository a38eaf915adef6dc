import { readTextIfAny } from '#core/base/files/readFile.ts';
import { whereIs } from '#core/base/machine.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { hasPid } from '#core/base/psTable.ts';
import { readSessionInfo } from './info.ts';
import { modWakes } from './modSign.ts';

/**
 * Whether something stands by at `now` (epoch ms) that wakes an idle session: its waiter (hooks/wake.sh), or the plugin in
 * Claude Code. The waiter of a session that runs in another container is believed by its file.
 */
export function isWakeable(dir: string, now: number): boolean {
  const [, holder] = /^(\d{1,10}) \d/.exec(readTextIfAny(sessionPaths(dir).waiter, 100) ?? '') ?? [];
  const host = readSessionInfo(dir)?.host;
  const isHere = host === undefined || whereIs(host) !== 'elsewhere';
  return (holder !== undefined && (!isHere || hasPid(Number(holder)))) || modWakes(dir, now);
}
