import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { hasEnded, peers } from './conditions.ts';
import { indexCheckpoint, unindexArrival } from './foldIndex.ts';
import { countBeyondLimit, COUNTS, mayStep } from './limits.ts';
import { addFacts, type EventPosition } from './state.ts';
import { markAlive } from './workers.ts';

/** A worker has reached a checkpoint. The first one decides which workers it waits for. */
export function onCheckpoint(state: SessionState, event: EventOf<'checkpoint'>, at: EventPosition): void {
  if (event.worker !== CONDUCTOR) markAlive(state, event.worker, at);
  let checkpoint = state.checkpoints.get(event.name);
  if (checkpoint === undefined) {
    // what waits for one that is left out goes on waiting
    if (state.checkpoints.size >= COUNTS.checkpoints || state.awaitedCount >= COUNTS.awaited)
      return countBeyondLimit(state, 'checkpoints');
    if (!mayStep(state, at)) return;
    state.steps += state.workers.size;
    checkpoint = {
      name: event.name,
      expected: [event.worker, ...peers(state, event.worker)],
      arrived: new Map(),
      missing: 0,
    };
    state.checkpoints.set(event.name, checkpoint);
    checkpoint.missing = checkpoint.expected.length;
    state.awaitedCount += checkpoint.missing;
    indexCheckpoint(state, event.name, checkpoint.expected);
    // a worker that has ended before cannot reach it
    if (checkpoint.expected.some((id) => hasEnded(state.workers.get(id)))) addFacts(at, `not checkpoint:${event.name}`);
  }
  const { arrived } = checkpoint;
  if (arrived.has(event.worker) || arrived.size >= COUNTS.workers) return;
  arrived.set(event.worker, at.pos);
  if (unindexArrival(state, event.name, event.worker) && --checkpoint.missing === 0)
    addFacts(at, `checkpoint:${event.name}`);
}
