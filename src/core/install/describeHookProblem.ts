import { hookReach } from './hookReach.ts';
import { readReachFacts, type ReachQuery } from './reachFacts.ts';

/**
 * Why nothing was heard of the hooks of a session that runs, and what to do, in sentences for a person. `startedMs` is
 * epoch ms.
 */
export function describeHookProblem(query: ReachQuery, startedMs: number): string {
  const reach = hookReach(readReachFacts(query), { startedMs });
  // hooks that were installed while it waited for a prompt count with the next thing that it does
  if (reach.reached) return 'None of its hooks has run yet; they will when it goes on.';
  return `${reach.text} ${reach.todo}`;
}
