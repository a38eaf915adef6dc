import { expect, test } from 'vitest';
import { inertLabel, inertMarkdown, inertMessage } from '#extension/base/inertText.ts';
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

test('a label has no icon of others, and is one line in which nothing is hidden', () => {
  expect(inertLabel('$(bell~spin) a\n$(x) $(not an icon)\u202e')).toBe(
    String.raw`\$(bell~spin) a \$(x) $(not an icon)⟨U+202E⟩`,
  );
});

test('a notification has no link of others', () => {
  expect(inertMessage('[go](https://example.org)\u2028x')).toBe('[go] (https://example.org)⟨U+2028⟩x');
});
