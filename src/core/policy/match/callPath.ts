import { lstatSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, normalize, resolve, sep } from 'node:path';
import { folded, ignoresCase } from '#core/base/caseRule.ts';
import { splitGlob } from '#core/base/globPath.ts';
import { inHome, MAX_PATH_CHARS, resolvedPath } from '#core/base/realPath.ts';
import { pathGlob } from './glob.ts';

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
  /** The same as they are compared where capitals do not count. */
  readonly #folded: string[];
  /** Of the file and of each folder in which it is. */
  #identities: Set<string> | undefined;
  readonly #folders = new Map<string, string | undefined>();
  /** Of each folder whether it ignores capitals. */
  readonly #ignoring = new Map<string, boolean>();

  constructor(path: string, cwd: string) {
    const given = inHome(path);
    const byLetters = normalize(resolve(cwd, given));
    // programs take `..` by the letters of a path, or after the link before it; the process that makes the call is the parent
    const spellings = [given, byLetters, byLetters.replace(PROC_SELF, `/proc/${process.ppid}`)];
    const targets = [...new Set(spellings)].map((spelling) => resolvedPath(spelling, cwd));
    this.#targets = targets.includes(undefined) ? undefined : [...new Set(targets as string[])].map(slashed);
    this.#folded = this.#targets?.map(folded) ?? [];
  }

  /**
   * Whether it is what the pattern names, lies in that folder, or fits the glob. A relative pattern starts in `root`. What
   * cannot be resolved fits.
   */
  fits(pattern: string, root: string): boolean {
    if (this.#targets === undefined || pattern.length > MAX_PATH_CHARS) return true;
    const { folder, rest } = splitGlob(inHome(pattern));
    const absolute = isAbsolute(folder) ? folder : `${root}${sep}${folder}`;
    const bases = [...new Set([absolute, resolve(absolute)])].map((path) => this.#realPath(path));
    return bases.some((base) => base === undefined || this.#isIn(base, rest));
  }

  #isIn({ path, identity }: RealPath, rest: string[]): boolean {
    const base = path === sep ? '' : slashed(path);
    const targets = this.#targets ?? [];
    if (targets.some((target) => isIn(base, rest, target))) return true;
    if (rest.length === 0 && identity !== undefined && this.#hasIdentity(identity)) return true;
    const [foldedBase, foldedRest] = [folded(base), rest.map(folded)];
    return targets.some(
      (target, i) => isIn(foldedBase, foldedRest, this.#folded[i] ?? '') && this.#isOne(base, rest, target),
    );
  }

  /** Whether the folders in which a path differs from a pattern take its names for the pattern's. */
  #isOne(base: string, rest: string[], target: string): boolean {
    const names = target.split('/');
    const folderOf = (count: number): string => names.slice(0, count).join('/') || '/';
    const baseNames = base.split('/');
    const length = baseNames.length;
    return (
      baseNames.every((name, i) => name === names[i] || this.#ignores(folderOf(i), name, names[i] ?? '')) &&
      (isIn(folderOf(length), rest, target) || this.#ignores(folderOf(names.length - 1), rest.join('/'), target))
    );
  }

  /** Whether a folder takes two names for one, which differ in capitals or in how their letters are composed. */
  #ignores(folder: string, a: string, b: string): boolean {
    // also where capitals count
    if (process.platform === 'darwin' && a.normalize('NFC') === b.normalize('NFC')) return true;
    const known = this.#ignoring.get(folder) ?? ignoresCase(folder);
    this.#ignoring.set(folder, known);
    return known;
  }

  #hasIdentity(identity: string): boolean {
    this.#identities ??= new Set(this.#targets?.flatMap(foldersOf).flatMap((path) => identityOf(path) ?? []));
    return this.#identities.has(identity);
  }

  /** The real path of a pattern. Of many in one folder that folder is resolved once. */
  #realPath(path: string): RealPath | undefined {
    const folder = dirname(path);
    if (path.includes('..') || path.endsWith(sep)) return realPathOf(path);
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

/** The fields of an input that have a path: of a file, a notebook, a folder to search. */
export const PATH_FIELDS = ['file_path', 'notebook_path', 'path'] as const;

/** The paths in a call's input. */
export function pathsOf({ input }: Pick<Call, 'input'>): string[] {
  return PATH_FIELDS.map((key) => input[key]).filter(
    (value): value is string => typeof value === 'string' && value !== '',
  );
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

const slashed = (path: string): string => (sep === '/' ? path : path.replaceAll(sep, '/'));

/** Whether a path is a file, in a folder, or fits the glob that begins in it, by its letters. */
const isIn = (base: string, rest: string[], target: string): boolean =>
  rest.length > 0
    ? pathGlob([base, ...rest].join('/'), target)
    : target === base || target.startsWith(base.endsWith('/') ? base : `${base}/`);

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
