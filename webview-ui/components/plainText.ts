/* eslint-disable no-control-regex -- control characters are the subject here */
const ESCAPE_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]/g;
const INVISIBLE = /[\u0080-\u009f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;

/**
 * Makes a text from a log safe to read: drops terminal colours, and shows characters that would hide or reorder other
 * text by their code. Otherwise the person might release something else than what they read.
 */
export function plainText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(ESCAPE_SEQUENCE, '')
    .replace(CONTROL, (char) => (char === '\u007f' ? '\u2421' : String.fromCodePoint(0x2400 + char.charCodeAt(0))))
    .replace(INVISIBLE, (char) => `\u27e8U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}\u27e9`);
}

/** The first part of a text, made safe to read. A line of 100 KB must not cost a layout of 100 KB. */
export function shortText(text: string, maxChars = 300): string {
  const start = plainText(text.length > 2 * maxChars ? text.slice(0, 2 * maxChars) : text);
  return start.length > maxChars || text.length > 2 * maxChars ? `${start.slice(0, maxChars)}…` : start;
}
