import { noteText } from '#core/policy/reason.ts';
import type { Note } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import type { Answer } from './outcome.ts';
import type { SessionWriter } from './sessionWriter.ts';

/**
 * Claims the notes for this event and puts them into an answer that takes context. A refused action is an occasion for the
 * notes that wait for any tool call; it has no input that could be rewritten.
 */
export function deliver(ctx: HookContext, session: SessionWriter, isRefused: boolean): Answer {
  const callContext = ctx.callContext();
  const notes = session.claimNotes(callContext, isRefused ? 'PostToolUse' : undefined);
  const rewrites = notes.filter((note) => note.kind === 'rewrite');
  if (isRefused) return toContext(notes.filter((note) => !rewrites.includes(note)));
  if (rewrites.length === 0) return toContext(notes);
  const inputs = [callContext.call?.input, ...rewrites.map((note) => note.updatedInput)];
  return { ...toContext(notes), input: Object.assign({}, ...inputs) as Record<string, unknown> };
}

/** Notes as context for the model and warnings for the person. */
export function toContext(notes: Note[]): Pick<Answer, 'context' | 'warning'> {
  const textOf = (some: Note[]): string | undefined => (some.length === 0 ? undefined : noteText(some));
  return {
    context: textOf(notes.filter((note) => note.kind !== 'warn' && note.text !== '')),
    warning: textOf(notes.filter((note) => note.kind === 'warn')),
  };
}

export const joinTexts = (...texts: (string | undefined)[]): string | undefined =>
  texts.filter(Boolean).join('\n') || undefined;
