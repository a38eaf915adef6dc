import type { HookPayload } from '#protocol/payload.ts';

/** Values of the payload's `source` for a prompt of a person, typed or sent by their own program. */
const PERSON_SOURCES = ['user', 'sdk'];

/** The elements in which Claude Code wraps what it, another session or a teammate puts in a prompt's place. */
const WRAPPED =
  /^<(?:task-notification|cross-session-message|teammate-message|agent-message|remote-review|remote-review-progress|channel|tick)[\s>]/;
/** The sentence that Claude Code puts before such a message. */
const INTRODUCED = /^(?:Another Claude|A peer) session sent a message\b/;
const REMINDER = '</system-reminder>';

/**
 * Whether a person wrote a prompt. The end of a background task, and messages of other sessions and of teammates, arrive
 * as prompts, too: their text shows it, and newer versions of Claude Code declare the source.
 */
export function isTyped({ prompt = '', source }: Pick<HookPayload, 'prompt' | 'source'>): boolean {
  if (source !== undefined && !PERSON_SOURCES.includes(source)) return false;
  const text = withoutReminders(prompt);
  return !WRAPPED.test(text) && !INTRODUCED.test(text);
}

/** The text behind the reminders that Claude Code puts before a prompt. */
function withoutReminders(prompt: string): string {
  let text = prompt.trimStart();
  while (text.startsWith('<system-reminder>') && text.includes(REMINDER))
    text = text.slice(text.indexOf(REMINDER) + REMINDER.length).trimStart();
  return text;
}
