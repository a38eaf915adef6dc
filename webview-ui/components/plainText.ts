import { visibleText, withoutColours } from '#protocol/hiddenText.ts';
import { cutPosition } from '#protocol/cutPosition.ts';

/** A text of a program made safe to read: without its colours, and with all that is hidden in it. */
export const plainText = (text: string): string => visibleText(withoutColours(text));

/** The first part of a text, made safe to read. A line of 100 KB must not cost a layout of 100 KB. */
export function shortText(text: string, maxChars = 300, show: (text: string) => string = plainText): string {
  const start = show(cutText(text, 2 * maxChars));
  return start.length > maxChars || text.length > 2 * maxChars ? `${cutText(start, maxChars)}…` : start;
}

/** The first `maxChars` of a text, or less where that would split a character. */
export const cutText = (text: string, maxChars: number): string => text.slice(0, cutPosition(text, maxChars));
