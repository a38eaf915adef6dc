/** From here on there are code points that belong together; between all before it a text may be cut. */
const FIRST_JOINED = 0x300;
/** The longest characters of several code points, such as a family of emoji with their skin tones, are shorter. */
const MAX_CHARACTER_CHARS = 64;

let segmenter: Intl.Segmenter | undefined;

/**
 * Where a text is cut so that at most `maxChars` UTF-16 units remain and no character is split: no pair of surrogates, no
 * letter from its marks, no emoji of several. Only where one of these could stand the rules of Unicode are loaded.
 */
export function cutPosition(text: string, maxChars: number): number {
  const at = Math.max(0, maxChars);
  if (text.length <= at || at === 0) return Math.min(at, text.length);
  if (text.charCodeAt(at) < FIRST_JOINED && text.charCodeAt(at - 1) < FIRST_JOINED) return at;
  const start = pairStart(text, Math.max(0, at - MAX_CHARACTER_CHARS));
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  const segment = segmenter.segment(text.slice(start, at + MAX_CHARACTER_CHARS)).containing(at - start);
  const position = start + (segment?.index ?? at - start);
  // marks without end are no character: they are cut like anything else
  return position > start || start === 0 ? position : pairStart(text, at);
}

/** A position, or the one before it where it is within a pair of surrogates. */
function pairStart(text: string, at: number): number {
  const [before, after] = [text.charCodeAt(at - 1), text.charCodeAt(at)];
  return before >= 0xd800 && before < 0xdc00 && after >= 0xdc00 && after < 0xe000 ? at - 1 : at;
}
