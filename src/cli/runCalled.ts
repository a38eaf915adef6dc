import type { SessionState } from '#protocol/state.ts';
import { logOf } from './caller.ts';
import { refused, usage } from './exit.ts';
import type { Call } from './verb.ts';
import { workerCalled } from './workerCalled.ts';

/** The match of a block with the run that `--run` names. */
export function withRun(call: Call, match: Record<string, unknown> | undefined): Record<string, unknown> | undefined {
  const named = call.text('run');
  if (named === undefined) return match;
  if (call.text('budget') === undefined) throw usage('--run goes with --budget: whose workers may spend that together');
  if (match?.['agent'] !== undefined)
    throw usage('--run and --agent do not go together: a budget is that of a run, or of each agent');
  return { ...match, run: runCalled(logOf(call).state, named) };
}

/** A run by its number, else the latest of a rule, else that of a worker. */
function runCalled(state: SessionState, named: string): string {
  const { runs } = state;
  const run = runs.has(named) ? named : [...runs].findLast(([, { rule }]) => rule === named)?.[0];
  const found = run ?? workerCalled(state, named)?.run;
  if (found !== undefined) return found;
  throw refused(`there is no run "${named}", nor a worker of one; "fermata status" lists them`);
}
