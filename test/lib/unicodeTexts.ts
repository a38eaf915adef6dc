/**
 * Texts that a worker, a repository or a model may write. The first list is seen as it is by everybody; in the second one
 * something is not seen as what it is.
 */
const from = (...codes: number[]): string => String.fromCodePoint(...codes);
const tags = (text: string): string => from(...text.split('').map((char) => 0xe0000 + char.charCodeAt(0)));

/** Name and text. */
export const HARMLESS_TEXTS: [name: string, text: string][] = [
  ['a profession', '👩‍💻 at work'],
  ['a heart in colour', 'I ❤️ it'],
  ['a family', '👨‍👩‍👧‍👦'],
  ['a flag of a rainbow', '🏳️‍🌈'],
  ['the flag of Wales', `🏴${tags('gbwls')}${from(0xe007f)}`],
  ['a skin tone', '👩🏽‍🚀 and ☝🏽'],
  ['a keycap', '1️⃣ #️⃣'],
  ['a flag of two letters', '🇫🇷'],
  ['Persian with non-joiners', 'می‌خواهم کتاب‌ها را'],
  ['Persian with an abbreviation', 'ه‍.ق'],
  ['Hindi with a joiner', 'क्‍ष'],
  ['Bengali with a joiner before the sign', 'র‍্য'],
  ['Hebrew with points and accents', 'הַמֶּ֗לֶךְ שָׁלוֹם'],
  ['Arabic with a sign of its own', 'مرحبا ۝ بكم'],
  ['combining marks', 'e\u0301 and e\u0302\u0301'],
  ['Thai with a break', 'ไทย\u200bไทย'],
  ['a variant of a Han character', `葛${from(0xe0100)}`],
  ['Korean', '한국어'],
  ['mathematics', '𝒳 ≥ 2, ∩\ufe00'],
  ['blanks of other widths', 'a\u00a0b\u202fc\u3000d'],
  ['lines and tabs', 'one\n\ttwo'],
];

/** Name, text, and how a person sees it. */
export const HIDING_TEXTS: [name: string, text: string, shown: string][] = [
  ['an override of the direction', 'safe\u202egnp.exe', 'safe⟨U+202E⟩gnp.exe'],
  ['an isolate', '\u2066admin\u2069', '⟨U+2066⟩admin⟨U+2069⟩'],
  ['a mark of direction', 'a\u200e\u200f\u061cb', 'a⟨U+200E⟩⟨U+200F⟩⟨U+061C⟩b'],
  ['a blank of no width', 'git\u200bmerge', 'git⟨U+200B⟩merge'],
  ['a joiner between letters', 'git\u200d\u200cmerge', 'git⟨U+200D⟩⟨U+200C⟩merge'],
  ['a joiner at the end of an emoji', '👩\u200dx', '👩⟨U+200D⟩x'],
  ['two non-joiners in Persian', 'ک\u200c\u200cک', 'ک⟨U+200C⟩⟨U+200C⟩ک'],
  ['a word joiner and a byte order mark', '\ufeffa\u2060b', '⟨U+FEFF⟩a⟨U+2060⟩b'],
  ['a soft hyphen', 'pass\u00adword', 'pass⟨U+00AD⟩word'],
  ['tag characters', `hi${tags('ab')}`, 'hi⟨U+E0061⟩⟨U+E0062⟩'],
  ['a flag with another text in it', `🏴${tags('gx')}`, '🏴⟨U+E0067⟩⟨U+E0078⟩'],
  ['a variation selector after a letter', 'a\ufe0f', 'a⟨U+FE0F⟩'],
  ['a row of variation selectors', '❤\ufe0f\ufe0f', '❤️⟨U+FE0F⟩'],
  ['bytes in variation selectors', `x${from(0xe01ef)}`, 'x⟨U+E01EF⟩'],
  ['a line separator', 'a\u2028Fermata', 'a⟨U+2028⟩Fermata'],
  ['a paragraph separator', 'a\u2029Fermata', 'a⟨U+2029⟩Fermata'],
  ['a next line', 'a\u0085Fermata', 'a⟨U+0085⟩Fermata'],
  ['a vertical tab and a form feed', 'a\u000bb\u000cc', 'a⟨U+000B⟩b⟨U+000C⟩c'],
  ['a carriage return', 'evil\rgood', 'evil⟨U+000D⟩good'],
  ['a cursor that goes back', 'evil\b\b\b\bgood', 'evil⟨U+0008⟩⟨U+0008⟩⟨U+0008⟩⟨U+0008⟩good'],
  ['an escape sequence that erases', 'x\u001b]0;title\u0007y', 'x⟨U+001B⟩]0;title⟨U+0007⟩y'],
  ['an escape sequence of one byte', 'x\u009b\u0090y', 'x⟨U+009B⟩⟨U+0090⟩y'],
  ['a null', 'a\u0000b\u007fc', 'a⟨U+0000⟩b⟨U+007F⟩c'],
  ['half a character', 'cut \ud83d', 'cut \ufffd'],
  ['another half', '\ude00 cut', '\ufffd cut'],
  ['a gloss between lines', '\ufff9base\ufffagloss\ufffb', '⟨U+FFF9⟩base⟨U+FFFA⟩gloss⟨U+FFFB⟩'],
  ['a filler', 'a\u3164\u115fb', 'a⟨U+3164⟩⟨U+115F⟩b'],
  ['a grapheme joiner', 'a\u034fb', 'a⟨U+034F⟩b'],
  ['a vowel separator', 'a\u180eb', 'a⟨U+180E⟩b'],
  ['a beam of music', `a${from(0x1d173)}b`, 'a⟨U+1D173⟩b'],
  ['marks piled up', `z${'\u0301'.repeat(30)}!`, `z${'\u0301'.repeat(6)}⟨U+0301…⟩!`],
];
