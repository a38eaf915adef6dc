/** What a verb of git takes of files that are not committed: commits, stashes, discards, moves or carries away. */
import { UNKNOWN, type Field } from '#core/policy/shell/field.ts';
import { isUnknown } from './gitCall.ts';
import { readGitOptions, type GitOptions, type ValueOptions } from './gitOptions.ts';
import { reflog, stash, updateRef } from './stashVerbs.ts';
import {
  ABORTED,
  ANYTHING,
  doubtOf,
  EVERYTHING,
  named,
  TRACKED,
  unknownWord,
  type Judge,
  type Known,
  type Take,
  type TakenState,
} from './take.ts';

function add(options: GitOptions): Take | undefined {
  const { has, operands } = options;
  if (has('-n', '--dry-run', '--refresh')) return undefined;
  const paths = named(operands, options);
  const states: TakenState[] = has('-u', '--update') ? ['unstaged'] : ['untracked', 'unstaged'];
  const isWhole = has(
    '-A',
    '--all',
    '--no-ignore-removal',
    '-u',
    '--update',
    '-p',
    '--patch',
    '-i',
    '--interactive',
    '-e',
  );
  if (paths.length > 0) return { states, paths, ...doubtOf(paths) };
  return isWhole || has('--edit', '--renormalize') ? { states } : undefined;
}

function commit(options: GitOptions): Take | undefined {
  const { has, operands, mayHaveMore, before } = options;
  if (has('--dry-run', '--short', '--porcelain', '--long')) return undefined;
  if (has('-a', '--all', '-p', '--patch', '--interactive')) return { states: TRACKED };
  if (mayHaveMore) return { states: TRACKED, ...doubtOf(before) };
  const paths = named(operands, options);
  if (paths.length === 0) return has('-o', '--only') ? undefined : { states: ['staged'] };
  if (has('-i', '--include')) return { states: ['staged'] };
  return { states: TRACKED, paths, ...doubtOf(paths) };
}

/** `commit -i a` commits what is staged, and the named files. */
const commits: Judge = (options) => {
  const whole = commit(options);
  if (!options.has('-i', '--include') || options.operands.length === 0 || whole === undefined) return whole;
  return [whole, { states: TRACKED, paths: options.operands, ...doubtOf(options.operands) }];
};

const checkout: Judge = (options, known) => {
  const { has, before, behind } = options;
  const [first, ...others] = before;
  const isForced = has('-f', '--force');
  if (has('-b', '-B', '--orphan', '--detach', '-d', '-t', '--track')) return EVERYTHING;
  if (behind !== undefined && behind.length > 0) return restored(behind, first !== undefined);
  if (has('--pathspec-from-file')) return { states: ['any'], doubt: 'its paths are in a file' };
  if (has('-p', '--patch') && first === undefined) return { states: TRACKED };
  if (first === undefined) return isForced ? { states: TRACKED } : undefined;
  if (isUnknown(first)) return { ...EVERYTHING, ...doubtOf([first]) };
  if (others.length === 0 && HERE.test(first.text) && !isForced && !has('-p', '--patch')) return undefined;
  const isPath = behind === undefined && known.isPath(first.text) && !known.isRef(first.text);
  if (isPath || (others.length > 0 && !known.isRef(first.text))) return restored(before, false);
  if (others.length > 0) return restored(others, true);
  return isForced ? EVERYTHING : { ...EVERYTHING, unlessOn: first };
};

/** The commit that is checked out. */
const HERE = /^(?:HEAD|@)$/;

/** From a commit it also overwrites what is staged, and what that commit has and git does not know. */
const restored = (paths: readonly Field[], isFromCommit: boolean): Take => ({
  states: isFromCommit ? ['any'] : ['unstaged'],
  paths,
  ...doubtOf(paths),
});

const switches: Judge = ({ has, operands }) => {
  const [first] = operands;
  if (has('-c', '-C', '--create', '--force-create', '--orphan', '-d', '--detach', '-t', '--track')) return EVERYTHING;
  if (first === undefined) return undefined;
  if (isUnknown(first)) return { ...EVERYTHING, ...doubtOf([first]) };
  return has('-f', '--force', '--discard-changes') ? EVERYTHING : { ...EVERYTHING, unlessOn: first };
};

const restore: Judge = (options) => {
  const { has } = options;
  const given = named(options.operands, options);
  if (given.length === 0 && !has('-p', '--patch')) return undefined;
  const paths = given.length === 0 ? undefined : given;
  if (has('-s', '--source')) return { states: ['any'], paths, ...doubtOf(paths) };
  const states: TakenState[] = has('-S', '--staged')
    ? has('-W', '--worktree')
      ? [...TRACKED]
      : ['staged']
    : ['unstaged'];
  return { states, paths, ...doubtOf(paths) };
};

