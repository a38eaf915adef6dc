/** Whose files a command text takes that are not committed: the judgement of the git sentinel. */
import { isAbsolute, join, relative, resolve } from 'node:path';
import { exists, lstatOf, realPath } from '#core/base/files/facts.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';
import { stashEntries } from '#core/base/gitStash.ts';
import { checkoutOf, type Checkout } from '#core/base/gitWorktrees.ts';
import { resolvedPath } from '#core/base/realPath.ts';
import { slashed } from '#core/base/windowsPath.ts';
import { UNKNOWN, type Field } from '#core/policy/shell/field.ts';
import type { CommandReading } from '#core/policy/shell/readCommand.ts';
import type { Uncommitted } from '#protocol/state.ts';
import type { StashEntry, UncommittedFile } from '#protocol/parts.ts';
import { gitCalls, isUnknown, plain, type GitCall, type GitPlace } from './gitCall.ts';
import { ALL, readPathspecs } from './pathspec.ts';
import { removedOf, stashShifts, type StashChange } from './stash.ts';
import type { Take, TakenState } from './take.ts';
import { isVerb, takesOf, TAKING_VERBS } from './takes.ts';

/** What a command takes of an agent's files, and of its entries of the stash. */
export interface Sweep {
  files: readonly UncommittedFile[];
  stash?: readonly StashEntry[];
  /** Why it may be less: a part of the command is not known. */
  doubt?: string;
}

/** Reads shell texts; handed in, since the parser is a part of its own. */
export type ReadText = (text: string) => CommandReading;

const MAX_ALIASES = 5;

/** The test what a command text takes of an agent's uncommitted files; undefined: nothing of them. */
export function sweepsOf(
  reading: CommandReading,
  place: GitPlace,
  read: ReadText,
): (entry: Uncommitted) => Sweep | undefined {
  const found = gitCalls(reading, place);
  const mightBe = unreadable(reading);
  return (entry) => {
    const calls = shifted(found, { text: reading.text, isPast: place.isPast }, entry);
    const parts = calls.flatMap((call) => sweptBy(call, entry, read, MAX_ALIASES));
    if (mightBe !== undefined) parts.push({ ...allOf(entry, /stash|reflog/.test(reading.text)), doubt: mightBe });
    const taken = new Set(parts.flatMap(namesOf));
    if (taken.size === 0) return undefined;
    const sure = new Set(parts.flatMap((part) => (part.doubt === undefined ? namesOf(part) : [])));
    const doubt = sure.size < taken.size ? parts.find((part) => part.doubt !== undefined)?.doubt : undefined;
    const stash = entry.stash?.filter(({ commit }) => taken.has(commit)) ?? [];
    return {
      files: entry.files.filter(({ path }) => taken.has(path)),
      ...(stash.length > 0 && { stash }),
      ...(doubt !== undefined && { doubt }),
    };
  };
}

/** A call of git, and where the calls before it leave the entries of the stash. */
type ShiftedCall = GitCall & { shift: StashChange; isPast: true | undefined };

function shifted(
  calls: readonly GitCall[],
  { text, isPast }: { text: string; isPast: true | undefined },
  entry: Uncommitted,
): ShiftedCall[] {
  const shifts = stashShifts(calls, text, (call) => /stash/.test(aliasOf(call, entry) ?? ''));
  return calls.map((call, i) => ({ ...call, isPast, shift: shifts[i] ?? { pushed: 0, removed: 0 } }));
}

const namesOf = ({ files, stash = [] }: Sweep): string[] => [
  ...files.map(({ path }) => path),
  ...stash.map(({ commit }) => commit),
];

const allOf = ({ files, stash = [] }: Uncommitted, hasStash = true): Sweep => ({ files, stash: hasStash ? stash : [] });

/** Why a text that cannot be read may be a call that takes something: it has the words. */
function unreadable({ unreadable: reason, text }: CommandReading): string | undefined {
  return reason !== undefined && hasTakingWords(text) ? reason : undefined;
}

