/**
 * The handlers of all events but those of tool calls, which happen once a turn or less, and what tool calls need only at
 * times. In programs.cjs, so that a tool call does not load it.
 */
import { isShell, matches } from '#core/policy/match/match.ts';
import { lockBypasses, locksOfOthers } from '#core/policy/lockBypasses.ts';
import type { NewEvent } from '#core/log/append.ts';
import { dueExpiries } from '#core/fold/expiries.ts';
import { superviseWorkers } from '#core/workers/startWorkers.ts';
import { PRINTS_CONTEXT, type CallEvent, type HookEvent } from '#protocol/hookEvents.ts';
import { isCopy } from '#core/session/seat.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Block } from '#protocol/state.ts';
import { claimThatFit, hasPlaceInRefusal, toContext } from './delivery.ts';
import { onNotification } from './handlers/notification.ts';
import { answersAfterCall, onPermissionRequest } from './handlers/permissionRequest.ts';
import { onSessionEnd } from './handlers/sessionEnd.ts';
import { onSessionStart } from './handlers/sessionStart.ts';
import { limitRefusals, onStop, onStopFailure } from './handlers/stop.ts';
import { onSubagentStart } from './handlers/subagentStart.ts';
import { onUserPromptSubmit } from './handlers/userPromptSubmit.ts';
import type { HookContext } from './hookContext.ts';
import type { Answer, Handler } from './outcome.ts';
import type { SessionWriter } from './sessionWriter.ts';
import { proofEffects } from './proofs.ts';
import { certainEnds } from './stoppedAgent.ts';
import { nameSubagents } from './subagents.ts';

export { resetForNewLog } from '#core/session/generation.ts';
export { saveSnapshot } from '#core/session/snapshot.ts';
export { endAbortedTurn } from './handlers/stop.ts';
export { holdCall } from './hold.ts';
export { prepareLimits } from './limits.ts';
export { lookAtProofs } from './proofs.ts';
export { resolveSession } from './resolveSession.ts';
export { warnOfSweeps } from './sweepWarning.ts';

/** What Claude Code has written down about its agents since the last hook, and which calls are refused no more. */
export const observedAgents = (ctx: HookContext): NewEvent[] => [
  ...nameSubagents(ctx),
  ...certainEnds(ctx),
  ...dueExpiries(ctx.state, ctx.env.now()).filter(({ what }) => what === 'block'),
];

/** A task or a compaction: refused at once while a worker blocks it. */
const onBlockable: Handler = (ctx) => ({ refusedBy: ctx.activeBlocks() });

export const COLD_HANDLERS: Record<Exclude<HookEvent, CallEvent>, Handler> = {
  SessionStart: onSessionStart,
  UserPromptSubmit: onUserPromptSubmit,
  Stop: onStop,
  StopFailure: onStopFailure,
  SubagentStart: onSubagentStart,
  SubagentStop: onStop,
  Notification: onNotification,
  PermissionRequest: onPermissionRequest,
  TaskCreated: onBlockable,
  TaskCompleted: onBlockable,
  TeammateIdle: (ctx) => limitRefusals(ctx, ctx.activeBlocks()),
  PreCompact: onBlockable,
  SessionEnd: onSessionEnd,
};

/** Events that follow from a call that has run: its permission was given, and its shell may have written past a lock. */
export async function callEffects(ctx: HookContext, dir: string): Promise<NewEvent[]> {
  const proofs = await proofEffects(ctx, dir);
  const callContext = ctx.callContext();
  const inShell = isShell(callContext.call?.tool);
  const locks = inShell || isCopy(dir) ? locksOfOthers(ctx.state, callContext, ctx.env.now()) : [];
  if (!inShell) return [...answersAfterCall(ctx), ...lateLocks(ctx, locks), ...proofs];
  const reading = locks.length === 0 ? undefined : await ctx.readCommand();
  const bypasses = reading === undefined ? [] : lockBypasses(locks, reading, callContext);
  const warnings = bypasses.map(({ block, path }): NewEvent => {
    const message = `${writerIn(ctx)} wrote ${path} in a shell although ${block.worker} holds it (${block.id})`;
    return { t: 'log', level: 'warn', worker: ctx.agent, message };
  });
  return [...answersAfterCall(ctx), ...warnings, ...proofs];
}

const writerIn = ({ agent }: HookContext): string => (agent === CONDUCTOR ? 'Claude' : agent);

/** Elsewhere than at the seat a lock may be known only after the call that it would have refused. */
function lateLocks(ctx: HookContext, locks: Block[]): NewEvent[] {
  const { call, root } = ctx.callContext();
  const late = call === undefined ? [] : locks.filter(({ match }) => matches(match, call, root));
  return late.map(({ id, worker, match }): NewEvent => {
    const what = match?.path ?? ctx.summary ?? 'a file';
    const message = `${writerIn(ctx)} edited ${what} although ${worker} holds it (${id}): the lock had not come to this machine yet`;
    return { t: 'log', level: 'warn', worker: ctx.agent, message };
  });
}

/**
 * Delivers the notes for an event whose answer takes no context: they go on to the next tool call or prompt. Claimed here
 * first, so that only one of several hooks passes them on. Where a compaction is refused there is no summary, so they wait.
 */
export function forward(ctx: HookContext, session: SessionWriter, isRefused: boolean): Answer {
  const due = session.dueNotes(ctx.callContext());
  if (PRINTS_CONTEXT.includes(ctx.payload.hook_event_name))
    return isRefused ? {} : toContext(claimThatFit(session, due));
  const notes = session.claimNotes(isRefused ? due.filter(hasPlaceInRefusal(ctx)) : due);
  const toForward = notes.filter(({ kind }) => kind !== 'warn');
  const events = toForward.filter(({ text }) => text !== '');
  session.tryPublish(...events.map(({ worker, to, text }): NewEvent => ({ t: 'tell', to, text, by: worker })));
  session.confirmDelivery(toForward);
  return toContext(notes.filter(({ kind }) => kind === 'warn'));
}

/** Does for planned workers what cannot be left to a runner. Throws what went wrong. */
export function supervise({ env, settings }: HookContext, session: SessionWriter): void {
  const { log } = session;
  const maxParallel = settings['workers.maxParallel'];
  const refresh = (): void => void session.refresh();
  superviseWorkers({ log, home: env.home, maxParallel, env: env.env, now: env.now(), refresh });
}
