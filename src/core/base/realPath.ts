import { readlinkSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, parse, resolve, sep } from 'node:path';
import { slashed } from './windowsPath.ts';

/** The longest path that a system takes. */
export const MAX_PATH_CHARS = 4096;
/** A longer chain of links counts as a circle, as for the system. */
const MAX_LINKS = 40;

/**
 * The real path of a file that may not exist yet: links and `..` are followed as the system follows them, in the part
 * that exists and through links that lead to nothing. Undefined for a path that the system would not take: too long, or a
 * circle of links.
 */
export function resolvedPath(path: string, cwd: string): string | undefined {
  let current = isAbsolute(path) ? path : `${cwd}${sep}${path}`;
  for (let links = 0; links < MAX_LINKS; links++) {
    if (current.length > MAX_PATH_CHARS) return undefined;
    const { real, missing } = longestReal(current);
    const [next, ...rest] = missing;
    if (next === undefined) return real;
    const target = linkTarget(join(real, next));
    const lexical = resolve(real, ...missing);
    if (target !== undefined) current = [resolve(real, target), ...rest].join(sep);
    // what comes after `missing/..` may exist
    else if (missing.includes('..')) current = lexical;
    else return lexical;
  }
  return undefined;
}

/**
 * A path as it enters: one that begins with `~` in the person's home, since programs expand what a shell did not; on Windows
 * with `/`.
 */
export function inHome(path: string, platform: NodeJS.Platform = process.platform): string {
  const given = platform === 'win32' ? slashed(path) : path;
  return given === '~' || given.startsWith('~/') ? `${homedir()}${given.slice(1)}` : given;
}

/** The real path of the longest part of an absolute path that exists, and the names after it. */
function longestReal(path: string): { real: string; missing: string[] } {
  const { root } = parse(path);
  const names = path
    .slice(root.length)
    .split(sep === '/' ? '/' : /[\\/]/)
    .filter((name) => name !== '' && name !== '.');
  const realOf = (count: number): string | undefined => realOrNothing(root + names.slice(0, count).join(sep));
  const whole = realOf(names.length);
  if (whole !== undefined) return { real: whole, missing: [] };
  // if a part exists so do all shorter ones: a search by halves looks at a dozen of 2,000
  let [existing, absent, real] = [0, names.length, root];
  while (absent - existing > 1) {
    const middle = (existing + absent) >> 1;
    const found = realOf(middle);
    if (found === undefined) absent = middle;
    else [existing, real] = [middle, found];
  }
  return { real, missing: names.slice(existing) };
}

function realOrNothing(path: string): string | undefined {
  try {
    return realpathSync.native(path);
  } catch {
    return undefined;
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    // nothing there, or no link
    return undefined;
  }
}
