import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inertLabel, inertMarkdown, inertMessage } from '#extension/base/inertText.ts';
import { visibleLine } from '#protocol/hiddenText.ts';
import { HIDING_TEXTS } from '#test/lib/unicodeTexts.ts';

const MARKUP = [
  '<command:workbench.action.terminal.sendSequence?%5B%5D#>',
  '[x](command:a)',
  '![x](https://example.org/a.png)',
  'https://example.org www.example.org a@example.org',
  '<img src=x onerror=1>',
  '&lt;a&gt; &#60;',
  '`code` **bold** # head\n\n- item | 1. x',
  '](command:workbench.action.quit) [',
  '$(bell~spin)',
];

test('in trusted Markdown words of others have no sign that Markdown reads', () => {
  for (const text of [...MARKUP, ...HIDING_TEXTS.map(([, each]) => each)])
    expect(inertMarkdown(text)).toMatch(/^(?:[\p{L}\p{M}\p{N} ]|&#\d+;)*$/u);
  expect(inertMarkdown('<a> ü')).toBe('&#60;a&#62; ü');
});

test('whatever the text, it is read as the text that it is, in one paragraph and without a sign of Markdown', () => {
  const pieces = [
    ...MARKUP,
    ...HIDING_TEXTS.map(([, each]) => each),
    '\n\n    ',
    '\t',
    ' ',
    '\u00a0',
    '|',
    '---',
    '&',
    ';',
    '#',
  ];
  const text = fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 8 })), { maxLength: 8 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(text, (words) => {
      const markdown = inertMarkdown(words);
      expect(markdown).toMatch(/^(?:[\p{L}\p{M}\p{N} ]|&#\d+;)*$/u);
      // blanks at the start of a line would make it code
      expect(markdown).not.toMatch(/^ | $| {2}/);
      const read = markdown.replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
      expect(read).toBe(visibleLine(words));
    }),
    { numRuns: 1000 },
  );
});

test('a label has no icon of others, and is one line in which nothing is hidden', () => {
  expect(inertLabel('$(bell~spin) a\n$(x) $(not an icon)\u202e')).toBe(
    String.raw`\$(bell~spin) a \$(x) $(not an icon)⟨U+202E⟩`,
  );
});

test('a notification has no link of others', () => {
  expect(inertMessage('[go](https://example.org)\u2028x')).toBe('[go] (https://example.org)⟨U+2028⟩x');
});
