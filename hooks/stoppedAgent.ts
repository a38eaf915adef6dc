import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/kinds.ts';
import { agentFacts } from '#core/claude/subagents.ts';
import { abortText, isSettling, stopText } from '#core/fold/stoppedAgents.ts';
import type { NewEvent } from '#core/log/append.ts';
import { leadingText } from '#core/policy/modelText.ts';
import type { Block, Worker } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import type { Outcome } from './outcome.ts';

// Claude Code ends a subagent alone where a hook refuses its call with `continue: false` (since 2.1.213), or
// answers with that after its calls (every version). No hook is called for that end, so the one that causes it records it.

/** The acting subagent, where it was stopped. */
function stoppedAgent({ state, agent }: HookContext): Worker | undefined {
  const worker = state.workers.get(agent);
  return worker?.abort !== undefined && isSubagent(worker) ? worker : undefined;
}

export const isAgentStopped = (ctx: HookContext): boolean => stoppedAgent(ctx) !== undefined;

/** Refuses a call of a stopped agent, which ends with that. */
export function refuseStopped(ctx: HookContext, refusedBy: Block[]): Outcome {
  const { events, end = '' } = endStopped(ctx);
  return { events, refusedBy, answer: { block: leadingText(end), end } };
}

/** The end of a stopped agent, for the log and for Claude Code. */
export function endStopped(ctx: HookContext): { events: NewEvent[]; end?: string } {
  const worker = stoppedAgent(ctx);
  if (worker?.abort === undefined) return { events: [] };
  const reason = abortText(worker.abort);
  const isOver = hasEnded(worker) || worker.state === 'idle';
  const events: NewEvent[] = isOver ? [] : [{ t: 'exit', worker: worker.id, code: null, reason }];
  return { events, end: `Fermata: this agent was ${stopText(worker.abort)}` };
}

/** The stopped agents that have ended for certain, as Claude Code has written it down: no hook waits for their calls any more. */
export const certainEnds = ({ state, payload }: HookContext): NewEvent[] =>
  [...state.workers.values()]
    .filter((worker) => isSettling(state, worker))
    .filter(({ id, command }) => agentFacts(payload.transcript_path, id, command)?.finished === true)
    .map(({ id }) => ({ t: 'done', worker: id }));
