import { expect, test } from 'vitest';
import { formatMessage } from '#protocol/formatMessage.ts';
import { pseudo } from '#test/lib/pseudoLocale.ts';

test.each([
  ['Release {0}', ['B1'], '[!!Ŕéļéàšé B1 ñöŵ ñöŵ!!]'],
  ['{0, plural, =0 {none} one {# item} other {# items}} of {1}', [0, 'x'], /^\[!!ñöñé öƒ x /],
  ['{0, plural, =0 {none} one {# item} other {# items}} of {1}', [1, 'x'], /^\[!!1 îţéɱ öƒ x /],
  ['{0, plural, =0 {none} one {# item} other {# items}} of {1}', [2, 'x'], /^\[!!2 îţéɱš öƒ x /],
  ['{0, plural, one {# item} other {# items}}, {1, plural, =0 {none} other {#}}', [2, 0], /^\[!!2 îţéɱš, ñöñé /],
])('%s', (text, values, shown) => {
  expect(formatMessage(pseudo(text), values, 'en')).toMatch(shown);
});
