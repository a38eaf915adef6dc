import { describe, expect, test } from 'vitest';
import { formatMessage } from '#protocol/formatMessage.ts';

describe('a text filled in', () => {
  test('has its values where a translation wants them, as they are', () => {
    expect(formatMessage('{1} × {0}', ['$& {1}', 3], 'en')).toBe('3 × $& {1}');
    expect(formatMessage('{0} of {1}', ['only one'], 'en')).toBe('only one of {1}');
  });

  test.each([
    [0, 'nothing needs you'],
    [1, '1 item needs you'],
    [2, '2 items need you'],
  ])('counts %i as English does', (count, text) => {
    const plural = '{0, plural, =0 {nothing needs you} one {# item needs you} other {# items need you}}';
    expect(formatMessage(plural, [count], 'en')).toBe(text);
  });

  test.each([
    [1, '1 plik'],
    [3, '3 pliki'],
    [5, '5 plików'],
    [22, '22 pliki'],
  ])('counts %i as the language of the text does, not as English', (count, text) => {
    const plural = '{0, plural, one {# plik} few {# pliki} many {# plików} other {# pliku}}';
    expect(formatMessage(plural, [count], 'pl')).toBe(text);
  });

  test('takes the form for others where the language has one that the text lacks', () => {
    expect(formatMessage('{0}: {1, plural, one {# vote} other {# votes}}', ['a', 3], 'pl')).toBe('a: 3 votes');
  });
});
