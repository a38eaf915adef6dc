import { sessionPaths } from '#core/base/paths.ts';
import { exists } from '#core/base/files/facts.ts';
import { encodeState } from '#core/fold/stateCodec.ts';
import { armedEntries, armedEvents } from '#core/session/armed.ts';
import type { SessionState } from '#protocol/state.ts';
import { SessionLog } from '#core/session/sessionLog.ts';

/**
 * The caches of a session that is at rest, and that differ from what its log folds to: the snapshot, and the index of armed events.
 * @param withActivity whether the snapshot has to have the list of activity as well, which damage of that list alone takes away
 */
export function staleCaches(dir: string, withActivity: boolean): string[] {
  if (!exists(sessionPaths(dir).log)) return [];
  const [fromStart, fromSnapshot] = [new SessionLog(dir, false), new SessionLog(dir)];
  fromStart.refresh();
  fromSnapshot.refresh();
  const stale: string[] = [];
  const differing = fieldsThatDiffer(fromStart.state, fromSnapshot.state).filter(
    (name) => withActivity || name !== 'activity',
  );
  if (differing.length > 0) stale.push(`the snapshot folds to another state than the log: ${differing.join(', ')}`);
  // without its folder everything is armed
  if (exists(sessionPaths(dir).armed))
    for (const event of armedEvents(fromStart.state))
      if (event !== 'Wake' && armedEntries(dir, event) === undefined) stale.push(`${event} is not armed`);
  return stale;
}

function fieldsThatDiffer(one: SessionState, other: SessionState): string[] {
  const [first, second] = [fieldsOf(one), fieldsOf(other)];
  return Object.keys(first).filter((name) => JSON.stringify(first[name]) !== JSON.stringify(second[name]));
}

function fieldsOf(state: SessionState): Record<string, unknown> {
  const [rest = '{}', activity = ''] = encodeState(state).split('\n');
  return { ...(JSON.parse(rest) as Record<string, unknown>), activity };
}
