import { answerForm, versionOf } from '#core/claude/answers.ts';
import { scheduledPrompts } from '#core/claude/scheduledPrompts.ts';
import { masked } from '#core/base/masking.ts';
import { truncate } from '#core/base/text.ts';
import type { NewEvent } from '#core/log/append.ts';
import { planChanges } from '#core/plans/planFile.ts';
import { SUBAGENT } from '#core/fold/kinds.ts';
import { isCopy } from '#core/session/seat.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Block } from '#protocol/state.ts';
import { hold } from '#hooks/hold.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import type { SessionWriter } from '#hooks/sessionWriter.ts';
import { endStopped, isAgentStopped } from '#hooks/stoppedAgent.ts';
import { withdrawnAsks } from './permissionRequest.ts';
import { ringAtTurnEnd } from '#hooks/ring.ts';
import { reconciledSubagents, subagentEnd, subagentFailure } from '#hooks/subagents.ts';

/** One cause refuses the end of a turn this often. */
const MAX_REFUSALS = 3;
/** Claude Code ends a turn silently when its end was refused more often than this in a row. */
const DEFAULT_STOP_CAP = 8;
/** Longest piece of an error message that the log keeps. */
const MAX_REASON_CHARS = 500;

/** The turn is about to end: waits, refuses with the reason, or lets it end. */
export async function onStop(ctx: HookContext, session: SessionWriter): Promise<Outcome> {
  const { hook_event_name: event, agent_type: agentType } = ctx.payload;
  // an empty agent type is Claude Code's own summariser
  if (agentType === '') return { keepNotes: true };
  if (isUnreportedTurn(ctx)) session.tryPublish({ t: 'turn', state: 'working' });
  // the files of a session's plans are where the session is
  if (!isCopy(session.dir)) session.tryPublish(...planChanges(session.dir, ctx.state));
  if (event === 'Stop' && ctx.role === CONDUCTOR) session.tryPublish(...reconciledSubagents(ctx));
  // no block keeps an aborted session from its end, and nothing an agent that was stopped
  if (isAgentStopped(ctx)) return { turnEnd: turnEnd(ctx), keepNotes: true };
  const blocks = ctx.state.aborted === undefined ? await hold(ctx, session) : [];
  const ringing = event === 'Stop' && ctx.role === CONDUCTOR ? ringAtTurnEnd(ctx) : {};
  return { ...limitRefusals(ctx, blocks), ...ringing, reasonIn: reasonPlace(ctx), turnEnd: turnEnd(ctx) };
}

/**
 * Whether a turn ends of whose beginning no hook has told, as one by a message of a teammate: what was refused in the one
 * before does not count in it. After a refusal of its end Claude Code says that the turn is the same.
 */
const isUnreportedTurn = ({ payload, role, agent, state: { conductor } }: HookContext): boolean =>
  payload.hook_event_name === 'Stop' &&
  role === CONDUCTOR &&
  agent === CONDUCTOR &&
  conductor.state === 'idle' &&
  conductor.turn > 0 &&
  payload['stop_hook_active'] === false;

/** Where Claude Code shows the reason for which a turn goes on, and nothing else. */
function reasonPlace({ payload, settings, env }: HookContext): 'block' | 'context' {
  const event = payload.hook_event_name === 'SubagentStop' ? 'SubagentStop' : 'Stop';
  const { place } = answerForm(event, versionOf(env.env));
  return settings.answer === 'json' && place === 'context' ? 'context' : 'block';
}

function turnEnd(ctx: HookContext): NewEvent[] {
  const events = withdrawnAsks(ctx);
  if (ctx.payload.hook_event_name === 'SubagentStop') return [...events, ...subagentEnd(ctx)];
  if (ctx.role !== CONDUCTOR) return events;
  const listed = scheduledPrompts(ctx.payload['session_crons']);
  const isNews = listed !== (ctx.state.conductor.scheduled ?? '');
  return [...events, { t: 'turn', state: 'idle', scheduled: isNews ? listed : undefined }];
}

