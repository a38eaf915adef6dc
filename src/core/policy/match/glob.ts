/**
 * Globs of a log or a rule: `*` within a segment, `**` across segments, `?` one character. No library, because the time
 * must not explode for any pattern: libraries compile globs to regular expressions, so a hostile line could stall every
 * hook.
 */

/** Matches item by item; a `star` in the pattern stands for any number of items. Keeps one point to retry from. */
function matchItems(
  pattern: ArrayLike<string>,
  items: ArrayLike<string>,
  star: string,
  fits: (patternItem: string, item: string) => boolean,
): boolean {
  let p = 0;
  let i = 0;
  let lastStar = -1;
  let retry = 0;
  while (i < items.length) {
    if (p < pattern.length && pattern[p] === star) {
      lastStar = p++;
      retry = i;
    } else if (p < pattern.length && fits(pattern[p] ?? '', items[i] ?? '')) {
      p++;
      i++;
    } else if (lastStar !== -1) {
      p = lastStar + 1;
      i = ++retry;
    } else return false;
  }
  while (pattern[p] === star) p++;
  return p === pattern.length;
}

/** Whether a command or a tool name matches a pattern, in which `*` and `?` match any characters, `/` too. */
export const wildcard = (pattern: string, text: string): boolean =>
  matchItems(pattern, text, '*', (p, c) => p === '?' || p === c);

/** Whether a path (with `/`) matches a path glob: segment by segment, `**` standing for any number of segments. */
export const pathGlob = (pattern: string, path: string): boolean =>
  matchItems(pattern.split('/'), path.split('/'), '**', wildcard);

/** A pattern for a literal text. Wildcards have no escape: each becomes `?`, the narrowest pattern for it. */
export function escapeGlob(literal: string): string {
  return literal.replace(/[*?]/g, '?');
}
