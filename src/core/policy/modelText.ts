import { replaceHidden } from '#protocol/hiddenText.ts';

/** All that a reader may take for a line's end. */
// oxlint-disable-next-line no-control-regex -- the line ends of other kinds are what is meant
const LINE_ENDS = /\r\n?|[\u000b\u000c\u0085\u2028\u2029]/g;
/** What a program sends to a terminal: colours, titles, links. */
const TERMINAL_SEQUENCE =
  // oxlint-disable-next-line no-control-regex -- escape sequences are what is meant
  /(?:\u001b\[|\u009b)[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)|\u001b[ -/]*[0-~]/g;
/** The beginning of a tag, also a fullwidth or an escaped one: in front of a name, a `/`, a `!` or a `?`. */
const TAG_BEGIN = /(?:[<\uff1c\ufe64]|&(?:amp;){0,4}(?:lt|#0{0,6}60|#x0{0,6}3c);?)(?=[\s\p{M}\\/!?]*\p{L})/giu;

/** A text with nothing hidden and without a sign that a tag begins with. Most texts are this, and need no table of Unicode. */
const PLAIN = /^[\n\t -%'-;=-~]*$/;

/**
 * A text of others for the model: none of its characters is hidden, and no tag in it can be taken for one of Claude Code's,
 * which open and close what the model believes. Hidden characters go, since a model reads them where a person sees none.
 */
export function modelText(text: string): string {
  return PLAIN.test(text) ? text : neutralText(text);
}

/** The same for a text that is not plain. */
export const neutralText = (text: string): string =>
  replaceHidden(text.replace(LINE_ENDS, '\n').replace(TERMINAL_SEQUENCE, ''), () => '').replace(TAG_BEGIN, '‹');

/** The same with further lines indented: only Fermata begins a line, so no worker can forge the note of another. */
export const indentedText = (text: string): string => modelText(text).replaceAll('\n', '\n  ');

/** A beginning that could be taken for one of Fermata's own. */
const LIKE_FRAME = /^[^\p{L}]*fermata/iu;
/** The same for a plain text. */
const LIKE_PLAIN_FRAME = /^[^a-z]*fermata/i;

export const isLikeFrame = (start: string): boolean => LIKE_FRAME.test(start.normalize('NFKC'));

/** The same where the text itself begins the first line. */
export function leadingText(text: string): string {
  const indented = indentedText(text);
  const start = indented.slice(0, 100);
  const looksLikeFrame = PLAIN.test(start) ? LIKE_PLAIN_FRAME.test(start) : isLikeFrame(start);
  return looksLikeFrame ? `  ${indented}` : indented;
}
