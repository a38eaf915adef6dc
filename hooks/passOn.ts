import { TAKES_CONTEXT } from '../src/protocol/hookEvents.ts';
import { spoken } from './spoken.ts';
import type { Answer } from './reply.ts';
import type { Visit } from './visit.ts';

/**
 * What is to be told at this event. Where Claude Code has no place for it, it goes on to the next tool call or prompt:
 * claimed here first, so that of several hooks one passes it on.
 */
export function told(visit: Visit): Pick<Answer, 'context' | 'warning'> {
  const event = visit.payload.hook_event_name;
  const notes = visit.claim();
  if (TAKES_CONTEXT.includes(event) || event === 'PreCompact') return spoken(notes);
  const informing = notes.filter(({ kind, text }) => kind !== 'warn' && text !== '');
  visit.say(...informing.map(({ worker, to, text }) => ({ t: 'tell' as const, to, text, by: worker })));
  return spoken(notes.filter(({ kind }) => kind === 'warn'));
}
