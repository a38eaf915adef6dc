import type { EventOf } from '#protocol/event.ts';
import { isTyped } from '#protocol/promptSource.ts';
import type { SessionState } from '#protocol/state.ts';
import { ellipsize } from '#core/base/text.ts';

const MAX_PROMPT_CHARS = 2000;

/** A recorded prompt names and describes the session, unless no person typed it. */
export function onPrompt({ session }: SessionState, { text, from }: EventOf<'prompt'>): void {
  if (text === undefined || text === '' || from !== undefined || !isTyped({ prompt: text })) return;
  session.prompt = ellipsize(text, MAX_PROMPT_CHARS);
  session.firstPrompt ??= session.prompt;
}
