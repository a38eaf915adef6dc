import { noteText } from '#core/policy/reason.ts';
import type { Note } from '#protocol/state.ts';
import type { Answer } from './reply.ts';

/** Notes as context for the model and warnings for the person. */
export function toContext(notes: Note[]): Pick<Answer, 'context' | 'warning'> {
  const informs = notes.filter((note) => note.kind !== 'warn' && note.text !== '');
  const warnings = notes.filter((note) => note.kind === 'warn');
  return {
    ...(informs.length === 0 ? {} : { context: noteText(informs) }),
    ...(warnings.length === 0 ? {} : { warning: noteText(warnings) }),
  };
}
