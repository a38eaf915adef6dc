import { monotonicMs } from '#core/base/clock.ts';
import { nonce } from '#core/base/nonce.ts';
import type { NewEvent } from '#core/log/append.ts';
import { permissionSummary } from '#core/policy/permissionSummary.ts';
import { consumeAnswer } from '#core/session/flags.ts';
import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Ask } from '#protocol/state.ts';
import { waitForChange } from '#hooks/hold.ts';
import { ring } from '#hooks/ring.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import type { Answer, Outcome } from '#hooks/outcome.ts';
import type { SessionWriter } from '#hooks/sessionWriter.ts';

/** Tools by which Claude asks the person for more than a permission: a worker's block does not answer them. */
const QUESTIONS = ['AskUserQuestion', 'ExitPlanMode'];
/** Claude Code kills a hook at its timeout while the dialog stays open: the hook ends earlier, to record that. */
const RESERVE_SECONDS = 5;
/** No file changes when Claude exits, so that is polled. */
const POLL_MS = 1000;

type AskEvent = EventOf<'ask'>;

/** A permission is asked for: denied where a worker blocks the call, else recorded, as that for which Claude waits. */
export async function onPermissionRequest(ctx: HookContext, session: SessionWriter): Promise<Outcome> {
  const { call } = ctx.callContext();
  if (call === undefined) return { keepNotes: true };
  await ctx.prepareMatching();
  const isQuestion = QUESTIONS.includes(call.tool);
  const blocks = isQuestion ? [] : ctx.activeBlocks();
  if (blocks.length > 0) return { refusedBy: blocks };
  const worker = ctx.agent === CONDUCTOR ? undefined : ctx.agent;
  // with the setting off the request is not shown, but Claude waits for the person all the same
  const ringing = ring(ctx, `Claude waits for you: ${call.tool} ${permissionSummary(call)}`);
  if (ctx.settings.permissions === 'off')
    return worker === undefined ? { events: [{ t: 'turn', state: 'waiting' }], ...ringing } : ringing;
  const answerable = (ctx.settings.permissions === 'answer' && !isQuestion) || undefined;
  const ask = nonce();
  const event: AskEvent = { t: 'ask', ask, tool: call.tool, summary: permissionSummary(call), worker, answerable };
  return answerable ? { answer: await awaitPanelDecision(ctx, session, event) } : { events: [event], ...ringing };
}

/**
 * Waits beside the dialog in the terminal for the person's decision from the panel. The dialog stays usable: a no there
 * ends this hook by SIGTERM; after a yes Claude Code lets it wait on and takes no answer any more, and the hook after the
 * call closes the request. The request is published once this process is ready for its end. Returns an empty answer
 * unless the person decided in the panel.
 */
async function awaitPanelDecision(ctx: HookContext, session: SessionWriter, request: AskEvent): Promise<Answer> {
  const { ask } = request;
  const { timeoutSeconds } = ctx.env;
  const deadline = monotonicMs() + 1000 * (timeoutSeconds - RESERVE_SECONDS);
  const claude = process.ppid;
  const stopped = new AbortController();
  const stop = (): void => stopped.abort();
  process.once('SIGTERM', stop);
  try {
    session.publish(request);
    while (ctx.state.asks.has(ask)) {
      if (stopped.signal.aborted || process.ppid !== claude || monotonicMs() >= deadline) {
        session.publish({ t: 'answer', ask, decision: 'gone', by: CONDUCTOR });
        return {};
      }
      const decided = consumeAnswer(session.dir, ask);
      if (decided !== undefined) {
        const { decision, comment = 'The person at the keyboard does not allow this.' } = decided;
        session.publish({ t: 'answer', ask, decision, by: USER, word: decided.comment });
        return decision === 'allow' ? { allow: true } : { block: comment };
      }
      await waitForChange(session, POLL_MS, stopped.signal);
      session.refresh();
    }
    return {};
  } finally {
    process.off('SIGTERM', stop);
  }
}

/** A call has run, so its permission was given; at the end of a batch a request whose call did not run was denied. */
export function answersAfterCall(ctx: HookContext): NewEvent[] {
  const { call, event } = ctx.callContext();
  const own = ownAsks(ctx);
  if (event === 'PostToolBatch') return answersTo(own, 'deny', USER);
  const ran = call && own.find((ask) => ask.tool === call.tool && ask.summary === permissionSummary(call));
  return ran === undefined ? [] : answersTo([ran], 'allow', USER);
}

/** The turn of the agent is over, or is another one: its requests are closed. */
export const withdrawnAsks = (ctx: HookContext): NewEvent[] => answersTo(ownAsks(ctx), 'gone', CONDUCTOR);

const ownAsks = ({ state, agent }: HookContext): Ask[] =>
  [...state.asks.values()].filter((ask) => (ask.worker ?? CONDUCTOR) === agent);

const answersTo = (asks: Ask[], decision: string, by: string): NewEvent[] =>
  asks.map(({ id }) => ({ t: 'answer', ask: id, decision, by }));
