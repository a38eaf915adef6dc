import type { Lock, SessionState } from '#protocol/state.ts';
import type { FormerHolderView, LockView } from '#protocol/viewModel.ts';

/** Of those who lost a lock and know it, so many are worth a line. */
const MAX_FORMER_SHOWN = 3;

/** Locks that somebody holds or waits for, and free ones whose former holder has not heard yet that they are lost. */
export function lockViews(state: SessionState): LockView[] {
  return [...state.locks.values()]
    .map((lock) => lockView(state, lock))
    .filter(({ holders, waiters, former }) => holders.length + waiters.length > 0 || former.some(({ told }) => !told));
}

function lockView(state: SessionState, lock: Lock): LockView {
  const former = formerHolders(state, lock);
  return {
    resource: lock.resource,
    mode: lock.holders[0]?.mode ?? 'exclusive',
    holders: lock.holders.map((h) => ({
      worker: h.worker,
      token: h.token,
      sinceTs: h.sinceTs,
      ...(h.dueTs === undefined ? {} : { dueTs: h.dueTs }),
    })),
    waiters: lock.queue.map((q) => ({ worker: q.worker, sinceTs: q.sinceTs, mode: q.mode })),
    former: former.filter(({ told }, index) => !told || index >= former.length - MAX_FORMER_SHOWN),
  };
}

/** Who lost it while at work: whom the loss must reach. A worker that has ended needs no telling. */
function formerHolders(state: SessionState, lock: Lock): FormerHolderView[] {
  return lock.former.flatMap(({ worker, token, why, ts, note }) => {
    if (note === undefined) return [];
    const lossNote = state.notes.get(note);
    return [{ worker, token, why, ts, told: lossNote === undefined || lossNote.deliveredBy !== undefined }];
  });
}
