import { masked } from '#core/base/masking.ts';
import { ellipsize, truncate } from '#core/base/text.ts';
import { cutPosition } from '#protocol/cutPosition.ts';
import type { Entry } from './entry.ts';
import type { Words } from './transcriptState.ts';

const MAX_TITLE_CHARS = 300;
const MAX_PROMPT_CHARS = 2000;
/** Of longer words of Claude as much of the beginning and of the end is kept: a question stands at the end. */
const MAX_SAID_CHARS = 2000;

/** Folds a line about the session as a whole. */
export function foldAboutSession(words: Words, entry: Extract<Entry, { kind: 'title' | 'lastPrompt' }>): void {
  if (entry.kind === 'title') words.titles[entry.by] = cleaned(entry.title, MAX_TITLE_CHARS);
  // where the prompt itself is known, it is longer
  else words.prompts.latest ??= cleaned(entry.prompt, MAX_PROMPT_CHARS);
}

/** Folds a message of the person or of Claude. */
export function foldWords(words: Words, entry: Extract<Entry, { kind: 'assistant' | 'user' }>, ts: number): void {
  if (entry.kind === 'assistant') {
    if (entry.text !== undefined) words.lastSaid = lastWords(entry.text, ts);
    return;
  }
  if (entry.meaning !== 'prompt') return;
  // a new turn has begun
  delete words.lastSaid;
  if (entry.prompt === undefined) return;
  words.prompts.latest = cleaned(entry.prompt, MAX_PROMPT_CHARS);
  words.prompts.first ??= words.prompts.latest;
}

/** Without the passwords in it, which are found before the text is cut through one. */
const cleaned = (text: string, maxChars: number): string => ellipsize(masked(text.slice(0, 2 * maxChars)), maxChars);

/** Masked when it is first read: of most messages no person sees a word, and to mask one costs as much as to fold it. */
function lastWords(message: string, ts: number): NonNullable<Words['lastSaid']> {
  const trimmed = message.trim();
  const [start, end] = [trimmed.slice(0, MAX_SAID_CHARS), trimmed.slice(-MAX_SAID_CHARS)];
  const isWhole = trimmed.length <= MAX_SAID_CHARS;
  let text: string | undefined;
  return {
    ts,
    asks: asks(trimmed),
    get text() {
      return (text ??= isWhole ? masked(start) : shortened(masked(start), masked(end)));
    },
  };
}

const shortened = (start: string, end: string): string =>
  `${truncate(start, MAX_SAID_CHARS / 2)} … ${ending(end, MAX_SAID_CHARS / 2)}`;

/** About the last `maxChars` of a text, from the beginning of a word on where there is one. */
function ending(text: string, maxChars: number): string {
  const end = text.slice(cutPosition(text, text.length - maxChars));
  return end.slice(/^\S{0,100}\s+/.exec(end)?.[0].length ?? 0);
}

/** Whether a text ends with a question mark, though quotes or marks of Markdown follow it. */
const asks = (text: string): boolean => /[?？؟⁇⁈⁉][\s"'”’»)\]*_`~]*$/u.test(text.slice(-40));
