import { hookRow } from '#protocol/hookEvents.ts';
import { toContext } from './toContext.ts';
import type { Answer } from './reply.ts';
import type { HookContext } from './hookContext.ts';

/**
 * What is to be told at this event. Where Claude Code has no place for it, it goes on to the next tool call or prompt:
 * claimed here first, so that of several hooks one passes it on.
 */
export function deliver(ctx: HookContext): Pick<Answer, 'context' | 'warning'> {
  const event = ctx.payload.hook_event_name;
  const notes = ctx.claimNotes();
  if (hookRow(event).context !== 'none') return toContext(notes);
  const contextNotes = notes.filter(({ kind, text }) => kind !== 'warn' && text !== '');
  ctx.publish(...contextNotes.map(({ worker, to, text }) => ({ t: 'tell' as const, to, text, by: worker })));
  return toContext(notes.filter(({ kind }) => kind === 'warn'));
}
