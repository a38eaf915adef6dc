import type { SessionState } from '#protocol/state.ts';

/** Cycles in the wait-for graph of locks: each worker in it waits for a resource that the next one holds. */
export function deadlocks(state: SessionState): { worker: string; resource: string }[][] {
  const waitsFor = new Map<string, { resource: string; holders: string[] }>();
  for (const lock of state.locks.values())
    for (const waiting of lock.queue)
      waitsFor.set(waiting.worker, { resource: lock.resource, holders: lock.holders.map((h) => h.worker) });
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
