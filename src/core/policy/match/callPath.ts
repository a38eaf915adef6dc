import { lstatSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { splitGlob } from '#core/base/globPath.ts';
import { inHome, MAX_PATH_CHARS, resolvedPath } from '#core/base/realPath.ts';
import { pathGlob } from './glob.ts';

/** Whether the file system may not distinguish capitals from small letters, nor composed letters from decomposed ones. */
const IGNORES_CASE = process.platform === 'darwin' || process.platform === 'win32';

const PROC_SELF = /^\/proc\/(self|thread-self)(?=\/|$)/;

/** A real path, and the file's identity (device and inode) if there is one: two names of a file have the same. */
interface RealPath {
  path: string;
  identity?: string;
}

/** The file or folder that a call names, compared with patterns by what it is, not by how it is written. */
class CallPath {
  /** All that the path may mean; undefined if it cannot be resolved, which then fits every pattern. */
  readonly #targets: string[] | undefined;
  /** Of the file and of each folder in which it is. */
  #identities: Set<string> | undefined;
  readonly #folders = new Map<string, string | undefined>();

  constructor(path: string, cwd: string) {
    const given = inHome(path);
    const byLetters = normalize(resolve(cwd, given));
    // programs take `..` by the letters of a path, or after the link before it; the process that makes the call is the parent
    const spellings = [given, byLetters, byLetters.replace(PROC_SELF, `/proc/${process.ppid}`)];
    const targets = [...new Set(spellings)].map((spelling) => resolvedPath(spelling, cwd));
    this.#targets = targets.includes(undefined) ? undefined : [...new Set(targets as string[])];
  }

  /**
   * Whether it is what the pattern names, lies in that folder, or fits the glob. A relative pattern starts in `root`. What
   * cannot be resolved fits.
   */
  fits(pattern: string, root: string): boolean {
    if (this.#targets === undefined || pattern.length > MAX_PATH_CHARS) return true;
    const { folder, rest } = splitGlob(inHome(sep === '/' ? pattern : pattern.replaceAll(sep, '/')));
    const absolute = isAbsolute(folder) ? folder : `${root}${sep}${folder}`;
    const bases = [...new Set([absolute, resolve(absolute)])].map((path) => this.#realPath(path));
    return bases.some((base) => base === undefined || this.#isIn(base, rest));
  }

  #isIn({ path, identity }: RealPath, rest: string[]): boolean {
    const base = comparable(path === sep ? '' : path);
    const targets = this.#targets?.map(comparable) ?? [];
    if (rest.length > 0) return targets.some((target) => pathGlob([base, ...rest.map(comparable)].join('/'), target));
    return (
      targets.some((target) => target === base || target.startsWith(`${base}/`)) ||
      (identity !== undefined && this.#hasIdentity(identity))
    );
  }

  #hasIdentity(identity: string): boolean {
    this.#identities ??= new Set(this.#targets?.flatMap(foldersOf).flatMap((path) => identityOf(path) ?? []));
    return this.#identities.has(identity);
  }

  /** The real path of a pattern. Of many in one folder that folder is resolved once. */
  #realPath(path: string): RealPath | undefined {
    const folder = dirname(path);
    if (IGNORES_CASE || path.includes('..') || path.endsWith(sep)) return realPathOf(path);
    if (!this.#folders.has(folder)) this.#folders.set(folder, resolvedPath(folder, sep));
    const realFolder = this.#folders.get(folder);
    if (realFolder === undefined) return undefined;
    const real = join(realFolder, basename(path));
    const found = statsOf(real);
    return found?.isSymbolicLink() === true ? realPathOf(path) : { path: real, identity: identityOf(real, found) };
  }
}

/** A call with its input; relative paths in it start in `cwd`. */
interface Call {
  input: Record<string, unknown>;
  cwd: string;
}

/** The paths in a call's input: of a file, a notebook, a folder to search. */
export function pathsOf({ input }: Pick<Call, 'input'>): string[] {
  return ['file_path', 'notebook_path', 'path']
    .map((key) => input[key])
    .filter((value): value is string => typeof value === 'string' && value !== '');
}

/** The paths of a call, resolved once for all blocks that it is compared with. */
const callPaths = new WeakMap<Call, CallPath[]>();

/** Whether a path in a call fits a pattern that starts in `root`. */
export function fitsPath(call: Call, pattern: string, root: string): boolean {
  const paths = callPaths.get(call) ?? pathsOf(call).map((path) => new CallPath(path, call.cwd));
  callPaths.set(call, paths);
  return paths.some((path) => path.fits(pattern, root));
}

function realPathOf(path: string): RealPath | undefined {
  const real = resolvedPath(path, sep);
  return real === undefined ? undefined : { path: real, identity: identityOf(real) };
}

/** A path as it is compared: with `/`, and without what the file system does not distinguish. */
function comparable(path: string): string {
  const slashed = sep === '/' ? path : path.replaceAll(sep, '/');
  return IGNORES_CASE ? slashed.normalize('NFC').toLowerCase() : slashed;
}

/** A path and the folders in which it is, without the root. */
function foldersOf(path: string): string[] {
  const paths: string[] = [];
  for (let at = path; at !== dirname(at); at = dirname(at)) paths.push(at);
  return paths;
}

const identityOf = (path: string, found = statsOf(path)): string | undefined =>
  found === undefined ? undefined : `${found.dev} ${found.ino}`;

function statsOf(path: string) {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    // a path that no system takes, or that may not be looked at
    return undefined;
  }
}
