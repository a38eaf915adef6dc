import type { SessionState } from '#protocol/state.ts';
import { forgetConditions } from './conditions.ts';
import { unindexDependent } from './facts.ts';
import { indexOf } from './foldIndex.ts';

/** A worker watches no more calls: what its watch awaited makes room for others. */
export function removeWatch(state: SessionState, worker: string): void {
  const watch = state.watches.get(worker);
  if (watch === undefined) return;
  state.watches.delete(worker);
  forgetConditions(state, watch.until);
  unindexDependent(indexOf(state), `watch ${worker}`);
}