const reset: Judge = (options, known) => {
  const { has, before, behind, mayHaveMore } = options;
  const [first, ...others] = before;
  if (has('--hard')) {
    // a file that git does not know is overwritten where another commit has it
    const isHere = first === undefined || HERE.test(first.text);
    return { states: isHere ? TRACKED : ['any'], ...doubtOf(before) };
  }
  if (has('--merge', '--keep')) return ABORTED;
  if (mayHaveMore) return { states: TRACKED, ...doubtOf(before) };
  if (has('--soft')) return undefined;
  const isTree = first !== undefined && (known.isRef(first.text) || (behind !== undefined && others.length === 0));
  const paths = named([...(isTree ? others : before), ...(behind ?? [])], options);
  return paths.length === 0 ? { states: ['staged'] } : { states: ['staged'], paths, ...doubtOf(paths) };
};

const clean: Judge = (options, { config }) => {
  const { has, operands, mayHaveMore } = options;
  const isForced = has('-f', '--force', '-i', '--interactive') || config['clean.requireforce'] === 'false';
  if (has('-n', '--dry-run', '-X') || !(isForced || mayHaveMore)) return undefined;
  if (mayHaveMore) return { states: ['untracked'], ...doubtOf(operands) };
  const take: Take = { states: ['untracked'], here: true, paths: operands.length === 0 ? undefined : operands };
  return options.forces > 1 ? [take, { ...take, states: ['any'], nested: true }] : take;
};

const rm: Judge = (options) => {
  const { has, operands } = options;
  if (has('-n', '--dry-run') || !has('-f', '--force', '--cached')) return undefined;
  const paths = named(operands, options);
  return { states: TRACKED, paths, ...doubtOf(paths) };
};

const mv: Judge = ({ has, operands }) =>
  has('-n', '--dry-run') ? undefined : { states: ['any'], paths: operands, ...doubtOf(operands) };

const rebase: Judge = ({ has }) => {
  if (has('--quit', '--edit-todo', '--show-current-patch')) return undefined;
  return has('--continue') ? ABORTED : EVERYTHING;
};

/** What a patch changes is taken back: which files it names is in the patch. */
const apply: Judge = ({ has }) => {
  if (!has('-R', '--reverse') || (has('--check', '--stat', '--numstat', '--summary') && !has('--apply')))
    return undefined;
  return { states: has('--cached') ? ['staged'] : ['any'], doubt: 'which files its patch changes is not known' };
};

/** What is under way and ends, or goes on, with what is staged. */
const sequencer: Judge = ({ has }) =>
  has('--abort', '--skip', '--continue', '-r', '--resolved') && !has('--quit') ? ABORTED : undefined;

const merge: Judge = ({ has }, { config }) => {
  if (has('--abort', '--continue')) return ABORTED;
  return has('--autostash') || config['merge.autostash'] === 'true' ? { states: TRACKED } : undefined;
};

const pull: Judge = ({ has }, { config }) => {
  const rebases = (config['pull.rebase'] ?? 'false') !== 'false' && !has('--no-rebase', '--ff-only');
  if (has('-r', '--rebase') || rebases) return EVERYTHING;
  return has('--autostash') || config['merge.autostash'] === 'true' ? { states: TRACKED } : undefined;
};

const bisect: Judge = ({ before }) =>
  ['', 'log', 'view', 'visualize', 'terms', 'help'].includes(before[0]?.text ?? '') ? undefined : EVERYTHING;

const worktree: Judge = ({ before: [verb, folder], operands }) => {
  if (verb === undefined || !(isUnknown(verb) || ['remove', 'move'].includes(verb.text))) return undefined;
  const checkout = folder ?? operands[1];
  return checkout === undefined ? undefined : { states: ['any'], checkouts: [checkout], ...doubtOf([verb, checkout]) };
};

const branch: Judge = ({ has, operands }) => {
  if (has('-r', '--remotes') || !has('-D', '-d', '--delete', '-M', '-m', '--move', '-f', '--force', '-C'))
    return undefined;
  const [name, other] = operands;
  if (has('-m', '-M', '--move') && other === undefined)
    return { states: ['any'], branches: [], ...(name && { unlessOn: name }), ...doubtOf(operands) };
  return { states: ['any'], branches: operands, ...doubtOf(operands) };
};

const push: Judge = ({ has, operands }) => {
  const [, ...refspecs] = operands;
  if (has('-n', '--dry-run')) return undefined;
  const isForced = has('-f', '--force', '--force-with-lease', '-d', '--delete', '--prune');
  const forced = refspecs.filter(({ text }) => isForced || /^[+:]/.test(text));
  if (has('--mirror') || (isForced && has('--all', '--branches'))) return EVERYTHING;
  // without another name it pushes the tags alone
  if (forced.length === 0 && (!isForced || has('--tags'))) return undefined;
  const branches = forced.flatMap(({ text, shape }) =>
    text
      .replace(/^\+/, '')
      .split(':')
      .map((ref): Field => ({ text: ref, shape: shape.includes(UNKNOWN) ? shape : ref })),
  );
  return { states: ['any'], branches, ...doubtOf(refspecs) };
};

const submodule: Judge = ({ before: [verb] }) =>
  ['update', 'deinit', 'set-branch'].includes(verb?.text ?? '') ? { states: ['any'], nested: true } : undefined;

