import { existsSync } from 'node:fs';
import { errorText, logError } from '#core/base/errorLog.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { isLimit } from '#core/fold/limitConditions.ts';
import { isRevocable } from '#core/fold/provable.ts';
import { isSubagent } from '#core/fold/kinds.ts';
import type { NewEvent } from '#core/log/append.ts';
import { doubtAbout, MAX_NAMED_BLOCKS, passesOf } from '#core/policy/activeBlocks.ts';
import { blockReason } from '#core/policy/reason.ts';
import { resolveSessionDir } from '#core/session/folder.ts';
import { isSnapshotDue } from '#core/session/snapshot.ts';
import { TAKES_CONTEXT, type CallEvent, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { HookPayload } from '#protocol/payload.ts';
import type { SessionState } from '#protocol/state.ts';
import { isFailClosed } from './failClosed.ts';
import { deliver, joinTexts } from './delivery.ts';
import { onPostToolUse } from './handlers/postToolUse.ts';
import { onPreToolUse } from './handlers/preToolUse.ts';
import { HookContext, type HookEnvironment } from './hookContext.ts';
import type { Answer, Handler, Outcome } from './outcome.ts';
import type { ResolvedSession } from './resolveSession.ts';
import { reply, type Reply } from './reply.ts';
import { SessionWriter } from './sessionWriter.ts';

/** Code that a tool call needs only at times, in a bundle of its own. */
const loadCold = (): Promise<typeof import('./coldHandlers.ts')> => import('./coldHandlers.ts');

/** The handlers of tool calls. Those of all other events are in the cold bundle. */
const HANDLERS: Record<CallEvent, Handler> = {
  PreToolUse: onPreToolUse,
  PostToolUse: onPostToolUse,
  PostToolUseFailure: onPostToolUse,
  PostToolBatch: onPostToolUse,
};

/**
 * Answers one payload. `print` returns whether Claude Code has taken the reply: only then is what it says marked as
 * delivered. May throw, before it has printed or after; the caller decides what that means.
 */
export async function dispatch(
  payload: HookPayload,
  env: HookEnvironment,
  print: (answer: Reply) => boolean,
): Promise<void> {
  // an uninstalled home is not made again
  if (!existsSync(homePaths(env.home).home)) return;
  const { dir, isNew } = await findSession(payload, env);
  const session = new SessionWriter(dir, env);
  let hasPrinted = false;
  const printOnce = (text: Reply): boolean => {
    hasPrinted = true;
    return print(text);
  };
  try {
    await answer(payload, env, session, isNew, printOnce);
  } catch (error) {
    // what a call may do is decided once more, by the log alone; other events are not published twice
    if (hasPrinted || (session.hasPublished && !isCallEvent(payload.hook_event_name))) throw error;
    logError(env.home, 'hook', env.now(), `read again without its snapshot: ${errorText(error)}`);
    await answer(payload, env, new SessionWriter(session.dir, env, false), isNew, print);
  }
}

async function answer(
  payload: HookPayload,
  env: HookEnvironment,
  session: SessionWriter,
  isNew: boolean,
  print: (answer: Reply) => boolean,
): Promise<void> {
  await session.open(async () => (await loadCold()).resetForNewLog(session.dir, session.state, env.now()));
  if (session.log.readOnly) {
    if (!isFailClosed(env.home, payload.hook_event_name)) return;
    throw new Error('the log of this session is of a newer format');
  }
  const ctx = new HookContext(payload, env, session, isNew);
  try {
    if (isAgentUnclear(ctx)) session.tryPublish(...(await loadCold()).observedAgents(ctx));
    const event = payload.hook_event_name;
    if (isProofAwaited(ctx)) await (await loadCold()).lookAtProofs(ctx, session);
    if (isLimited(ctx)) (await loadCold()).prepareLimits(ctx, session);
    const handle = isCallEvent(event) ? HANDLERS[event] : (await loadCold()).COLD_HANDLERS[event];
    const answer = await carryOut(await handle(ctx, session, loadCold), ctx, session);
    if (print(reply(event, answer, ctx.settings.answer))) session.confirmDelivery();
  } finally {
    if (needsSupervision(ctx))
      await runAfterReply(ctx, 'workers could not be tended', ({ supervise }) => supervise(ctx, session));
    session.close();
    if (!session.isAhead && isSnapshotDue(session.log))
      await runAfterReply(ctx, 'no snapshot was kept', ({ saveSnapshot }) => saveSnapshot(session.log));
  }
}

/** Publishes what the handler decided, and delivers the pending notes with its answer. */
async function carryOut(outcome: Outcome, ctx: HookContext, session: SessionWriter): Promise<Answer> {
  const { events = [], refusedBy = [], by, reasonIn = 'block', keepNotes = false, turnEnd = [] } = outcome;
  const answer = { ...outcome.answer };
  session.tryPublish(...events);
  const isRefused = refusedBy.length > 0;
  if (isRefused) {
    const call = ctx.seenCall();
    session.tryPublish(
      ...refusedBy.slice(0, MAX_NAMED_BLOCKS).map((block): NewEvent => {
        const doubt = doubtAbout(block, ctx.callContext());
        return { t: 'denied', block: block.id, id: session.id, ...call, doubt, by };
      }),
    );
    answer[reasonIn] ??= blockReason(ctx.state, refusedBy, ctx.env.now(), ctx.cli, (block) =>
      doubtAbout(block, ctx.callContext()),
    );
  }
  if (!keepNotes && hasPendingNotes(ctx.state)) {
    await ctx.prepareMatching();
    const takesContext = TAKES_CONTEXT.includes(ctx.payload.hook_event_name);
    const deliverNotes = takesContext ? deliver : (await loadCold()).forward;
    const delivered = deliverNotes(ctx, session, isRefused, answer.context);
    Object.assign(answer, delivered, { context: joinTexts(answer.context, delivered.context) });
  }
  if (!isRefused && hasPasses(ctx.state))
    session.tryPublish(...passesOf(ctx.state, ctx.callContext()).map((pass): NewEvent => ({ t: 'passed', ...pass })));
  if (!isRefused && answer.context === undefined) session.tryPublish(...turnEnd);
  return answer;
}

/** Whether a block at this event waits for a proof or a merge, whether or not that holds at present. */
const isProofAwaited = ({ payload: { hook_event_name: event }, state: { blocks } }: HookContext): boolean =>
  [...blocks.values()].some(
    (block) => block.event === event && block.ended === undefined && block.until.some(isRevocable),
  );

/** Whether a block at this event sets a limit. */
const isLimited = ({ payload: { hook_event_name: event }, state: { blocks } }: HookContext): boolean =>
  [...blocks.values()].some((block) => block.event === event && block.ended === undefined && block.until.some(isLimit));

/** Whether the person lets any call run that a block would refuse. */
const hasPasses = ({ blocks }: SessionState): boolean =>
  [...blocks.values()].some(({ passes }) => passes !== undefined);

/** Whether any note waits, so that the code that delivers notes has to be loaded. */
const hasPendingNotes = ({ notes }: SessionState): boolean =>
  [...notes.values()].some(({ deliveredBy }) => deliveredBy === undefined);

const isCallEvent = (event: HookEvent): event is CallEvent => event in HANDLERS;

/**
 * Whether planned workers need supervision: one may have become startable, or run without its runner. A tool call checks
 * only for the first, since it has to load more for it.
 */
function needsSupervision({ state, role, payload }: HookContext): boolean {
  if (role !== CONDUCTOR) return false;
  const alsoStates = isCallEvent(payload.hook_event_name) ? [] : ['starting', 'running', 'waiting'];
  return [...state.workers.values()].some((w) => w.run !== undefined && ['planned', ...alsoStates].includes(w.state));
}

/** Runs an action whose failure must not cost the answer: an error is logged. */
async function runAfterReply(
  { env }: HookContext,
  failure: string,
  action: (cold: Awaited<ReturnType<typeof loadCold>>) => void,
): Promise<void> {
  try {
    action(await loadCold());
  } catch (error) {
    logError(env.home, 'hook', env.now(), `${failure}: ${(error as Error).message}`);
  }
}

/** Whether a subagent is at work whose task is not known yet, or calls of one that was stopped are refused still. */
const isAgentUnclear = ({ state }: HookContext): boolean =>
  [...state.workers.values()].some(
    (w) => isSubagent(w) && (hasEnded(w) || w.state === 'idle' ? w.abort !== undefined : w.task === undefined),
  );

async function findSession(payload: HookPayload, env: HookEnvironment): Promise<ResolvedSession> {
  const dir = resolveSessionDir(sessionDir(env.home, payload.session_id));
  // a session that starts may have joined another one in an earlier process
  const isStart = payload.hook_event_name === 'SessionStart';
  if (!isStart && existsSync(sessionPaths(dir).log)) return { dir, isNew: false };
  const { resolveSession } = await loadCold();
  // gate.sh execs, so the parent of this process is Claude itself
  return resolveSession(payload, env, process.ppid);
}
