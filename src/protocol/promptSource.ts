import type { HookPayload } from './payload.ts';

/** Values of the payload's `source` for a prompt of a person, typed or sent by their own program. */
const PERSON_SOURCES = ['user', 'sdk'];

/** What comes in a prompt's place that no person typed. */
export type PromptOrigin =
  /** A background task has ended. */
  | 'task'
  /** A hook in the background has woken Claude, which may be Fermata's waiter. */
  | 'wake'
  | 'session'
  | 'teammate'
  | 'agent'
  | 'channel'
  | 'review'
  | 'schedule'
  | 'other';

/** The elements in which Claude Code wraps what it, another session or a teammate puts in a prompt's place. */
const WRAPPED: Record<string, PromptOrigin> = {
  'task-notification': 'task',
  'cross-session-message': 'session',
  'teammate-message': 'teammate',
  'agent-message': 'agent',
  'remote-review': 'review',
  'remote-review-progress': 'review',
  channel: 'channel',
  'slack-ping': 'channel',
  'slack-tag-message': 'channel',
  'coordinator-relay': 'agent',
  // what a web page sends
  'artifact-room-event': 'channel',
  'untrusted-widget-state': 'channel',
  'fetched-web-content': 'channel',
  tick: 'schedule',
  'autonomous-loop': 'schedule',
  'autonomous-loop-dynamic': 'schedule',
};
/** The sentence that Claude Code puts before such a message. */
const INTRODUCED = /^(?:Another Claude|A peer) session sent a message\b/;
const REMINDER = '</system-reminder>';
/** The prompt by which the plugin in Claude Code wakes an idle session; the hook of that prompt delivers the news. */
export const MOD_WAKE = 'Fermata: news for Claude that may not wait.';
/** Values of `source` for what a clock or a program has started. */
const SCHEDULED = /^(?:loop|schedule)_wakeup$|^poll_event$/;

/**
 * Where a prompt is from that no person typed; undefined for one of a person. The end of a background task, and messages of
 * other sessions and of teammates, arrive as prompts, too: their text shows it, and newer versions of Claude Code declare the
 * source.
 */
export function promptOrigin({
  prompt = '',
  source,
}: Pick<HookPayload, 'prompt' | 'source'>): PromptOrigin | undefined {
  const text = withoutReminders(prompt);
  const [, element = ''] = /^<{1,2}([a-z-]{1,40})[\s>]/.exec(text) ?? [];
  const wrapped = Object.hasOwn(WRAPPED, element) ? WRAPPED[element] : undefined;
  if (wrapped === 'task' && !text.includes('<task-id>')) return 'wake';
  if (wrapped !== undefined) return wrapped;
  if (text.includes(MOD_WAKE)) return 'wake';
  if (INTRODUCED.test(text)) return 'session';
  if (source === undefined || PERSON_SOURCES.includes(source)) return undefined;
  return SCHEDULED.test(source) ? 'schedule' : 'other';
}

/** Whether the plugin in Claude Code has begun a turn by a prompt. */
export const isModWake = ({ prompt = '' }: Pick<HookPayload, 'prompt'>): boolean =>
  withoutReminders(prompt).includes(MOD_WAKE);

/** Whether a person wrote a prompt. */
export const isTyped = (payload: Pick<HookPayload, 'prompt' | 'source'>): boolean =>
  promptOrigin(payload) === undefined;

/** The text behind the reminders that Claude Code puts before a prompt. */
function withoutReminders(prompt: string): string {
  let text = prompt.trimStart();
  while (text.startsWith('<system-reminder>') && text.includes(REMINDER))
    text = text.slice(text.indexOf(REMINDER) + REMINDER.length).trimStart();
  return text;
}
