import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sleepSync } from '#core/base/sleep.ts';
import { setAside } from './aside.ts';
import { checkFolders, isInHome } from './ownFolders.ts';
import { nonce } from '#core/base/nonce.ts';

export interface AtomicWriteOptions {
  /** Permission bits of the new file; by default those of the file it replaces, else 0666 less the umask. */
  mode?: number;
  /** Whether to sync the content to disk before the rename; true by default, false where a torn file does no harm. */
  durable?: boolean;
  /** Called just before the rename; false leaves everything as it is. */
  shouldCommit?: () => boolean;
}

/**
 * Replaces `path` in one step: a reader sees the old content or the new, never a part. The new content is on disk
 * before it gets the name. A link at `path` is replaced, not followed. Returns false where `shouldCommit` did. Throws
 * UnexpectedFileError where a link in a Fermata home leads to it, or the system's error (EACCES, ENOENT, ENOSPC, …) and then leaves nothing behind.
 * @param data the new content, or a function that writes it into an open file
 */
export function writeFileAtomic(
  path: string,
  data: string | Uint8Array | ((fd: number) => void),
  options: AtomicWriteOptions = {},
): boolean {
  checkFolders(path);
  const previous = lstatSync(path, { throwIfNoEntry: false });
  const existing = previous?.isFile() === true ? previous : undefined;
  const mode = options.mode ?? (existing === undefined ? undefined : existing.mode & 0o7777);
  const temporary = join(dirname(path), `.${basename(path)}.${nonce()}.tmp`);
  const file = openSync(temporary, 'wx', mode ?? 0o666);
  try {
    try {
      if (typeof data === 'function') data(file);
      else writeFileSync(file, data);
      if (existing !== undefined) keepOwner(file, existing);
      if (mode !== undefined) fchmodSync(file, mode);
      if (options.durable !== false) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (options.shouldCommit?.() === false) {
      rmSync(temporary, { force: true });
      return false;
    }
    // a folder cannot be replaced by a file
    if (previous?.isDirectory() === true && isInHome(path)) setAside(path);
    renameWithRetry(temporary, path);
    return true;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Keeps the file's owner when the process runs under `sudo`. */
function keepOwner(file: number, existing: Stats): void {
  if (process.getuid === undefined || process.getuid() === existing.uid) return;
  try {
    fchownSync(file, existing.uid, existing.gid);
  } catch {
    // not root: this user may write in the directory but not give files to another user
  }
}

/** Windows refuses a rename while another program, such as a virus scanner, has the old file open: so it is retried. */
function renameWithRetry(from: string, to: string): void {
  for (let tries = 1; ; tries++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (process.platform !== 'win32' || tries === 10 || !['EPERM', 'EACCES', 'EBUSY'].includes(code)) throw error;
      sleepSync(10 * tries);
    }
  }
}
