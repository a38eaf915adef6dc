import { createScanner } from 'jsonc-parser';
import { tooDeepAt } from './depth.ts';

/** The reason why a text cannot be used, for a person; `line` and `column` count from 1. */
export interface TextProblem {
  message: string;
  line: number;
  column: number;
}

/** Values nest no deeper in a file that a person writes or a repository brings; recursion over them is safe. */
export const MAX_FILE_DEPTH = 100;

/** `extension` is the offset of the first comment or trailing comma. A text without a value has none. */
export type ParsedJson = { ok: true; value: unknown; extension?: number } | { ok: false; problem: TextProblem };

/**
 * Parses JSON with comments and trailing commas; returns the first error as the problem. In time that is linear in the text,
 * a few hundredths of a second for a megabyte, and without recursion.
 */
export function parseJsonc(text: string): ParsedJson {
  // the quickest way, which most files go
  if (tooDeepAt(text, MAX_FILE_DEPTH) === undefined)
    try {
      return { ok: true, value: JSON.parse(text) };
    } catch {
      // it has comments, or an error
    }
  const { error, plain, extension } = scan(text);
  if (error !== undefined) return refuse(text, error.offset, error.message);
  if (plain.trim() === '') return { ok: true, value: undefined, extension };
  try {
    return { ok: true, value: JSON.parse(plain), extension };
  } catch {
    return refuse(text, 0, 'This is not valid JSON');
  }
}

/** The line of a text's first comment or trailing comma; undefined if it is plain JSON, or has an error. */
export function firstNonJsonLine(text: string): number | undefined {
  const parsed = parseJsonc(text);
  if (!parsed.ok || parsed.extension === undefined) return undefined;
  return problemAt(text, parsed.extension, '').line;
}

const TOO_DEEP = `This is nested more than ${MAX_FILE_DEPTH} deep`;

const refuse = (text: string, offset: number, message: string): ParsedJson => ({
  ok: false,
  problem: problemAt(text, offset, message),
});

export function problemAt(text: string, offset: number, message: string): TextProblem {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { message, line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

// the scanner declares its tokens as ambient const enums, which cannot be used under isolatedModules
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET, COMMA, COLON] = [1, 2, 3, 4, 5, 6];
const [NULL, TRUE, FALSE, STRING, NUMBER] = [7, 8, 9, 10, 11];
const [LINE_COMMENT, BLOCK_COMMENT, LINE_BREAK, TRIVIA, UNKNOWN, END] = [12, 13, 14, 15, 16, 17];
const SCALARS = new Set<number | undefined>([NULL, TRUE, FALSE, STRING, NUMBER]);
const COMMENTS = new Set<number | undefined>([LINE_COMMENT, BLOCK_COMMENT]);
const BLANKS = new Set<number | undefined>([LINE_BREAK, TRIVIA]);

/** By the scanner's number of an error within a token. */
const TOKEN_ERRORS = [
  '',
  'unexpected end of comment',
  'unexpected end of string',
  'unexpected end of number',
  'invalid unicode',
  'invalid escape character',
  'invalid character',
];

/** What may come next: a value, a key, or the end of the container for either; a colon; a comma or the end; nothing. */
type Expected = 'value' | 'item' | 'key' | 'colon' | 'next' | 'nothing';

interface Scan {
  error?: { offset: number; message: string };
  /** The text without comments and trailing commas. */
  plain: string;
  extension?: number;
}

/** Reads the tokens of a text up to the first error. */
function scan(text: string): Scan {
  const scanner = createScanner(text, false);
  const removed: { from: number; to: number }[] = [];
  const grammar = new Grammar();
  let comma: number | undefined;
  for (;;) {
    const token: number = scanner.scan();
    const offset = scanner.getTokenOffset();
    const tokenError = TOKEN_ERRORS[scanner.getTokenError()];
    const message = tokenError === '' ? undefined : tokenError;
    if (message !== undefined) return { error: { offset, message: notValid(message) }, plain: '' };
    if (BLANKS.has(token)) continue;
    if (COMMENTS.has(token)) {
      removed.push({ from: offset, to: offset + scanner.getTokenLength() });
      continue;
    }
    const error = grammar.accept(token);
    if (error !== undefined)
      return { error: { offset, message: error === TOO_DEEP ? error : notValid(error) }, plain: '' };
    if (comma !== undefined && (token === CLOSE_BRACE || token === CLOSE_BRACKET))
      removed.push({ from: comma, to: comma + 1 });
    comma = token === COMMA ? offset : undefined;
    if (token === END) break;
  }
  removed.sort((a, b) => a.from - b.from);
  return { plain: without(text, removed), extension: removed[0]?.from };
}

const notValid = (message: string): string => `This is not valid JSON: ${message}`;

function without(text: string, parts: readonly { from: number; to: number }[]): string {
  let plain = '';
  let position = 0;
  for (const { from, to } of parts) {
    plain += `${text.slice(position, from)} `;
    position = to;
  }
  return plain + text.slice(position);
}

/** The order of tokens in JSON with trailing commas, without recursion. */
class Grammar {
  /** The containers around the next token: whether each is an object. */
  readonly #open: boolean[] = [];
  #expected: Expected = 'value';
  #isEmpty = true;

  /** The error that a token is, if it is one. */
  accept(token: number): string | undefined {
    const expected = this.#expected;
    if (token === UNKNOWN) return 'invalid symbol';
    if (token === END) return this.#end();
    if (expected === 'nothing') return 'end of file expected';
    this.#isEmpty = false;
    if (expected === 'colon') return token === COLON ? this.#expect('value') : 'colon expected';
    if (token === CLOSE_BRACE || token === CLOSE_BRACKET) return this.#close(token === CLOSE_BRACE);
    if (expected === 'next') return token === COMMA ? this.#expect(this.#member()) : 'comma expected';
    if (expected === 'key') return token === STRING ? this.#expect('colon') : 'property name expected';
    if (SCALARS.has(token)) return this.#expect(this.#after());
    if (token !== OPEN_BRACE && token !== OPEN_BRACKET) return 'value expected';
    this.#open.push(token === OPEN_BRACE);
    return this.#open.length > MAX_FILE_DEPTH ? TOO_DEEP : this.#expect(this.#member());
  }

  #expect(expected: Expected): undefined {
    this.#expected = expected;
  }

  readonly #member = (): Expected => (this.#open.at(-1) === true ? 'key' : 'item');
  readonly #after = (): Expected => (this.#open.length === 0 ? 'nothing' : 'next');

  #close(isBrace: boolean): string | undefined {
    if (this.#expected === 'value' || this.#open.at(-1) !== isBrace)
      return this.#expected === 'next' ? 'comma expected' : 'value expected';
    this.#open.pop();
    return this.#expect(this.#after());
  }

  #end(): string | undefined {
    if (this.#expected === 'nothing' || this.#isEmpty) return undefined;
    if (this.#expected === 'value') return 'value expected';
    if (this.#expected === 'colon') return 'colon expected';
    return this.#open.at(-1) === true ? 'close brace expected' : 'close bracket expected';
  }
}
