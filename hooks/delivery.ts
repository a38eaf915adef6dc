import { MAX_ANSWER_CHARS, noteText, thatFit } from '#core/policy/reason.ts';
import type { Note } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import type { Answer } from './outcome.ts';
import type { SessionWriter } from './sessionWriter.ts';

/** Begins Claude Code's id of a call that a plugin has made. */
const OF_PLUGIN = 'toolu_plugin_';

/**
 * Claims the notes for this event that fit into an answer that takes context, beside the context that it has already. A
 * refused action is an occasion for the notes that wait for any tool call.
 */
export function deliver(ctx: HookContext, session: SessionWriter, isRefused: boolean, context = ''): Answer {
  // no model reads the answer to a call that a plugin makes
  if (ctx.payload.tool_use_id?.startsWith(OF_PLUGIN) === true) return {};
  const callContext = ctx.callContext();
  const due = session.dueNotes(callContext, isRefused ? 'PostToolUse' : undefined);
  const notes = claimThatFit(session, isRefused ? due.filter(hasPlaceInRefusal(ctx)) : due, context);
  const rewrites = notes.filter((note) => note.kind === 'rewrite');
  if (rewrites.length === 0) return toContext(notes);
  const inputs = [callContext.call?.input, ...rewrites.map((note) => note.updatedInput)];
  return { ...toContext(notes), input: Object.assign({}, ...inputs) as Record<string, unknown> };
}

/** A refused call has no input that could be rewritten, and an answer by exit code no place for a warning. */
export const hasPlaceInRefusal =
  ({ settings }: HookContext) =>
  ({ kind }: Note): boolean =>
    kind !== 'rewrite' && (kind !== 'warn' || settings.answer === 'json');

/** Claims what fits into one answer: context for the model, beside what that has already, and warnings for the person. */
export function claimThatFit(session: SessionWriter, notes: Note[], context = ''): Note[] {
  const isWarning = ({ kind }: Note): boolean => kind === 'warn';
  const room = MAX_ANSWER_CHARS - context.length;
  const fitting = [
    ...thatFit(
      notes.filter((note) => !isWarning(note)),
      room,
    ),
    ...thatFit(notes.filter(isWarning), MAX_ANSWER_CHARS),
  ];
  return session.claimNotes(notes.filter((note) => fitting.includes(note)));
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
