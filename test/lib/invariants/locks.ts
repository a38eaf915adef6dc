import { emptyState } from '#core/fold/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import { hasLostLog, lostBetween, type Generations, type Invariant } from './observations.ts';

interface Grant {
  resource: string;
  worker: string;
  token: number;
}

/** The exclusive grants of a log in their order, and what is wrong with them. */
function grantsOf(logs: Generations): { grants: Grant[]; faults: string[] } {
  const faults: string[] = [];
  const grants: Grant[] = [];
  for (const lines of logs) {
    const state = emptyState();
    const last = new Map<string, number>();
    for (const line of lines) {
      reduce(state, line);
      for (const { resource, holders } of state.locks.values()) {
        const exclusive = holders.filter(({ mode }) => mode === 'exclusive');
        if (exclusive.length > 0 && holders.length > 1)
          faults.push(`${line.pos}: ${resource} has ${holders.length} holders`);
        for (const { token, worker } of exclusive) {
          const previous = last.get(resource) ?? -1;
          if (token === previous) continue;
          if (token < previous) faults.push(`${line.pos}: ${resource} passes from the token ${previous} to ${token}`);
          last.set(resource, token);
          grants.push({ resource, worker, token });
        }
      }
    }
  }
  return { grants, faults };
}

/** At each line a resource has one exclusive holder, and its tokens only grow. */
export const oneHolderByTheLog: Invariant = (logs) => grantsOf(logs).faults;

/** What a program was told that it holds the log has granted to it. A log that was lost may have done so. */
export const noGrantWithoutTheLog: Invariant = (logs, seen) => {
  const { grants } = grantsOf(logs);
  return seen.grants
    .filter(({ at }) => !lostBetween(seen, 0, at))
    .filter(
      (told) =>
        !grants.some((grant) => (['resource', 'worker', 'token'] as const).every((key) => grant[key] === told[key])),
    )
    .map(({ worker, resource, token }) => `${worker} was told that it has ${resource} with ${token}`);
};

/**
 * Whoever writes to what a lock guards is done before the next one begins. Where a process was stopped and continued by
 * others the token alone protects, and a log that is lost begins to count anew.
 */
export const noTwoHoldersAtTheResource: Invariant = (_logs, seen) => {
  if (seen.excuses.stopped || hasLostLog(seen)) return [];
  const faults: string[] = [];
  let highest = -1;
  for (const { token, worker, phase } of seen.guardedWrites) {
    if (token < highest) faults.push(`${worker} with ${token} wrote (${phase}) after one with ${highest}`);
    highest = Math.max(highest, token);
  }
  return faults;
};
