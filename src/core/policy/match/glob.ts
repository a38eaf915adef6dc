/**
 * Globs of a log or a rule: `*` within a segment, `**` across segments, `?` one character. No library, because the time
 * must not explode for any pattern: libraries compile globs to regular expressions, so a hostile line could stall every
 * hook.
 */

/** Whether a command or a tool name matches a pattern, in which `*` and `?` match any characters, `/` too. */
export function wildcard(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let retry = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      retry = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++retry;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Whether a path (with `/`) matches a path glob: segment by segment, `**` standing for any number of segments. */
export function pathGlob(pattern: string, path: string): boolean {
  const patterns = pattern.split('/');
  const segments = path.split('/');
  let p = 0;
  let s = 0;
  let star = -1;
  let retry = 0;
  while (s < segments.length) {
    if (p < patterns.length && patterns[p] === '**') {
      star = p++;
      retry = s;
    } else if (p < patterns.length && wildcard(patterns[p] ?? '', segments[s] ?? '')) {
      p++;
      s++;
    } else if (star !== -1) {
      p = star + 1;
      s = ++retry;
    } else return false;
  }
  while (patterns[p] === '**') p++;
  return p === patterns.length;
}

/** A pattern for a literal text. Wildcards have no escape: each becomes `?`, the narrowest pattern for it. */
export function escapeGlob(literal: string): string {
  return literal.replace(/[*?]/g, '?');
}
