import { existsSync } from 'node:fs';
import { rulesPath } from '#core/base/paths.ts';
import { isTyped } from '#core/claude/promptSource.ts';
import { noteText } from '#core/policy/reason.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Note } from '#protocol/state.ts';
import { claimThatFit, joinTexts, toContext } from '#hooks/delivery.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import { noteOwnEntries } from '#hooks/ownEntries.ts';
import { isWorkerAtWork, resumeSession } from '#hooks/resolveSession.ts';
import type { SessionWriter } from '#hooks/sessionWriter.ts';
import { withdrawnAsks } from './permissionRequest.ts';

/** A prompt: refused once if a worker asked for that, else a turn begins, and rules may start workers from it. */
export async function onUserPromptSubmit(ctx: HookContext, session: SessionWriter): Promise<Outcome> {
  session.attempt('the session was not recorded', () => resumeSession(ctx, session));
  noteOwnEntries(ctx);
  const { prompt = '' } = ctx.payload;
  if (ctx.role !== CONDUCTOR) return {};
  const refuse = (block: string): Outcome => ({ answer: { block }, keepNotes: true });
  const due = session.dueNotes(ctx.callContext());
  const isRefusal = ({ kind }: Note): boolean => kind === 'refusePrompt';
  // claimed first: whether a turn begins depends on them. A refused prompt never reaches Claude, so all other notes wait
  const refusals = session.claimNotes(due.filter(isRefusal));
  if (refusals.length > 0) return refuse(`${noteText(refusals)}\n(Send the same prompt again to go on.)`);
  const { aborted } = ctx.state;
  const typed = isTyped(ctx.payload);
  if (aborted !== undefined && !typed)
    return refuse(`Fermata: the session was aborted by ${aborted.by}, and no turn begins by itself in it.`);
  const answer = toContext(
    claimThatFit(
      session,
      due.filter((note) => !isRefusal(note)),
    ),
  );
  const text = ctx.settings.recordPrompts ? prompt : undefined;
  session.tryPublish(...withdrawnAsks(ctx), { t: 'turn', state: 'working' }, { t: 'prompt', text });
  const hasRules = existsSync(rulesPath(ctx.root)) || Object.keys(ctx.settings.rules).length > 0;
  if (!typed || !hasRules || isWorkerAtWork(ctx.env)) return { answer, keepNotes: true };
  // a bundle of its own: no other hook has to load it
  const { startFromPrompt } = await import('#hooks/spawn.ts');
  const started = startFromPrompt(ctx, session, prompt);
  const context = joinTexts(answer.context, started.context);
  return { answer: { context, warning: joinTexts(answer.warning, started.warning) }, keepNotes: true };
}
