import { cutPosition } from '#protocol/cutPosition.ts';

/** The first `maxChars` UTF-16 units of a text, or less where the cut would split a character. */
export const truncate = (text: string, maxChars: number): string => text.slice(0, cutPosition(text, maxChars));

/** The same with `…` after what was cut, which is not counted. */
export const ellipsize = (text: string, maxChars: number): string =>
  text.length <= maxChars ? text : `${truncate(text, maxChars)}…`;

const SHORT_ID_CHARS = 8;

/** The beginning of a session's id that no other id of `others` shares; eight characters where that is enough. */
export function shortId(id: string, others: readonly string[]): string {
  const otherIds = others.filter((other) => other !== id);
  let length = SHORT_ID_CHARS;
  while (length < id.length && otherIds.some((other) => other.startsWith(id.slice(0, length)))) length++;
  return id.slice(0, length);
}
