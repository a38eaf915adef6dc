import type { SessionState } from '#protocol/state.ts';

/** More steps than a line of nested agents has. */
const MAX_DEPTH = 64;

/** The run of a worker, or of the one above it: an agent that a worker of a run has started works for that run. */
export function runOf({ workers }: SessionState, agent: string): string | undefined {
  let at = workers.get(agent);
  for (let depth = 0; at !== undefined && depth < MAX_DEPTH; depth++) {
    if (at.run !== undefined) return at.run;
    at = at.parent === undefined ? undefined : workers.get(at.parent);
  }
  return undefined;
}

/** A run as a person calls it: by its rule, else by what its first worker does. */
export function runName({ runs, workers }: SessionState, run: string): string {
  const { rule, workers: ids = [] } = runs.get(run) ?? {};
  const first = workers.get(ids[0] ?? '');
  return rule ?? first?.task ?? first?.command ?? run;
}