/** Whether a text has the words of a call that takes something, wherever they stand. */
export function hasTakingWords(text: string): boolean {
  const words = new Set(text.replaceAll(/["'\\]/g, '').split(/[^\w-]+/));
  return words.has('git') && TAKING_VERBS.some((verb) => words.has(verb));
}

function sweptBy(call: ShiftedCall, entry: Uncommitted, read: ReadText, depth: number): Sweep[] {
  if (call.isGuess === true && !TAKING_VERBS.includes(call.verb.text)) return [];
  const alias = aliasOf(call, entry);
  if (alias !== undefined) return sweptByAlias(call, alias, entry, read, depth);
  if (call.dirs === undefined)
    return wholeIf(takesOf(call.verb, call.args, knownIn(undefined, undefined, entry)), entry);
  return call.dirs.flatMap((dir) => {
    const checkout = checkoutOf(realPath(dir));
    // not in a repository: git refuses it
    if (checkout === undefined) return [];
    const takes = takesOf(call.verb, call.args, knownIn(dir, checkout, entry));
    return takes.flatMap((take) => [
      ...removedIn(take, call, checkout, entry),
      ...[sweptIn(take, realPath(dir), checkout, entry)].filter((swept) => swept !== undefined),
    ]);
  });
}

/** Where it runs is not known: what it takes is taken for all there is. */
const wholeIf = (takes: readonly Take[], entry: Uncommitted): Sweep[] =>
  takes.length === 0
    ? []
    : [
        {
          files: takes.some(({ states }) => states.length > 0) ? entry.files : [],
          stash: takes.some(({ stash }) => stash !== undefined) ? (entry.stash ?? []) : [],
          doubt: 'in which folder git runs is not known',
        },
      ];

function aliasOf({ verb, aliases }: GitCall, { config }: Uncommitted): string | undefined {
  if (isUnknown(verb) || isVerb(verb.text)) return undefined;
  const name = verb.text.toLowerCase();
  return aliases.get(name) ?? config?.[`alias.${name}`];
}

/** An alias is git's own words, or behind `!` a text for a shell, which runs in the folder of the checkout. */
function sweptByAlias(call: ShiftedCall, alias: string, entry: Uncommitted, read: ReadText, depth: number): Sweep[] {
  if (depth === 0) return [{ ...allOf(entry), doubt: 'its aliases stand for each other' }];
  const isShell = alias.startsWith('!');
  const reading = read(isShell ? alias.slice(1) : `git ${alias}`);
  const roots = call.dirs?.map((dir) => checkoutOf(realPath(dir))?.root ?? dir);
  const calls = shifted(
    gitCalls(reading, { cwd: roots?.[0] ?? '/', inOrder: undefined, isFolder: () => true }),
    { text: reading.text, isPast: call.isPast },
    entry,
  );
  const might = unreadable(reading);
  const parts: Sweep[] = might === undefined ? [] : [{ ...allOf(entry), doubt: might }];
  for (const inner of calls) {
    const dirs = isShell ? (inner.dirs === undefined ? undefined : roots) : call.dirs;
    // what a shell does with the arguments is not known
    const args = isShell
      ? call.args.length > 0
        ? [...inner.args, { text: '"$@"', shape: UNKNOWN }]
        : inner.args
      : [...inner.args, ...call.args];
    parts.push(...sweptBy({ ...inner, args, dirs, aliases: call.aliases }, entry, read, depth - 1));
  }
  return parts;
}

/** The entries of the stash of its repository that it removes. */
function removedIn(
  { stash: place, doubt }: Take,
  { shift, isPast }: ShiftedCall,
  checkout: Checkout,
  entry: Uncommitted,
): Sweep[] {
  const { stash: theirs = [], root } = entry;
  if (place === undefined || theirs.length === 0 || commonOf(root) !== checkout.common) return [];
  const removed = removedOf(theirs, place, shift, isPast === true ? undefined : stashEntries(checkout.common));
  const why = doubt ?? removed.doubt;
  return [{ files: [], stash: removed.stash, ...(why !== undefined && { doubt: why }) }];
}

function sweptIn(take: Take, dir: string, checkout: Checkout, entry: Uncommitted): Sweep | undefined {
  const { doubt } = take;
  const answer = (files: readonly UncommittedFile[]): Sweep | undefined =>
    files.length === 0 ? undefined : doubt === undefined ? { files } : { files, doubt };
  if (take.checkouts !== undefined)
    return answer(take.checkouts.some((each) => isRoot(each, dir, entry)) ? entry.files : []);
  const isHere = entry.root === checkout.root;
  if (take.unlessOn !== undefined && take.unlessOn.text === entry.branch) return undefined;
  if (take.branches !== undefined) {
    const isSameRepository = isHere || commonOf(entry.root) === checkout.common;
    return answer(isSameRepository && isOnBranch(take.branches, isHere, entry) ? entry.files : []);
  }
  if (take.nested === true)
    return answer(isInside(entry.root, take.here === true ? dir : checkout.root) ? entry.files : []);
  if (!isHere || take.states.length === 0) return undefined;
  const paths = take.paths ?? (take.here === true ? [plain('.')] : undefined);
  const isNamed = paths === undefined ? ALL : readPathspecs(paths, dir, checkout.root);
  const files = entry.files.filter((file) => isTaken(file, take.states) && isNamed(file.path));
  if (files.length > 0 || entry.more === undefined || paths?.length === 0) return answer(files);
  return { files: entry.files.slice(0, 1), doubt: doubt ?? `there are ${entry.more} files more than are looked at` };
}

const isRoot = (folder: Field, dir: string, { root }: Uncommitted): boolean =>
  isUnknown(folder) ||
  resolvedPath(resolve(dir, folder.text), dir) === root ||
  (!folder.text.includes('/') && root.endsWith(`/${folder.text}`));

const commonOf = (root: string): string | undefined => checkoutOf(root)?.common;

function isOnBranch(branches: readonly Field[], isHere: boolean, { branch }: Uncommitted): boolean {
  if (branches.length === 0) return isHere;
  return branches.some(
    (field) =>
      isUnknown(field) ||
      (isHere && /^(HEAD|@)$/.test(field.text)) ||
      field.text.replace(/^refs\/heads\//, '') === branch,
  );
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !slashed(way).startsWith('../') && !isAbsolute(way);
}

/** Whether git's two letters of a file are of such a state; without them it may be in any. */
function isTaken({ status }: UncommittedFile, states: readonly TakenState[]): boolean {
  if (status === undefined || states.includes('any')) return true;
  const [x = ' ', y = ' '] = status;
  if (x === '?') return states.includes('untracked');
  const isConflict = x === 'U' || y === 'U' || status === 'AA' || status === 'DD';
  if (isConflict) return states.includes('staged') || states.includes('unstaged');
  return (states.includes('staged') && x !== ' ') || (states.includes('unstaged') && y !== ' ');
}

/** Names of commits that are none of branches or tags. */
const REVISION = /^(?:HEAD|FETCH_HEAD|ORIG_HEAD|MERGE_HEAD|@|-)$|[~^]|@\{|^[0-9a-f]{4,64}$/;
const MAX_PACKED_BYTES = 4 << 20;

function knownIn(dir: string | undefined, checkout: Checkout | undefined, { config = {} }: Uncommitted) {
  return {
    config,
    isRef: (name: string): boolean => {
      if (REVISION.test(name) || checkout === undefined) return true;
      if (/[*?[\\\s]|\.\.|^:|\/$|^\.|\0/.test(name)) return false;
      const refs = refsOf(name);
      return (
        refs.some((ref) => lstatOf(join(checkout.common, ref))?.isDirectory() === false) ||
        isPacked(checkout.common, refs)
      );
    },
    isPath: (name: string): boolean => {
      if (/[*?[]|^:/.test(name)) return true;
      return dir !== undefined && !name.includes('\0') && exists(resolve(dir, name));
    },
  };
}

/** The refs that a name may stand for, as git looks it up. */
const refsOf = (name: string): string[] => [
  ...(/^(?:[A-Z_]+$|refs\/)/.test(name) ? [name] : []),
  ...['', 'heads/', 'tags/', 'remotes/'].map((folder) => `refs/${folder}${name}`),
  `refs/remotes/${name}/HEAD`,
];

function isPacked(common: string, refs: readonly string[]): boolean {
  try {
    const lines = readLinkedBytes(join(common, 'packed-refs'), MAX_PACKED_BYTES).toString('utf8').split('\n');
    return lines.some((line) => refs.includes(/^[0-9a-f]+ (refs\/.+)$/.exec(line)?.[1] ?? ''));
  } catch {
    return false;
  }
}
