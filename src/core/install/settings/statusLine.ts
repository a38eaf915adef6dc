/**
 * The command of the status line in the text of Claude Code's settings, and Fermata's around it: that keeps what Claude Code hands to
 * a status line, and hands it on. A command of the person's own stays in the text as it is written there, between two pieces that
 * are added and removed again as they are, so that no byte of it changes.
 */
import { getNodeValue } from 'jsonc-parser';
import { asRecord } from '#core/base/json.ts';
import { problemAt, type TextProblem } from '#core/base/jsonc.ts';
import { shellQuote } from '#core/base/shellQuote.ts';
import { nodeAt, parseText, type JsonText } from './jsonText.ts';

const SCRIPT = '/hooks/status-line.sh';
const COMMAND = ['statusLine', 'command'];

/** Where the script is missing or fails before it has read anything, `cat` hands on what it would have. */
const keepCommand = (home: string): string => `{ sh ${shellQuote(home + SCRIPT)} 2>/dev/null || cat; }`;

/** The empty command makes a group also of one that is only a comment; the line break ends a comment. */
const [AROUND_START, AROUND_END] = [' | { :\n', '\n}'];
/** Without a command of the person's own, nothing is shown. */
const ALONE_END = ' >/dev/null';

/** The whole command where the person has none. */
export const ownStatusLine = (home: string): object => ({ type: 'command', command: keepCommand(home) + ALONE_END });

/** A piece of a text as it stands in a JSON string. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);

export type StatusLine =
  | { state: 'absent' }
  /** A command that is the person's. */
  | { state: 'own' }
  /** `wrapped` is the person's command; undefined where there was none. */
  | { state: 'kept'; home: string; wrapped: string | undefined }
  /** What Claude Code takes for no status line, or what cannot be put between two pieces. */
  | { state: 'other'; problem: TextProblem };

const KEPT =
  /^\{ sh '?((?:[^']|'\\'')+?)\/hooks\/status-line\.sh'? 2>\/dev\/null \|\| cat; \}(?: >\/dev\/null| \| \{ :\n([^]*)\n\})$/;

/** What the settings have as status line. */
export function statusLineOf({ text, root }: JsonText): StatusLine {
  const node = nodeAt(root, ['statusLine']);
  if (node === undefined) return { state: 'absent' };
  const { type, command } = asRecord(getNodeValue(node));
  if (type !== 'command' || typeof command !== 'string')
    return { state: 'other', problem: problemAt(text, node.offset, '"statusLine" is not a command') };
  const [, path, wrapped] = KEPT.exec(command) ?? [];
  if (path !== undefined) return { state: 'kept', home: path.replaceAll(`'\\''`, `'`), wrapped };
  // a here-document or a line that goes on would take the end of the group into it
  const isOpenEnded = /<<|\\\s*$/.test(command);
  return isOpenEnded ? { state: 'other', problem: problemAt(text, node.offset, UNFIT) } : { state: 'own' };
}

const UNFIT =
  'The command of "statusLine" has a here-document or ends with a backslash, so that no other can be put before it: move it into a script';

/** Puts Fermata's command around the person's; undefined where there is none to put it around. */
export function wrapStatusLine(json: JsonText, home: string): JsonText | undefined {
  const place = rawCommand(json);
  if (place === undefined) return undefined;
  const { text } = json;
  const start = inJson(keepCommand(home) + AROUND_START);
  return edited(
    text.slice(0, place.start) +
      start +
      text.slice(place.start, place.end) +
      inJson(AROUND_END) +
      text.slice(place.end),
  );
}

/** Takes Fermata's command from around the person's. */
export function unwrapStatusLine(json: JsonText, { home, wrapped }: { home: string; wrapped: string }): JsonText {
  const place = rawCommand(json);
  if (place === undefined) return json;
  const { text } = json;
  const raw = text.slice(place.start, place.end);
  const [start, end] = [inJson(keepCommand(home) + AROUND_START), inJson(AROUND_END)];
  // another program may have written the same text with other escapes
  const inner =
    raw.startsWith(start) && raw.endsWith(end) ? raw.slice(start.length, raw.length - end.length) : inJson(wrapped);
  return edited(text.slice(0, place.start) + inner + text.slice(place.end));
}

/** Where the command stands between its quotes. */
function rawCommand({ root }: JsonText): { start: number; end: number } | undefined {
  const node = nodeAt(root, COMMAND);
  return node?.type === 'string' ? { start: node.offset + 1, end: node.offset + node.length - 1 } : undefined;
}

/** An edit keeps the text valid, so an error is a bug in this file. */
function edited(text: string): JsonText {
  const parsed = parseText(text);
  if (!parsed.ok) throw new Error(`statusLine: the edit broke the text: ${parsed.problem.message}`);
  return parsed.json;
}
