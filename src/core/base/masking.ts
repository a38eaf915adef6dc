import { isRecord } from './json.ts';
import { maskSecrets } from './secrets.ts';

/** Anything in which a secret could be: a long word, or one that names or carries secrets. Most commands have neither. */
const SUSPICIOUS =
  /[\w~-]{11}|pass|pwd|secret|token|key|auth|cookie|bearer|cred|dsn|sig|sess|user|login|hook|pin\b|[@%]|\s-[pabuUwP]|<<<|zip|config|-----/i;
/** A text in which nothing can stand within one of these words without being seen. */
const PLAIN = /^[\t\n\r -~]*$/;

/** The fields of events with words of people and programs; what a verdict depends on is in none of them. */
const TEXTS = [
  'text',
  'message',
  'reason',
  'summary',
  'task',
  'command',
  'word',
  'stderr',
  'phase',
  'question',
  'result',
];

/** A text without the passwords and tokens in it. Never throws: without the patterns (an installation that is damaged) all of it is masked. */
export function masked(text: string): string {
  try {
    return SUSPICIOUS.test(text) || !PLAIN.test(text) ? maskSecrets(text) : text;
  } catch {
    return '[masked]';
  }
}

/** An event as it is recorded: without the passwords and tokens in its texts. Values for programs stay as they are. */
export function maskedEvent<E extends Record<string, unknown>>(event: E): E {
  let result: Record<string, unknown> = event;
  const set = (name: string, value: unknown): void => {
    if (value !== event[name]) result = { ...result, [name]: value };
  };
  for (const name of TEXTS) {
    const value = event[name];
    if (typeof value === 'string') set(name, masked(value));
  }
  const { workers } = event;
  if (Array.isArray(workers))
    set(
      'workers',
      workers.map((each: unknown) => (isRecord(each) ? maskedEvent(each) : each)),
    );
  return result as E;
}

/** A value with every text in it masked, whatever its field: for what leaves the machine. */
export function maskedDeep(value: unknown): unknown {
  if (typeof value === 'string') return masked(value);
  if (Array.isArray(value)) return value.map(maskedDeep);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, maskedDeep(inner)]));
}
