import { globsOverlap } from '#core/base/globPath.ts';
import { pathGlob, pathMatcher, wildcard } from '#core/policy/match/glob.ts';
import { parted, same, type Target } from '#test/fuzz/target.ts';

/** Longer ones take the simple matchers too long. */
const MAX_CHARS = 100;

/** Whether a pattern of `*` and `?` matches, by looking at every way to read it; results are kept. */
function simpleWildcard(pattern: string, text: string, crosses: (char: string) => boolean): boolean {
  // for each position of the text whether the rest of the pattern, which grows from its end, matches from there on
  let rest = Array.from({ length: text.length + 1 }, (_, at) => at === text.length);
  for (const item of pattern.split('').toReversed()) {
    const next = Array.from({ length: text.length + 1 }, () => false);
    for (let at = text.length; at >= 0; at--) {
      const char = text[at];
      if (item === '*') next[at] = rest[at] === true || (char !== undefined && crosses(char) && next[at + 1] === true);
      else next[at] = char !== undefined && (item === '?' ? crosses(char) : item === char) && rest[at + 1] === true;
    }
    rest = next;
  }
  return rest[0] === true;
}

/** The same of paths: `**` as a whole segment stands for any number of them. */
function simplePath(pattern: string[], path: string[], known = new Map<string, boolean>()): boolean {
  const key = `${pattern.length} ${path.length}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const [segment, ...others] = pattern;
  const [name, ...rest] = path;
  let result: boolean;
  if (segment === undefined) result = name === undefined;
  else if (segment === '**')
    result = simplePath(others, path, known) || (name !== undefined && simplePath(pattern, rest, known));
  else result = name !== undefined && simpleWildcard(segment, name, () => true) && simplePath(others, rest, known);
  known.set(key, result);
  return result;
}

/** The matcher of globs against two that are too slow to be used: first line the pattern, then the text. */
export const glob: Target = {
  seeds: () => [
    'git merge*\ngit merge f', 'src/**/*.ts\nsrc/a/b.ts', '**\na/b', '**/x/**\na/x/b', 'a?c\nabc', 'a?c\na/c', '*\n', '\n', 'a/**\na', '**/a\na',
    'mcp__*__x\nmcp__a__x', '**/**/a*b*c?\nq/aXbYcZ', 'a**b/c\na/b/c', '/p/**/[x].ts\n/p/q/[x].ts', `${'*a'.repeat(40)}\n${'a'.repeat(60)}`,
  ], // prettier-ignore
  maxBytes: 2048,
  words: ['**', '/**', '**/', '*', '?', '/', 'a', 'b'],
  check: (input) => {
    const [pattern, rest] = parted(input);
    const text = rest.toString('utf8');
    const [asWildcard, asPath] = [wildcard(pattern, text), pathGlob(pattern, text)];
    same(pathMatcher(pattern)(text), asPath, 'a matcher that is kept');
    globsOverlap(pattern, text);
    if (pattern.length > MAX_CHARS || text.length > MAX_CHARS) return;
    same(
      asWildcard,
      simpleWildcard(pattern, text, () => true),
      'wildcard',
    );
    same(asPath, simplePath(pattern.split('/'), text.split('/')), 'path');
  },
};
