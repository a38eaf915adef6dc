import { hookReach } from './hookReach.ts';
import { readReachFacts, type ReachPlace } from './reachFacts.ts';

/**
 * Why nothing was heard of the hooks of a session that runs, and what to do, in sentences for a person. `startedMs` is
 * epoch ms.
 */
export function whyUnhooked(place: ReachPlace, startedMs: number): string {
  const reach = hookReach(readReachFacts(place), { startedMs });
  // hooks that were installed while it waited for a prompt count with the next thing that it does
  if (reach.reached) return 'None of its hooks has run yet; they will when it goes on.';
  return `${reach.text} ${reach.todo}`;
}