const symbolicRef: Judge = ({ operands }) =>
  operands[0]?.text === 'HEAD' && operands.length > 1 ? EVERYTHING : undefined;

const VERBS: Readonly<Record<string, { judge: Judge; values?: ValueOptions } | undefined>> = {
  add: { judge: add },
  stage: { judge: add },
  commit: {
    judge: commits,
    values: {
      letters: 'mFCct',
      attached: 'uS',
      names: [
        '--message',
        '--file',
        '--author',
        '--date',
        '--template',
        '--fixup',
        '--squash',
        '--cleanup',
        '--trailer',
        '--reuse-message',
        '--reedit-message',
      ],
    },
  },
  stash: { judge: stash, values: { letters: 'm', names: ['--message'] } },
  checkout: { judge: checkout, values: { names: ['--conflict'] } },
  switch: { judge: switches, values: { names: ['--conflict'] } },
  restore: { judge: restore, values: { letters: 's', names: ['--source', '--conflict'] } },
  reset: { judge: reset },
  clean: { judge: clean, values: { letters: 'e', names: ['--exclude'] } },
  rm: { judge: rm },
  mv: { judge: mv },
  rebase: { judge: rebase },
  merge: { judge: merge },
  pull: { judge: pull },
  'cherry-pick': { judge: sequencer },
  revert: { judge: sequencer },
  am: { judge: sequencer },
  apply: { judge: apply, values: { letters: 'pC', names: ['--exclude', '--include', '--directory'] } },
  bisect: { judge: bisect },
  worktree: { judge: worktree },
  branch: { judge: branch, values: { letters: 'u', names: ['--sort'] } },
  push: { judge: push, values: { letters: 'o', names: ['--push-option', '--receive-pack', '--repo'] } },
  submodule: { judge: submodule },
  reflog: { judge: reflog },
  'update-ref': { judge: updateRef },
  'symbolic-ref': { judge: symbolicRef, values: { letters: 'm' } },
  'checkout-index': {
    judge: ({ operands, has }) =>
      has('--prefix') ? undefined : { states: ['unstaged'], paths: has('-a', '--all') ? undefined : operands },
  },
  'read-tree': { judge: () => ({ states: TRACKED }) },
  'update-index': { judge: ({ operands }) => ({ states: ['any'], paths: operands, ...doubtOf(operands) }) },
  'filter-branch': { judge: () => EVERYTHING },
  'filter-repo': { judge: () => EVERYTHING },
};

/** Verbs that take nothing which is not committed. */
const HARMLESS = new Set(
  `status log diff show fetch clone init config remote tag describe rev-parse rev-list ls-files ls-tree ls-remote cat-file
  blame annotate grep shortlog notes bundle archive format-patch request-pull send-email gc prune repack fsck
  count-objects hash-object mktree mktag merge-base merge-tree merge-file name-rev for-each-ref show-ref show-branch
  check-ignore check-attr check-ref-format check-mailmap var version help difftool mergetool gui gitk citool instaweb daemon
  pack-objects pack-refs pack-redundant prune-packed unpack-objects unpack-file index-pack verify-pack verify-commit
  verify-tag whatchanged range-diff cherry bugreport diagnose maintenance credential column fast-export fast-import
  lfs replace rerere stripspace interpret-trailers patch-id diff-files diff-index diff-tree commit-tree write-tree commit-graph
  multi-pack-index update-server-info fmt-merge-msg for-each-repo sparse-checkout get-tar-commit-id mailinfo
  mailsplit svn p4 refs hook quiltimport receive-pack upload-pack upload-archive shell http-backend imap-send subtree`.split(
    /\s+/,
  ),
);

/** Whether git has a verb of that name, which no alias can take the place of. */
export const isVerb = (name: string): boolean => Object.hasOwn(VERBS, name) || HARMLESS.has(name);

/** The verbs by which files may be taken: where a command cannot be read, it may be one of them. */
export const TAKING_VERBS: readonly string[] = Object.keys(VERBS);

/** What a call takes. A verb that is not known, such as an alias that was not looked up, may take everything. */
export function takesOf(verb: Field, args: readonly Field[], known: Known): readonly Take[] {
  if (args.some(({ text }) => text === '--help' || text === '-h')) return [];
  if (isUnknown(verb)) return [{ ...ANYTHING, doubt: unknownWord(verb) }];
  const row = Object.hasOwn(VERBS, verb.text) ? VERBS[verb.text] : undefined;
  if (row === undefined)
    return HARMLESS.has(verb.text) ? [] : [{ ...ANYTHING, doubt: `what git ${verb.text} does is not known` }];
  const recurses =
    known.config['submodule.recurse'] === 'true' || args.some(({ text }) => text === '--recurse-submodules');
  const takes = row.judge(readGitOptions(args, row.values ?? {}), known);
  const all = takes === undefined ? [] : 'states' in takes ? [takes] : takes;
  return recurses && all.length > 0 ? [...all, { ...EVERYTHING, nested: true }] : all;
}
