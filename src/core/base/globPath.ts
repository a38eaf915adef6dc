/**
 * Globs of paths by their letters alone, without any file being there. In bounded time: of patterns that are too large for
 * that it is taken for granted that they have something in common.
 */

/** The most pairs of items that are looked at. */
const MAX_STEPS = 100_000;

/** Whether a path has a wildcard in it. */
export const hasWildcard = (path: string): boolean => /[*?]/.test(path);

/** A glob as the folder before its first wildcard, which may be a real path, and the rest. A plain path has no rest. */
export function splitGlob(path: string): { folder: string; rest: string[] } {
  const names = path.split('/');
  const wild = names.findIndex(hasWildcard);
  if (wild === -1) return { folder: path, rest: [] };
  // a glob that ends with a slash means what is in the folders that fit it
  const rest = names.slice(wild).map((name, i, all) => (name === '' && i === all.length - 1 ? '**' : name));
  return { folder: names.slice(0, wild).join('/') || (path.startsWith('/') ? '/' : '.'), rest };
}

/** Whether some path fits both globs: `*` and `?` within a segment, `**` for any number of segments. */
export const globsOverlap = (a: string, b: string): boolean =>
  itemsOverlap(a.split('/'), b.split('/'), '**', segmentsOverlap);

function segmentsOverlap(a: string, b: string): boolean {
  if (!hasWildcard(a) && !hasWildcard(b)) return a === b;
  return haveEnds(a, b) && itemsOverlap(a, b, '*', (x, y) => x === y || x === '?' || y === '?');
}

/** Whether the plain beginnings and ends of two patterns agree, which is soon known and mostly enough to part them. */
function haveEnds(a: string, b: string): boolean {
  const agree = (x: string, y: string): boolean => x.startsWith(y) || y.startsWith(x);
  const agreeAtEnd = (x: string, y: string): boolean => x.endsWith(y) || y.endsWith(x);
  return agree(START.exec(a)?.[0] ?? '', START.exec(b)?.[0] ?? '') && agreeAtEnd(endOf(a), endOf(b));
}

const START = /^[^*?]*/;
const endOf = (pattern: string): string =>
  pattern.slice(Math.max(pattern.lastIndexOf('*'), pattern.lastIndexOf('?')) + 1);

/** Whether some sequence fits both patterns, in which `star` stands for any number of items: from the ends to the starts. */
function itemsOverlap(
  a: ArrayLike<string>,
  b: ArrayLike<string>,
  star: string,
  fits: (a: string, b: string) => boolean,
): boolean {
  if (a.length * b.length > MAX_STEPS) return true;
  // row[j]: whether what is left of `a` from i on and of `b` from j on have something in common
  let below: boolean[] = [];
  for (let i = a.length; i >= 0; i--) {
    const row: boolean[] = [];
    for (let j = b.length; j >= 0; j--) {
      const [x, y] = [a[i], b[j]];
      if (x === undefined && y === undefined) row[j] = true;
      else if (x === star || y === star) row[j] = (x !== undefined && below[j] === true) || row[j + 1] === true;
      else row[j] = x !== undefined && y !== undefined && below[j + 1] === true && fits(x, y);
    }
    below = row;
  }
  return below[0] === true;
}
