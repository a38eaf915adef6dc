import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { git, hasMergeDriver, reasonOf, type GitOptions } from './git.ts';
import { makeTemporaryFolder } from './files/temporary.ts';
import { removeTree } from './files/remove.ts';

/** Whether two commits would merge. Without an answer, why git was not looked at. */
export type MergeAnswer =
  { answer: 'clean' } | { answer: 'conflict'; files: string[] } | { answer: 'unknown'; why: string };

/** Without `merge-tree --write-tree`. */
const TOO_OLD = 'git 2.38 or newer is needed';
const MERGE = ['merge-tree', '--write-tree', '--name-only', '-z', '--no-messages'];
/** What git prints first: the id of the tree that it has made. */
const TREE_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** The commit of a revision; why there is none where git has none. Never throws. */
export async function commitOf(options: GitOptions, revision: string): Promise<{ commit: string } | { why: string }> {
  try {
    const out = await git(options, 'rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`);
    const commit = out.toString('latin1').trim();
    return TREE_ID.test(commit) ? { commit } : { why: 'git gave no commit' };
  } catch (error) {
    if ((error as { code?: unknown }).code !== 1) return { why: whyOf(error) };
    return {
      why: revision === 'HEAD' ? 'there is no commit yet' : `there is no ${revision.replace('refs/heads/', '')}`,
    };
  }
}

/**
 * Whether two commits of a repository would merge, by `git merge-tree`. It touches no checkout, no index and no ref, and what it
 * makes goes to a temporary folder. Never throws.
 * @param common the `.git` folder that all worktrees share
 */
export async function mergeCommits(
  { root, program, timeoutMs }: GitOptions,
  common: string,
  [first, second]: readonly [string, string],
): Promise<MergeAnswer> {
  if (first === second) return { answer: 'clean' };
  let folder: string | undefined;
  try {
    folder = makeTemporaryFolder(join(tmpdir(), 'fermata-merge-'));
    const objects = { folder, own: join(common, 'objects') };
    const options = { root, program, isLow: true, objects, ...(timeoutMs !== undefined && { timeoutMs }) };
    const out = await git(options, ...MERGE, first, second).catch(conflictOutput);
    if (Buffer.isBuffer(out)) return isTree(namesIn(out)[0]) ? { answer: 'clean' } : strange();
    const [tree, ...files] = namesIn(out.conflict);
    if (!isTree(tree)) return strange();
    if (await hasMergeDriver({ root, program }))
      return { answer: 'unknown', why: 'its configuration names a merge driver' };
    // where one has a file and the other something else, git gives one of them the name of its commit, too
    const named = files.map((name) => [first, second].reduce((rest, id) => rest.replace(`~${id}`, ''), name));
    return { answer: 'conflict', files: [...new Set(named)] };
  } catch (error) {
    return { answer: 'unknown', why: whyOf(error) };
  } finally {
    if (folder !== undefined) removeQuietly(folder);
  }
}

const strange = (): MergeAnswer => ({ answer: 'unknown', why: TOO_OLD });
const isTree = (text = ''): boolean => TREE_ID.test(text);

/** Names are bytes: what is no UTF-8 in them is shown as such. */
const namesIn = (out: Buffer): string[] => out.toString('utf8').split('\0').filter(Boolean);

/** What git printed where it found conflicts, its exit code 1. Throws any other error. */
function conflictOutput(error: unknown): { conflict: Buffer } {
  const { code, stdout } = error as { code?: unknown; stdout?: unknown };
  if (code === 1 && Buffer.isBuffer(stdout)) return { conflict: stdout };
  throw error;
}

function whyOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: string };
  // 129 is how git ends that does not know an option
  return code === 129 || message === 'git is older than 2.31' ? TOO_OLD : reasonOf(error);
}

function removeQuietly(folder: string): void {
  try {
    removeTree(folder);
  } catch {
    // the system empties its temporary folder
  }
}
