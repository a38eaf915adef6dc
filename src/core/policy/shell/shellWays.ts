/** One way through a shell text, with what it has shown, and the ways that go on behind a piece of it. Pure. */
import { resolve } from 'node:path';
import { inHome } from '#core/base/realPath.ts';
import { UNKNOWN, type Field } from './field.ts';

/** One way through the text, up to a place in it. */
export interface Way {
  /** The folder there; undefined where it is not known. */
  dir: string | undefined;
  /** The commands that have ended with 0 on it, a bit for each. */
  shown: number;
  /** Whether the last command ended with 0, and the first one of a pipeline before. */
  last: boolean;
  first?: boolean | undefined;
  /** Whether `set -e` is on, and whether a failure ends nothing all the same: in a condition, or before `&&`. */
  errexit: boolean;
  isLenient: boolean;
  pipefail: boolean;
}

/** The ways that go on behind a piece of the text: where it has ended with 0, and where it has not. */
export interface Ways {
  ok: Way[];
  failed: Way[];
}

/** More ways than a text of a real session has. */
const MAX_WAYS = 64;

/** So many commands can be looked for at once. The bits of the first command of a pipeline are kept above theirs. */
export const SHIFT = 15;
export const BITS = (1 << SHIFT) - 1;

/** What all of some ways show. */
export const common = (ways: readonly Way[]): number => ways.reduce((bits, { shown }) => bits & shown, ~0);

export const textOf = ({ text }: Field): string => text;

export const outcome = (ok: Way, failed: Way): Ways => ({
  ok: [{ ...plain(ok), last: true }],
  failed: stopAtFailure([plain(failed)]),
});

/** How the first command of a pipeline ended is forgotten with the next command. */
export const plain = (way: Way): Way => ({ ...way, shown: way.shown & BITS, first: undefined });

/** Where a failure ends the shell no way goes on. */
export const stopAtFailure = (ways: Way[]): Way[] =>
  marked(
    ways.filter(({ errexit, isLenient }) => isLenient || !errexit),
    false,
  );

export const marked = (ways: Way[], last: boolean): Way[] => ways.map((way) => ({ ...way, last }));

export const either = (ways: Way[]): Ways => merged(ways.map((way) => outcome(way, way)));

export const merged = (all: Ways[]): Ways => ({
  ok: distinct(all.flatMap(({ ok }) => ok)),
  failed: distinct(all.flatMap(({ failed }) => failed)),
});

/** How a pipeline ends that is entered on `way`, by the ends of its commands, each in a shell of its own. */
export function pipelineEnd(way: Way, ends: readonly Ways[]): Ways {
  const lasts = ends.at(-1)?.ok ?? [];
  const firsts = ends[0]?.ok ?? [];
  // what was shown before is, whether or not they fail
  const before = ends.reduce((shown, { ok, failed }) => shown & common([...ok, ...failed]), way.shown);
  const all = ends.reduce((shown, { ok }) => shown | common(ok), before);
  if (way.pipefail)
    return {
      ok: ends.every(({ ok }) => ok.length > 0) ? [{ ...way, shown: all, last: true }] : [],
      failed: stopAtFailure([{ ...way, shown: before }]),
    };
  const end = (last: boolean, isFirst: boolean): Way[] => {
    if ((last && lasts.length === 0) || (isFirst && firsts.length === 0)) return [];
    const shown = last ? before | common(lasts) : before;
    // by its own exit code a text may still hand on how the first of them ended
    const ofFirst = isFirst ? (common(firsts) & BITS) << SHIFT : 0;
    return [{ ...way, shown: shown | ofFirst, last, first: isFirst }];
  };
  return {
    ok: [...end(true, true), ...end(true, false)],
    failed: stopAtFailure([...end(false, true), ...end(false, false)]),
  };
}

const keyOf = ({ dir, shown, last, first, errexit, isLenient, pipefail }: Way): string =>
  JSON.stringify([dir, shown, last, first, errexit, isLenient, pipefail]);

export function distinct(ways: Way[]): Way[] {
  if (ways.length < 2) return ways;
  const known = new Map(ways.map((way) => [keyOf(way), way]));
  if (known.size > MAX_WAYS) throw new RangeError('it has too many ways through it');
  return [...known.values()];
}

export function folder(args: Field[], from: string | undefined): string | undefined {
  const operands = args.filter(({ text }) => !/^(-[LPe]+|--)$/.test(text));
  const [to, more] = operands;
  if (to === undefined || more !== undefined || to.shape.includes(UNKNOWN) || to.text === '-') return undefined;
  const path = inHome(to.text);
  if (path.startsWith('~')) return undefined;
  return path.startsWith('/') ? resolve(path) : from === undefined ? undefined : resolve(from, path);
}

/** A shell's `set` or its own options: `-e`, `-o pipefail`, `-euo pipefail`, `+e`. */
export function withOptions(way: Way, args: readonly string[]): Way {
  const next = { ...way };
  for (let i = 0; i < args.length; i++) {
    const text = args[i] ?? '';
    // behind the options are the shell's own arguments
    if (text === '--' || !/^[-+]/.test(text)) break;
    if (text.startsWith('--')) continue;
    const on = text.startsWith('-');
    if (text.includes('e', 1)) next.errexit = on;
    const named = text.includes('o', 1) ? args[++i] : undefined;
    if (named === 'pipefail') next.pipefail = on;
    if (named === 'errexit') next.errexit = on;
  }
  return next;
}
