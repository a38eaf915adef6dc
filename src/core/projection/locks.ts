import { holdersOf } from '#core/fold/lockTree.ts';
import type { Elsewhere } from './elsewhere.ts';
import type { FormerHolder, Lock, SessionState } from '#protocol/state.ts';
import type { FormerHolderView, LockView } from '#protocol/viewModel.ts';

/** How many former holders that know of their loss are shown for each lock. */
const MAX_FORMER_SHOWN = 3;

/** The locks with a holder or a queue, and free ones with a former holder that does not know of its loss yet. */
export function lockViews(state: SessionState, elsewhere: Elsewhere): LockView[] {
  return [...state.locks.values()]
    .map((lock) => lockView(state, lock, elsewhere))
    .filter(({ holders, waiters, former }) => holders.length + waiters.length > 0 || former.some(({ told }) => !told));
}

function lockView(
  state: SessionState,
  { resource, holders, queue, former: lost }: Lock,
  elsewhere: Elsewhere,
): LockView {
  // what is in the way may be a lock of other files, such as a folder
  const inTheWay = holders.length === 0 && queue.length > 0 ? holdersOf(state, resource) : [];
  const holding = holders.length > 0 ? holders : inTheWay.map(({ holder }) => holder);
  const former = lost.flatMap((holder) => formerHolderView(state, holder));
  return {
    resource,
    mode: holding[0]?.mode ?? 'exclusive',
    holders: holding.map(({ worker, token, sinceTs, grantedTs = sinceTs, dueTs }) => {
      return { worker, token, sinceTs: grantedTs, dueTs, machine: elsewhere(worker) };
    }),
    waiters: queue.map(({ worker, sinceTs, mode }) => ({ worker, sinceTs, mode, machine: elsewhere(worker) })),
    former: former.filter(({ told }, index) => !told || index >= former.length - MAX_FORMER_SHOWN),
  };
}

/** A worker that lost the lock. One that lost it by its own end gets no note and is left out. */
function formerHolderView(state: SessionState, { worker, token, why, ts, note }: FormerHolder): FormerHolderView[] {
  if (note === undefined) return [];
  const loss = state.notes.get(note);
  return [{ worker, token, why, ts, told: loss === undefined || loss.deliveredBy !== undefined }];
}

/** Who holds what a worker waits for. */
export const waitedFor = (state: SessionState, resource: string, worker: string): string[] =>
  holdersOf(state, resource)
    .filter(({ resource: held, holder }) => held === resource || holder.worker !== worker)
    .map(({ holder }) => holder.worker);

/** Cycles in the wait-for graph of locks: each worker of a cycle waits for a resource that the next one holds. */
export function deadlocks(state: SessionState): { worker: string; resource: string }[][] {
  const waitsFor = new Map<string, { resource: string; holders: string[] }>();
  for (const lock of state.locks.values())
    for (const waiting of lock.queue)
      waitsFor.set(waiting.worker, {
        resource: lock.resource,
        holders: waitedFor(state, lock.resource, waiting.worker),
      });
  const result: { worker: string; resource: string }[][] = [];
  const seen = new Set<string>();
  for (const start of waitsFor.keys()) {
    const path: string[] = [];
    const walk = (worker: string): void => {
      const index = path.indexOf(worker);
      if (index !== -1) {
        const cycle = path.slice(index);
        const name = cycle.toSorted().join(' ');
        if (!seen.has(name)) result.push(cycle.map((w) => ({ worker: w, resource: waitsFor.get(w)?.resource ?? '' })));
        seen.add(name);
        return;
      }
      path.push(worker);
      for (const holder of waitsFor.get(worker)?.holders ?? []) walk(holder);
      path.pop();
    };
    walk(start);
  }
  return result;
}
