import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import type { SessionState } from '#protocol/state.ts';

/** The time of the first event. */
export const T0 = Date.UTC(2026, 0, 1);

/** Folds events given as plain objects, 100 bytes apart, and one second apart unless they have a `ts`. */
export function fold(events: object[], state: SessionState = emptyState(), from = 0): SessionState {
  events.forEach((event, i) =>
    reduce(state, { pos: (from + i) * 100, value: { ts: T0 + (from + i) * 1000, ...event } }),
  );
  return state;
}

/** A plan of workers `W1 … Wn` that have all been started. */
export function started(count: number, extra: object = {}): object[] {
  const ids = Array.from({ length: count }, (_, i) => `W${i + 1}`);
  return [
    { t: 'plan', run: 'R1', sha256: 'x', workers: ids.map((worker) => ({ worker, task: `task ${worker}`, ...extra })) },
    ...ids.map((worker, i) => ({ t: 'spawn', worker, pid: 1000 + i })),
  ];
}
