/** What one call of git takes of files and of the stash, and what is known where its verb is judged. */
import { UNKNOWN, type Field } from '#core/policy/shell/field.ts';
import { isUnknown } from './gitCall.ts';
import type { GitOptions } from './gitOptions.ts';
import type { StashPlace } from './stash.ts';

/** In which state a file is taken, by git's two letters. `any`: whatever its state is. */
export type TakenState = 'untracked' | 'staged' | 'unstaged' | 'any';

/** What one call takes. */
export interface Take {
  states: readonly TakenState[];
  /** The paths that it names; without them the whole checkout, or with `here` the folder in which it runs. */
  paths?: readonly Field[] | undefined;
  here?: true;
  /** Of these checkouts instead of the one in which it runs. */
  checkouts?: readonly Field[];
  /** Only where a branch of one of these names is checked out; an empty list means the current one. */
  branches?: readonly Field[];
  /** Also of checkouts in its own: submodules, repositories in repositories. */
  nested?: true;
  /** Nothing where it names the branch that is checked out already. */
  unlessOn?: Field;
  /** The entries of the stash that it removes; of files then only those of `states`. */
  stash?: StashPlace;
  /** Why it may be less. */
  doubt?: string;
}

/** Whether a name is a branch, tag or commit of the repository, and whether it is a path in the folder of the call. */
export interface Known {
  isRef: (name: string) => boolean;
  isPath: (name: string) => boolean;
  config: Readonly<Record<string, string>>;
}

export type Judge = (options: GitOptions, known: Known) => Take | readonly Take[] | undefined;

export const TRACKED = ['staged', 'unstaged'] as const;
export const EVERYTHING: Take = { states: ['any'] };
/** A verb that is not known may also be one of the stash. */
export const ANYTHING: Take = { states: ['any'], stash: 'any' };
export const ABORTED: Take = { states: ['staged'] };

/** What is not known may be any of it. */
export const unknownWord = ({ text }: Field): string => `what stands for ${text.slice(0, 60)} is not known`;
export const doubtOf = (fields: readonly Field[] | undefined): Pick<Take, 'doubt'> => {
  const unknown = fields?.find(isUnknown);
  return unknown === undefined ? {} : { doubt: unknownWord(unknown) };
};

/** The names among the paths; where they are in a file, they are not known. */
export const named = (fields: readonly Field[], options: GitOptions): readonly Field[] =>
  options.has('--pathspec-from-file') ? [{ text: '--pathspec-from-file', shape: UNKNOWN }] : fields;
