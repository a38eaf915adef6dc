import { existsSync } from 'node:fs';
import { rulesPath } from '#core/base/paths.ts';
import { isModWake, promptOrigin, type PromptOrigin } from '#protocol/promptSource.ts';
import { noteText } from '#core/policy/reason.ts';
import type { NewEvent } from '#core/log/append.ts';
import { promptDigest } from '#core/claude/scheduledPrompts.ts';
import { taskEnd } from '#core/claude/backgroundTasks.ts';
import { WOKEN } from '#core/fold/waking.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Note } from '#protocol/state.ts';
import { claimThatFit, joinTexts, toContext } from '#hooks/delivery.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import { reachOtherMachines } from '#hooks/otherMachines.ts';
import { noteOwnEntries } from '#hooks/ownEntries.ts';
import { setLimits } from '#hooks/settingLimits.ts';
import { ensureGitWatchFor } from '#hooks/sweepWarning.ts';
import { isWorkerAtWork, resumeSession } from '#hooks/resolveSession.ts';
import type { SessionWriter } from '#hooks/sessionWriter.ts';
import { notifiedEnd } from '#hooks/subagents.ts';
import { withdrawnAsks } from './permissionRequest.ts';

/** A prompt: refused once if a worker asked for that, else a turn begins, and rules may start workers from it. */
export async function onUserPromptSubmit(ctx: HookContext, session: SessionWriter): Promise<Outcome> {
  session.attempt('the session was not recorded', () => resumeSession(ctx, session));
  noteOwnEntries(ctx, session.dir);
  ensureGitWatchFor(ctx);
  setLimits(ctx, session);
  await reachOtherMachines(ctx, session);
  const { prompt = '' } = ctx.payload;
  if (ctx.role !== CONDUCTOR) return {};
  const refuse = (block: string): Outcome => ({ answer: { block }, keepNotes: true });
  const due = session.dueNotes(ctx.callContext());
  const isRefusal = ({ kind }: Note): boolean => kind === 'refusePrompt';
  // claimed first: whether a turn begins depends on them. A refused prompt never reaches Claude, so all other notes wait
  const refusals = session.claimNotes(due.filter(isRefusal));
  if (refusals.length > 0) return refuse(`${noteText(refusals)}\n(Send the same prompt again to go on.)`);
  const { aborted } = ctx.state;
  const from = promptOrigin(ctx.payload) ?? (isScheduled(ctx) ? 'schedule' : undefined);
  if (aborted !== undefined && from !== undefined)
    return refuse(`Fermata: the session was aborted by ${aborted.by}, and no turn begins by itself in it.`);
  const answer = toContext(
    claimThatFit(
      session,
      due.filter((note) => !isRefusal(note)),
    ),
  );
  const reason = isModWake(ctx.payload) ? WOKEN : undefined;
  const begun: NewEvent[] = isInTurn(ctx) ? [] : [...withdrawnAsks(ctx), { t: 'turn', state: 'working', reason }];
  session.tryPublish(...notifiedEnd(ctx), ...begun, promptEvent(ctx, from));
  const hasRules = existsSync(rulesPath(ctx.root)) || Object.keys(ctx.settings.rules).length > 0;
  if (from !== undefined || !hasRules || isWorkerAtWork(ctx.env)) return { answer, keepNotes: true };
  // no other hook has to load it
  const { startFromPrompt } = await import('#hooks/spawn.ts');
  const started = startFromPrompt(ctx, session, prompt);
  const context = joinTexts(answer.context, started.context);
  return { answer: { context, warning: joinTexts(answer.warning, started.warning) }, keepNotes: true };
}

/** Whether Claude Code has listed this prompt as one that comes by the clock: nothing in it shows that. */
const isScheduled = ({ payload: { prompt }, state: { conductor } }: HookContext): boolean =>
  prompt !== undefined && conductor.scheduled?.includes(promptDigest(prompt)) === true;

/** Whether Claude is in the turn of this prompt already: it was typed, or has come, while Claude was busy. */
function isInTurn({ payload, state: { conductor } }: HookContext): boolean {
  const isAtWork = conductor.state === 'working' || conductor.state === 'waiting';
  return isAtWork && payload.prompt_id !== undefined && payload.prompt_id === conductor.turnId;
}

function promptEvent({ payload, settings }: HookContext, from: PromptOrigin | undefined): NewEvent {
  const { prompt, prompt_id: turn } = payload;
  const text = from === 'task' ? (taskEnd(prompt)?.summary ?? prompt) : prompt;
  return { t: 'prompt', text: settings.recordPrompts ? text : undefined, from, turn };
}