/**
 * Refuses the end of a turn by the blocks that may do so once more: each a few times, and all together less often than
 * Claude Code's own limit, which ends a turn silently. When none may, the log has the blocks in spite of which the turn
 * ended, for the person.
 */
export function limitRefusals(ctx: HookContext, blocks: Block[]): Pick<Outcome, 'refusedBy' | 'events'> {
  const { agent, env, state } = ctx;
  const refusals = state.stopRefusals.get(agent)?.count ?? 0;
  const isSpent = refusals >= Math.max(1, stopCapOf(env.env) - 1);
  const refusing = isSpent ? [] : blocks.filter((block) => (block.stopCounts?.get(agent) ?? 0) < MAX_REFUSALS);
  if (refusing.length > 0) return { refusedBy: refusing };
  const who = agent === CONDUCTOR ? 'Claude' : agent;
  const active = state.aborted === undefined ? ctx.activeBlocks() : [];
  const times = isSpent ? `its end was refused ${refusals} times in all` : `refused ${MAX_REFUSALS} times`;
  const events = active.map(({ id, worker, text }): NewEvent => {
    const message = `${who} ended its turn although ${id} was not resolved (${times}): ${text}`;
    return { t: 'log', level: 'escalate', worker, message };
  });
  return { events };
}

/** How many refusals in a row Claude Code honours; with 0 it has no limit, and then ours stays. */
function stopCapOf(processEnv: NodeJS.ProcessEnv): number {
  const value = Number(processEnv['CLAUDE_CODE_STOP_HOOK_BLOCK_CAP']);
  return Number.isInteger(value) && value > 0 ? value : DEFAULT_STOP_CAP;
}

/**
 * A call of an aborted session, or of an agent that was stopped, has run, with these events. After a batch the turn ends in mid-work. Claude Code fires no
 * Stop then, so the end is recorded here.
 */
export function endAbortedTurn(ctx: HookContext, by: string, events: NewEvent[]): Outcome {
  const isOfSession = ctx.state.aborted !== undefined;
  // a worker with a process is ended by its runner
  if (!isOfSession && !isAgentStopped(ctx)) return { events };
  if (ctx.payload.hook_event_name !== 'PostToolBatch') return { events, keepNotes: true };
  if (!isOfSession) return endStoppedAgent(ctx, events);
  const end = `Fermata: the session was aborted by ${by}. It goes on when the block is released.`;
  const turn: NewEvent[] = ctx.agent === CONDUCTOR ? [{ t: 'turn', state: 'idle', reason: `aborted by ${by}` }] : [];
  return { events: [...events, ...turn], answer: { end }, keepNotes: true };
}

function endStoppedAgent(ctx: HookContext, events: NewEvent[]): Outcome {
  const { events: ends, end = '' } = endStopped(ctx);
  // no other call of its last message follows; a teammate may be written to
  const isCertain = ctx.state.workers.get(ctx.agent)?.kind === SUBAGENT;
  const done: NewEvent[] = isCertain ? [{ t: 'done', worker: ctx.agent }] : [];
  return { events: [...events, ...ends, ...done], answer: { end }, keepNotes: true };
}

/** A turn ended with an error of the API instead of a Stop: only this event reports that Claude is idle. */
export function onStopFailure(ctx: HookContext): Outcome {
  const { last_assistant_message: lastMessage, error } = ctx.payload;
  const reason = truncate(
    masked(lastMessage || (typeof error === 'string' ? error : 'an unknown error')),
    MAX_REASON_CHARS,
  );
  const asks = withdrawnAsks(ctx);
  if (ctx.agent !== CONDUCTOR) return { events: [...asks, ...subagentFailure(ctx, reason)] };
  return {
    events: [
      ...asks,
      { t: 'turn', state: 'idle', reason },
      { t: 'log', level: 'escalate', message: `Claude's turn ended with an error: ${reason}` },
    ],
  };
}
