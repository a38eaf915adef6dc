import { join, relative } from 'node:path';
import { exists } from './files/facts.ts';
import { readBytes } from './files/readFile.ts';
import { git, nameBatches, type GitOptions } from './git.ts';

/** How a file differs from the latest commit. */
export interface FileChange {
  added: number;
  removed: number;
  /** It has no lines to count. */
  binary?: true;
  /** It is not in the latest commit, or not in the folder any more. */
  presence?: 'new' | 'deleted';
}

/** Of a larger new file the lines are not counted. */
const MAX_NEW_BYTES = 1 << 20;
const DIFF = '--numstat -z --no-renames --no-ext-diff --no-textconv --no-color --ignore-submodules=all'.split(' ');

/** The changes of those files of a repository that differ from its latest commit, by their paths. Throws git's error. */
export async function fileChanges(
  options: GitOptions,
  paths: readonly string[],
): Promise<ReadonlyMap<string, FileChange>> {
  const { root } = options;
  const changes = new Map<string, FileChange>();
  for (const names of nameBatches(paths.map((path) => relative(root, path)))) {
    const untracked = (await git(options, 'ls-files', '--others', '-z', '--', ...names)).toString('utf8').split('\0');
    const tracked = (await hasCommit(options)) ? ['HEAD'] : ['--cached'];
    const rows = (await git(options, 'diff', ...DIFF, ...tracked, '--', ...names)).toString('utf8').split('\0');
    for (const [name, change] of rows.flatMap((row) => readRow(row, root))) changes.set(join(root, name), change);
    for (const name of untracked.filter(Boolean)) changes.set(join(root, name), newFile(join(root, name)));
  }
  return changes;
}

/** The text of a file in the latest commit. Throws git's error, also where it is not in it. */
export const committedText = async (options: GitOptions, path: string): Promise<string> =>
  (await git(options, 'cat-file', 'blob', `HEAD:${relative(options.root, path).replaceAll('\\', '/')}`)).toString(
    'utf8',
  );

const hasCommit = async (options: GitOptions): Promise<boolean> =>
  git(options, 'rev-parse', '--verify', '--quiet', 'HEAD').then(
    () => true,
    () => false,
  );

/** `12<TAB>3<TAB>name`; of a binary file both numbers are `-`. */
function readRow(row: string, root: string): [name: string, FileChange][] {
  const [added = '', removed = '', ...rest] = row.split('\t');
  if (rest.length === 0) return [];
  const name = rest.join('\t');
  const change: FileChange = { added: Number(added) || 0, removed: Number(removed) || 0 };
  if (added === '-') change.binary = true;
  if (!exists(join(root, name))) change.presence = 'deleted';
  return [[name, change]];
}

function newFile(path: string): FileChange {
  const none: FileChange = { added: 0, removed: 0, presence: 'new' };
  try {
    const bytes = readBytes(path, MAX_NEW_BYTES);
    if (bytes.subarray(0, 8000).includes(0)) return { ...none, binary: true };
    const text = bytes.toString('latin1');
    const lines = text.split('\n').length - (text.endsWith('\n') || text === '' ? 1 : 0);
    return { ...none, added: lines };
  } catch {
    // too large, or not a file: its lines cannot be counted
    return { ...none, binary: true };
  }
}
