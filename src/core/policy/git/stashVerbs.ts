/** What `git stash` takes, and other verbs that remove its entries. */
import type { Field } from '#core/policy/shell/field.ts';
import { placeOf, removedEntry, type StashPlace } from './stash.ts';
import { doubtOf, EVERYTHING, named, TRACKED, unknownWord, type Judge, type Take, type TakenState } from './take.ts';

export const stash: Judge = (options) => {
  const [first, ...others] = options.before;
  const verb = first?.text ?? 'push';
  const entry = removedEntry(options);
  const removed: Take[] = entry === undefined ? [] : [{ states: [], stash: entry, ...doubtOfPlace(entry, others) }];
  if (['list', 'show', 'create', 'store', 'pop', 'apply', 'drop', 'clear', 'export', 'import'].includes(verb))
    return removed;
  if (verb === 'branch') return [EVERYTHING, ...removed];
  const { has, behind = [] } = options;
  const paths = named(verb === 'push' ? [...others, ...behind] : behind, options);
  const states: TakenState[] = has('-S', '--staged') ? ['staged'] : [...TRACKED];
  if (has('-u', '--include-untracked', '-a', '--all') || options.mayHaveMore) states.push('untracked');
  const take: Take = { states, ...(paths.length > 0 && { paths }), ...doubtOf([...options.before, ...paths]) };
  return [take, ...removed];
};

const doubtOfPlace = (entry: StashPlace, fields: readonly Field[]): Pick<Take, 'doubt'> =>
  entry === 'any' ? { doubt: unknownWord(fields.at(-1) ?? { text: 'its entry', shape: '' }) } : {};

/** The entries of the stash are rows of a reflog. */
export const reflog: Judge = ({ has, before: [verb, ...refs] }) => {
  if (has('-n', '--dry-run')) return undefined;
  const isStash = ({ text }: Field): boolean => /^(?:refs\/)?stash(?:@|$)/.test(text);
  if (verb?.text === 'delete')
    return refs.filter(isStash).map((ref): Take => {
      const stash = placeOf(ref);
      return { states: [], stash, ...doubtOfPlace(stash, [ref]) };
    });
  // without an age git keeps them for ever
  const expires = verb?.text === 'expire' && has('--expire', '--expire-unreachable');
  return expires && (has('--all') || refs.some(isStash)) ? { states: [], stash: 'all' } : undefined;
};

export const updateRef: Judge = ({ has, operands }) =>
  has('-d') && operands[0]?.text === 'refs/stash' ? { states: [], stash: 'all' } : undefined;
