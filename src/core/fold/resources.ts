import { globsOverlap, hasWildcard } from '#core/base/globPath.ts';
import { slashed } from '#core/base/windowsPath.ts';
import type { SessionState } from '#protocol/state.ts';

/** The prefix of a resource that is a file, a folder with what is in it, or a glob. */
export const FILE = 'file:';

type Project = SessionState['session'];

export const isFileResource = (resource: string): boolean => resource.startsWith(FILE);

/** A resource under its one name: a file by its path in the project, if it is in it; any other by what it is called. */
export const resourceName = (resource: string, project: Project): string =>
  isFileResource(resource) ? FILE + pathName(resource.slice(FILE.length), project) : resource;

/**
 * A path under its one name, by its letters alone: without `.`, `..` and needless slashes, and relative to the project if
 * it is in it. Links are followed by who publishes it, since the file system changes and the log does not.
 */
export function pathName(path: string, { cwd = '', realCwd = cwd }: Project): string {
  // most are named so already
  if (PLAIN.test(path)) return path;
  const isWindows = DRIVE.test(cwd);
  const [given = '', root = '', realRoot = ''] = [path, cwd, realCwd].map((p) => (isWindows ? slashed(p) : p));
  const ending = hasWildcard(given) && given.endsWith('/') ? '/**' : '';
  const inside = isAbsolute(given) ? undefined : namesOf(given);
  if (inside !== undefined && (inside[0] !== '..' || root === '')) return named(inside, ending);
  const names = namesOf(inside === undefined ? given : `${root}/${given}`);
  const relative = below(names, namesOf(root)) ?? below(names, namesOf(realRoot));
  if (relative !== undefined) return named(relative, ending);
  if (names.length === 0) return ending || '/';
  return (isWindows ? '' : '/') + names.join('/') + ending;
}

/** A path in the project: the project itself is `.`, and a glob of all that is in it needs no folder. */
const named = (names: string[], ending: string): string =>
  names.length > 0 ? names.join('/') + ending : ending === '' ? '.' : ending.slice(1);

/** Of names that neither begin with a dot nor have what Windows separates by, in folders below the project. */
const PLAIN = /^[^/.\\:][^/\\:]*(?:\/[^/.\\:][^/\\:]*)*$/;
const DRIVE = /^[A-Za-z]:[\\/]/;
const isAbsolute = (path: string): boolean => path.startsWith('/') || DRIVE.test(path);

/** The names of a path, with each `..` taken back as far as there is a folder to leave. */
function namesOf(path: string): string[] {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '' || name === '.') continue;
    if (name !== '..') names.push(name);
    else if (names.length > 0 && names.at(-1) !== '..') names.pop();
    else if (!isAbsolute(path)) names.push(name);
  }
  return names;
}

/** What comes after the folder `root` in a path; undefined for one that is not in it. */
const below = (names: string[], root: string[]): string[] | undefined =>
  root.length > 0 && root.every((name, i) => names[i] === name) ? names.slice(root.length) : undefined;

/**
 * Whether two resources, both under their one name, have something in common. A folder has all that is in it, and a glob
 * what fits it. Where that cannot be known they have.
 */
export function resourcesOverlap(a: string, b: string, { cwd = '', realCwd = cwd }: Project): boolean {
  if (a === b) return true;
  if (!isFileResource(a) || !isFileResource(b)) return false;
  const [x, y] = [a.slice(FILE.length), b.slice(FILE.length)];
  if (isAbsolute(x) === isAbsolute(y)) return pathsOverlap(x, y);
  const [inside, outside] = isAbsolute(x) ? [y, x] : [x, y];
  const inRoot = inside === '.' ? '' : `/${inside}`;
  return [cwd, realCwd].some((root) => pathsOverlap(`${root}${inRoot}`, outside));
}

function pathsOverlap(a: string, b: string): boolean {
  if (!hasWildcard(a) && !hasWildcard(b)) return covers(a, b) || covers(b, a);
  return globsOverlap(withContent(a), withContent(b));
}

/** Whether a path is that of a folder, or of the file itself, in which `path` is. */
const covers = (folder: string, path: string): boolean =>
  folder === path || folder === '.' || folder === '/' || path.startsWith(`${folder}/`);

/** A path as a glob of it and all that is in it. */
const withContent = (path: string): string =>
  hasWildcard(path) ? path : path === '.' ? '**' : path === '/' ? '/**' : `${path}/**`;
