import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pathGlob, wildcard } from '#core/policy/match/glob.ts';

/** What the globs mean, by trying every possibility. */
function matchesSlowly<T>(
  pattern: readonly T[],
  items: readonly T[],
  star: T,
  fits: (p: T, item: T) => boolean,
): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return items.length === 0;
  if (first === star)
    return (
      items.length >= 0 &&
      Array.from({ length: items.length + 1 }, (_, i) => items.slice(i)).some((tail) =>
        matchesSlowly(rest, tail, star, fits),
      )
    );
  return items.length > 0 && fits(first, items[0] as T) && matchesSlowly(rest, items.slice(1), star, fits);
}
const slowWildcard = (pattern: string, text: string): boolean =>
  matchesSlowly(pattern.split(''), text.split(''), '*', (p, c) => p === '?' || p === c);
const slowPathGlob = (pattern: string, path: string): boolean =>
  matchesSlowly(pattern.split('/'), path.split('/'), '**', slowWildcard);

const textOf = (...parts: string[]) => fc.array(fc.constantFrom(...parts), { maxLength: 7 }).map((all) => all.join(''));
const text = textOf('a', 'a', 'b', '/', '/', 'ä');

test('a wildcard matches what it means', () => {
  fc.assert(
    fc.property(textOf('a', 'b', '*', '*', '?', '/', 'ä'), text, (pattern, of) => {
      expect(wildcard(pattern, of)).toBe(slowWildcard(pattern, of));
    }),
    { numRuns: 3000 },
  );
});

test('a path glob matches what it means', () => {
  fc.assert(
    fc.property(textOf('a', 'b', '*', '?', '/', '**', '/**/', '**/', '/**', 'ä'), text, (pattern, of) => {
      expect(pathGlob(pattern, of)).toBe(slowPathGlob(pattern, of));
    }),
    { numRuns: 3000 },
  );
});

test('states beyond the first words of bits count', () => {
  const long = 'abc/'.repeat(40);
  expect(pathGlob(`${long}**/x`, `${long}x`)).toBe(true);
  expect(pathGlob(`${long}**/x`, `${long}y/z/x`)).toBe(true);
  expect(pathGlob(`${long}**/x`, `${long}y/z/xx`)).toBe(false);
  for (let length = 25; length < 100; length++) {
    const name = 'n'.repeat(length);
    expect(pathGlob(`${name}/**/x`, `${name}/x`)).toBe(true);
    expect(wildcard(`${name}*${name}?`, `${name}${name}${name}!`)).toBe(true);
    expect(wildcard(`${name}*${name}?`, `${name}${name.slice(2)}!`)).toBe(false);
  }
});

const HOSTILE: [string, (length: number) => string, (length: number) => string][] = [
  ['stars and letters', (n) => `${'*a'.repeat(n / 2)}b`, (n) => 'a'.repeat(n)],
  ['one star and a long text', (n) => `*${'a'.repeat(n)}b`, (n) => 'a'.repeat(n)],
  ['question marks', (n) => `*${'?'.repeat(n)}b`, (n) => 'a'.repeat(n)],
  ['folders', (n) => `${'**/'.repeat(n / 3)}a`, (n) => `${'a/'.repeat(n / 2)}b`],
  ['folders of any name', (n) => `**/${'*/'.repeat(n / 2)}b`, (n) => `${'a/'.repeat(n / 2)}a`],
  ['stars in every folder', (n) => `**/${'*a*a*b/'.repeat(n / 7)}c`, (n) => `${'aaaaaaaab/'.repeat(n / 10)}d`],
];

test.each(HOSTILE)('%s: the time is bounded by the two lengths, whatever is in them', (_name, pattern, of) => {
  for (const match of [wildcard, pathGlob]) {
    const started = process.cpuUsage();
    // a path of a megabyte and the longest pattern of a log; a matcher that goes back takes minutes
    expect(match(pattern(1000), of(1 << 20))).toBe(false);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  }
});
