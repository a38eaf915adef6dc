/** What the paths on git's command line name. */
import { isAbsolute, posix, relative, resolve } from 'node:path';
import { resolvedPath } from '#core/base/realPath.ts';
import { slashed } from '#core/base/windowsPath.ts';
import { wildcard } from '#core/policy/match/glob.ts';
import { isGlob } from './gitCall.ts';
import { UNKNOWN, type Field } from '#core/policy/shell/field.ts';

/** One path as it is compared: relative to the checkout's folder, with `/`. An empty one is the whole checkout. */
interface Spec {
  path: string;
  excludes: boolean;
  /** It is a name, whatever characters it has. */
  literal: boolean;
  anyCase: boolean;
}

/** Whether a path of a checkout is among those that are named. */
export type IsNamed = (path: string) => boolean;

export const ALL: IsNamed = () => true;

/**
 * Reads paths that git gets in `dir`, in the checkout at `root`; both without links. What is known in part names all that it
 * could: a shell and git expand `*` in their own ways, and of both the larger set counts.
 */
export function readPathspecs(fields: readonly Field[], dir: string, root: string): IsNamed {
  const specs = fields.flatMap((field) => readSpecs(field, dir, root));
  const includes = specs.filter(({ excludes }) => !excludes);
  const excludes = specs.filter((spec) => spec.excludes);
  // one that is outside of the checkout is none, and git refuses it
  if (includes.length === 0 && excludes.length === 0) return () => false;
  return (path) =>
    (includes.length === 0 || includes.some((spec) => fits(spec, path))) && !excludes.some((spec) => fits(spec, path));
}

function readSpecs({ text, shape: given }: Field, dir: string, root: string): Spec[] {
  const shape = isGlob(text) ? text : given;
  const { magic, rest } = readMagic(shape);
  const has = (...names: string[]): boolean => magic.some((name) => names.includes(name));
  const excludes = has('exclude', '!', '^');
  const literal = has('literal') && !shape.includes(UNKNOWN);
  // what is left out must be known exactly
  if (excludes && (shape !== text || magic.some((name) => /^attr|^glob$/.test(name)) || /[[\\]/.test(rest))) return [];
  if (magic.some((name) => name.startsWith('attr')))
    return [{ path: '', excludes: false, literal: true, anyCase: false }];
  const known = (text: string): string => text.replaceAll(UNKNOWN, '*');
  const paths = rest.startsWith(UNKNOWN)
    ? behindUnknown(rest.slice(UNKNOWN.length), root).map(known)
    : [inCheckout(known(rest), has('top', '/') ? root : dir, root)].filter((path) => path !== undefined);
  return paths.map((path) => ({ path, excludes, literal, anyCase: has('icase') || IGNORES_CASE }));
}

/**
 * The paths of the checkout that end as `rest` does: what is before it may be any folder, also one above the checkout, as in
 * `$HOME/shop/src`.
 */
function behindUnknown(rest: string, root: string): string[] {
  const paths = [`*${rest}`];
  if (!rest.startsWith('/')) return paths;
  const above = `${slashed(root)}/`;
  const whole = `${posix.normalize(rest)}/`.replace(/\/+$/, '/');
  for (let at = 0; at !== -1; at = whole.indexOf('/', at + 1))
    if (above.endsWith(whole.slice(0, at + 1))) paths.push(whole.slice(at + 1, -1));
  return paths;
}

/** `:(top,glob)a`, `:/a`, `:!a`. */
function readMagic(text: string): { magic: string[]; rest: string } {
  const long = /^:\(([^)]*)\)(.*)$/s.exec(text);
  if (long !== null) return { magic: (long[1] ?? '').split(','), rest: long[2] ?? '' };
  const short = /^:([!/^]*):?(.*)$/s.exec(text);
  return short === null ? { magic: [], rest: text } : { magic: (short[1] ?? '').split(''), rest: short[2] ?? '' };
}

/** A path in the checkout; undefined for one outside of it. */
function inCheckout(path: string, dir: string, root: string): string | undefined {
  const given = path === '~' || path.startsWith('~/') ? `${process.env['HOME'] ?? ''}${path.slice(1)}` : path;
  const absolute = isAbsolute(given) ? (resolvedPath(given, root) ?? given) : resolve(dir, given);
  const inside = IS_WINDOWS ? slashed(relative(root, absolute)) : relative(root, absolute);
  if (inside === '..' || inside.startsWith('../') || isAbsolute(inside)) return undefined;
  return inside;
}

/** Elsewhere a backslash is a part of a name. */
const IS_WINDOWS = process.platform === 'win32';
/** Their file systems mostly do, and git with them. */
const IGNORES_CASE = process.platform === 'darwin' || IS_WINDOWS;

function fits({ path, literal, anyCase, excludes }: Spec, of: string): boolean {
  const [spec, file] = anyCase ? [path.toLowerCase(), of.toLowerCase()] : [path, of];
  if (spec === '' || file === spec || file.startsWith(`${spec}/`)) return true;
  if (literal || !/[*?[\\]/.test(spec)) return false;
  // a set of characters, or one that is meant as it is, stands for any one here
  const pattern = spec.replaceAll(/\[[^\]]*\]?|\\./g, '?');
  return wildcard(pattern, file) || (!excludes && wildcard(`${pattern}/*`, file));
}
