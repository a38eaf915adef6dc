/**
 * Characters that are not seen as what they are: controls, line breaks of other kinds, what changes the direction, has no
 * width or is not shown at all, halves of characters, and marks piled upon each other. Who reads a text of others has to
 * read all of it, so a surface shows none of them: `replaceHidden` is the one place that knows them.
 */

/** Letters whose neighbours are joined to them, in scripts in which a joiner or non-joiner between them is spelling. */
const JOINING = '(?=\\p{L})[\\p{sc=Arabic}\\p{sc=Syriac}\\p{sc=Mongolian}\\p{sc=Nko}\\p{sc=Mandaic}\\p{sc=Adlam}]';
/** The signs of Indic scripts that take the vowel from a letter: a joiner after or before one is spelling as well. */
const VIRAMA =
  '[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d3b\\u0d3c\\u0d4d\\u0dca\\u0f84\\u1039\\u103a\\u17d2\\u1b44\\ua9c0]';
/** Scripts without blanks between words, which mark where a line may break. */
const UNSPACED = '[\\p{sc=Thai}\\p{sc=Lao}\\p{sc=Khmer}\\p{sc=Myanmar}]';
/** As many marks as a letter of any living script has. */
const MAX_MARKS = 6;

/** Invisible characters that are a part of what is seen: a family of emoji, a word of Persian, the flag of Wales. */
const PARTS = [
  '(?<=\\p{Extended_Pictographic}[\\p{M}\\p{Emoji_Modifier}]{0,2})\\u200d(?=\\p{Extended_Pictographic})',
  '(?<=\\p{Extended_Pictographic})[\\ufe0e\\ufe0f]',
  '(?<=[0-9#*])\\ufe0f(?=\\u20e3)',
  '\\u{1f3f4}\\u{e0067}\\u{e0062}(?:\\u{e0065}\\u{e006e}\\u{e0067}|\\u{e0073}\\u{e0063}\\u{e0074}|\\u{e0077}\\u{e006c}\\u{e0073})\\u{e007f}',
  `(?<=[\\p{L}\\p{N}]\\p{M}{0,${MAX_MARKS}})\\u200c(?=${JOINING})`,
  `(?<=${JOINING}\\p{M}{0,${MAX_MARKS}})\\u200d(?![\\u200c\\u200d])`,
  `(?<=${VIRAMA})[\\u200c\\u200d](?![\\u200c\\u200d])|(?<=\\p{L})\\u200d(?=${VIRAMA})`,
  `(?<=${UNSPACED})\\u200b(?=${UNSPACED})`,
  '(?<=\\p{Ideographic})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
  '(?<=[\\u2200-\\u22ff\\u2a00-\\u2aff\\u3001\\u3002\\uff01\\uff0c\\uff1a\\uff1b\\uff1f\\p{sc=Myanmar}])[\\ufe00\\ufe01]',
  '(?<=(?=\\p{L})\\p{sc=Mongolian})[\\u180b-\\u180d\\u180f]',
  // signs of Arabic, Syriac and Kaithi that are formats by their class, and are seen
  '[\\u0600-\\u0605\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u{110bd}\\u{110cd}]',
].join('|');
const PILED = `(?<=\\p{M}{${MAX_MARKS}})\\p{M}+`;
const HIDDEN = '(?![\\n\\t])[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{Default_Ignorable_Code_Point}]';

/** A text in which nothing can be hidden. Most texts are this, and need no table of Unicode. */
const PLAIN = /^[\n\t -~]*$/;

let pattern: RegExp | undefined;

/** Replaces every hidden character: half a one by U+FFFD, others by what `replace` returns, piled marks at once. */
export function replaceHidden(text: string, replace: (hidden: string) => string): string {
  if (PLAIN.test(text)) return text;
  pattern ??= new RegExp(`(${PARTS})|${PILED}|${HIDDEN}`, 'gu');
  return text.replace(pattern, (hidden, part: string | undefined) =>
    part !== undefined ? part : isHalf(hidden) ? '\ufffd' : replace(hidden),
  );
}

const isHalf = (char: string): boolean => char.length === 1 && char >= '\ud800' && char <= '\udfff';

/**
 * A text of others for a person: all of it is seen. A hidden character is written out, as ⟨U+202E⟩, otherwise a person
 * might release, allow or start something else than what they read.
 */
export const visibleText = (text: string): string =>
  replaceHidden(text.replaceAll('\r\n', '\n'), (hidden) => {
    const [first = ''] = hidden;
    const code = first.codePointAt(0)?.toString(16).toUpperCase().padStart(4, '0');
    return `⟨U+${code}${hidden.length > first.length ? '…' : ''}⟩`;
  });

/** The same on one line. */
export const visibleLine = (text: string): string => visibleText(text.replaceAll(/[ \t\r\n]+/g, ' ').trim());

/** A command that a person approves: on one line, and not even its line breaks and tabs are left out. */
export const visibleCommand = (text: string): string =>
  visibleText(text).replaceAll('\n', '⟨U+000A⟩').replaceAll('\t', '⟨U+0009⟩');

/** The same as escapes of JSON, which a program reads as what they are and a person sees. */
export const escapedText = (text: string): string =>
  replaceHidden(text, (hidden) =>
    hidden
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );

/** The sequences by which programs colour their output and move the cursor, as far as nothing but numbers is in them. */
// oxlint-disable-next-line no-control-regex -- escape sequences are what is meant
const TERMINAL_CODE = /\u001b\[[?]?\d{0,4}(?:[;:]\d{1,4}){0,8}[A-HJKSTfhlmnsu]/g;

/** What a program has printed, without its colours. Never for a text that a person decides on: that is shown as it is. */
export const withoutColours = (text: string): string =>
  text.includes('\u001b') ? text.replace(TERMINAL_CODE, '') : text;

/**
 * A class of characters that a word may have without being seen: controls and what has no width, for a search that looks
 * through them. By their numbers, since it costs no table of Unicode; `u` is the flag that it takes.
 */
export const UNSEEN = String.raw`[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]`;
