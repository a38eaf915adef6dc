import { createHash } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { lstatOf } from './files/facts.ts';
import { readBytes } from './files/readFile.ts';
import { git, type GitOptions } from './git.ts';

/** Of a larger file, its size and its time stand for what is in it. */
const MAX_FILE_BYTES = 16 << 20;
/** More changed files than that are not read one by one. */
const MAX_CHANGED = 2000;

/**
 * The files of a folder that git would keep: tracked ones and new ones that are not ignored, as they are in the folder, whether
 * added and committed or not.
 */
export interface FileTree {
  /**
   * A hash of the names and contents of those that are covered, by their paths in the folder, with `/`. The same files have the
   * same hash. Undefined where too many of them are changed.
   */
  hash: (isCovered: (path: string) => boolean) => string | undefined;
}

/** Reads the tree of `root`. Throws git's error, as where there is no repository. */
export async function readFileTree(options: GitOptions): Promise<FileTree> {
  const { root } = options;
  const names = async (...args: string[]): Promise<string[]> =>
    (await git(options, 'ls-files', '-z', ...args)).toString('utf8').split('\0').filter(Boolean);
  const staged = await names('--stage');
  const changed = new Set(await names('--modified', '--others', '--exclude-standard'));
  const tracked = new Map<string, string>();
  let algorithm: 'sha1' | 'sha256' = 'sha1';
  for (const row of staged) {
    const [facts = '', path = ''] = row.split('\t');
    const [, id = ''] = facts.split(' ');
    if (id.length > 40) algorithm = 'sha256';
    // a file in conflict has several
    tracked.set(path, (tracked.get(path) ?? '') + id);
  }
  const read = new Map<string, string | undefined>();
  const idOf = (path: string): string | undefined => {
    if (!changed.has(path)) return tracked.get(path);
    if (!read.has(path)) read.set(path, blobId(join(root, path), algorithm));
    return read.get(path);
  };
  return {
    hash: (isCovered) => {
      if ([...changed].filter(isCovered).length > MAX_CHANGED) return undefined;
      const hash = createHash('sha256');
      for (const path of [...new Set([...tracked.keys(), ...changed])].filter(isCovered).toSorted()) {
        const id = idOf(path);
        if (id !== undefined) hash.update(`${path}\0${id}\0`);
      }
      return hash.digest('hex').slice(0, 40);
    },
  };
}

/** The id that git gives to the content of a file, so that adding or committing it changes nothing; undefined where it is none. */
function blobId(path: string, algorithm: 'sha1' | 'sha256'): string | undefined {
  const stats = lstatOf(path);
  if (stats === undefined || stats.isDirectory()) return undefined;
  try {
    if (!stats.isSymbolicLink() && stats.size > MAX_FILE_BYTES) return `${stats.size} ${stats.mtimeMs}`;
    const content = stats.isSymbolicLink() ? Buffer.from(readlinkSync(path)) : readBytes(path, MAX_FILE_BYTES);
    return createHash(algorithm).update(`blob ${content.length}\0`).update(content).digest('hex');
  } catch {
    // no plain file, or it cannot be read
    return `${stats.size} ${stats.mtimeMs}`;
  }
}
