/** Which entries of the stash a call of git removes. The stash is one for all worktrees of a repository, and all agents in it. */
import type { StashEntry } from '#protocol/parts.ts';
import { isUnknown, type GitCall } from './gitCall.ts';
import type { GitOptions } from './gitOptions.ts';
import type { Field } from '#core/policy/shell/field.ts';

/** The entry at a position, any one of them where that is not known, or all. */
export type StashPlace = number | 'any' | 'all';

/** How many entries the calls before one may have put there, and may have removed. */
export interface StashChange {
  pushed: number;
  removed: number;
}

const NO_SHIFT: StashChange = { pushed: 0, removed: 0 };
/** These keep the stash as it is. `apply` leaves its entry where it is. */
const KEEPS = new Set(['list', 'show', 'create', 'apply', 'export']);
const REMOVES = new Set(['pop', 'drop', 'branch', 'clear']);
/** A text that may run a part of it several times, or in another order. */
const REPEATS = /\b(?:for|while|until|select|function|xargs|parallel|foreach)\b|\(\s*\)\s*[{(]|-exec(?:dir)?\b/;

/** The entry that `git stash VERB` removes; undefined where it removes none. */
export function removedEntry({ before: [verb, ...others], mayHaveMore }: GitOptions): StashPlace | undefined {
  if (verb === undefined) return undefined;
  if (isUnknown(verb)) return 'any';
  switch (verb.text) {
    case 'clear':
      return 'all';
    case 'pop':
    case 'drop':
      return mayHaveMore ? 'any' : placeOf(others[0]);
    case 'branch':
      return mayHaveMore ? 'any' : placeOf(others[1]);
    default:
      return undefined;
  }
}

/** Of `stash@{1}`, `refs/stash@{1}` or `1`; without any it is the latest one. */
export function placeOf(field: Field | undefined): StashPlace {
  if (field === undefined) return 0;
  const [, digits] = /^(?:(?:refs\/)?stash@\{)?(\d{1,6})\}?$/.exec(isUnknown(field) ? '' : field.text) ?? [];
  if (digits !== undefined) return Number(digits);
  return /^(?:refs\/)?stash$/.test(field.text) ? 0 : 'any';
}

/** What the calls before each one may have changed of the positions in the stash. What an alias of it does may be either. */
export function stashShifts(
  calls: readonly GitCall[],
  text: string,
  isAlias: (call: GitCall) => boolean,
): StashChange[] {
  const changes = calls.map((call) => (isAlias(call) ? { pushed: 1, removed: 1 } : changeOf(call)));
  if (changes.every(({ pushed, removed }) => pushed + removed === 0)) return calls.map(() => NO_SHIFT);
  const sum = (all: readonly StashChange[], of: keyof StashChange): number =>
    all.reduce((total, change) => total + change[of], 0);
  if (!REPEATS.test(text))
    return calls.map((_, i) => ({
      pushed: sum(changes.slice(0, i), 'pushed'),
      removed: sum(changes.slice(0, i), 'removed'),
    }));
  const many = (of: keyof StashChange): number => (sum(changes, of) > 0 ? Infinity : 0);
  return calls.map(() => ({ pushed: many('pushed'), removed: many('removed') }));
}

function changeOf({ verb, args }: GitCall): StashChange {
  if (verb.text !== 'stash') return NO_SHIFT;
  const name = args.find(({ text }) => !text.startsWith('-'));
  if (name === undefined) return { pushed: 1, removed: 0 };
  if (isUnknown(name)) return { pushed: 1, removed: 1 };
  if (KEEPS.has(name.text)) return NO_SHIFT;
  return REMOVES.has(name.text) ? { pushed: 0, removed: 1 } : { pushed: 1, removed: 0 };
}

/** Which of an agent's entries are removed, where `all` are those of the repository, the latest first. */
export function removedOf(
  theirs: readonly StashEntry[],
  place: StashPlace,
  { pushed, removed }: StashChange,
  all: readonly StashEntry[] | undefined,
): { stash: readonly StashEntry[]; doubt?: string } {
  if (typeof place !== 'number') return { stash: theirs };
  if (all === undefined) return { stash: theirs, doubt: 'what was in the stash is not known' };
  const reached = new Set(all.slice(Math.max(0, place - pushed), place + removed + 1).map(({ commit }) => commit));
  const stash = theirs.filter(({ commit }) => reached.has(commit));
  if (pushed > 0) return { stash, doubt: 'whether git stash finds anything to put away before is not known' };
  return removed > 0 ? { stash, doubt: 'which entry of the stash is the latest one then is not known' } : { stash };
}
