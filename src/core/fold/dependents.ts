import type { SessionState } from '#protocol/state.ts';
import { reevaluateBlock } from './blocks.ts';
import { evaluate } from './conditions.ts';
import { indexDependent, indexOf, unindexDependent } from './foldIndex.ts';
import type { EventPosition } from './state.ts';
import { failIfUnstartable } from './workers.ts';

/**
 * Evaluates the conditions that depend on what an event has made true: blocks and watches end, planned workers fail. What
 * that makes true in turn follows, until nothing more does.
 */
export function reevaluateDependents(state: SessionState, at: EventPosition): void {
  const { facts = [] } = at;
  const { dependents } = indexOf(state);
  // the list grows while it is read
  for (const fact of facts) {
    // the set changes while its members are evaluated
    const affected = [...(dependents.get(fact) ?? [])];
    for (const dependent of affected) {
      const [kind, id] = [dependent.slice(0, 5), dependent.slice(6)];
      if (kind === 'block') reevaluate(state, id, at);
      else if (kind === 'watch') endWatch(state, id);
      else startOrFail(state, id, at);
    }
  }
}

function reevaluate(state: SessionState, id: string, at: EventPosition): void {
  const block = state.blocks.get(id);
  if (block === undefined) return;
  reevaluateBlock(state, block, at);
  if (block.ended === undefined) indexDependent(state, indexOf(state), `block ${id}`, block.until, 'block');
}

function endWatch(state: SessionState, worker: string): void {
  const watch = state.watches.get(worker);
  const index = indexOf(state);
  if (watch !== undefined && evaluate(state, watch.until) === 'pending')
    return indexDependent(state, index, `watch ${worker}`, watch.until, 'other');
  state.watches.delete(worker);
  unindexDependent(index, `watch ${worker}`);
}

function startOrFail(state: SessionState, id: string, at: EventPosition): void {
  const worker = state.workers.get(id);
  if (worker?.state === 'planned') failIfUnstartable(state, worker, at);
  else unindexDependent(indexOf(state), `start ${id}`);
}
