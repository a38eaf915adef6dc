import type { SessionState } from '../../protocol/state.ts';

/** Cycles in the wait-for graph of locks: each worker in it waits for a resource that the next one holds. */
export function cycles(state: SessionState): { worker: string; resource: string }[][] {
  const waits = new Map<string, { resource: string; holders: string[] }>();
  for (const lock of state.locks.values())
    for (const waiting of lock.queue)
      waits.set(waiting.worker, { resource: lock.resource, holders: lock.holders.map((h) => h.worker) });
  const found: { worker: string; resource: string }[][] = [];
  const seen = new Set<string>();
  for (const start of waits.keys()) {
    const path: string[] = [];
    const walk = (worker: string): void => {
      const at = path.indexOf(worker);
      if (at !== -1) {
        const cycle = path.slice(at);
        const name = cycle.toSorted().join(' ');
        if (!seen.has(name)) found.push(cycle.map((w) => ({ worker: w, resource: waits.get(w)?.resource ?? '' })));
        seen.add(name);
        return;
      }
      path.push(worker);
      for (const holder of waits.get(worker)?.holders ?? []) walk(holder);
      path.pop();
    };
    walk(start);
  }
  return found;
}
