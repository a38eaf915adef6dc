import { expect, test } from 'vitest';
import { cutPosition } from '#protocol/cutPosition.ts';
import { HARMLESS_TEXTS } from '#test/lib/unicodeTexts.ts';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

test('at every length a text is cut between characters, as near as can be', () => {
  for (const [, text] of [...HARMLESS_TEXTS, ['', 'a\ud83d\ud83db'], ['', '👨‍👩‍👧‍👦'.repeat(20)]] as [string, string][]) {
    const ends = [...segmenter.segment(text)].map(({ index }) => index);
    ends.push(text.length);
    for (let maxChars = -1; maxChars <= text.length + 2; maxChars++)
      expect(cutPosition(text, maxChars)).toBe(ends.findLast((end) => end <= Math.max(0, maxChars)));
  }
});

test('marks without end are cut like anything else, and never a pair', () => {
  expect(cutPosition(`a${'\u0301'.repeat(500)}`, 300)).toBe(300);
  const text = `a${'\u{1d165}'.repeat(500)}`;
  expect(cutPosition(text, 300)).toBe(299);
});
