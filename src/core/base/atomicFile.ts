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
import { nonce } from './nonce.ts';

export interface AtomicWriteOptions {
  /** Permission bits of the new file; without it those of the file it replaces, else what the umask leaves of 0666. */
  mode?: number;
  /** Whether the content has to be on disk before it gets the name; true unless a torn file would do no harm. */
  durable?: boolean;
  /** Asked last, just before the rename: false gives up and leaves everything as it is. */
  shouldCommit?: () => boolean;
}

/**
 * Replaces `path` in one step: a reader sees the old content or the new, never a part. The new content is on disk
 * before it gets the name. A link at `path` is replaced, not followed. Returns false when `stillWanted` said no; throws
 * the system's error (EACCES, ENOENT, ENOSPC, …) and then leaves nothing behind.
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, options: AtomicWriteOptions = {}): boolean {
  const previous = lstatSync(path, { throwIfNoEntry: false });
  const existing = previous?.isFile() === true ? previous : undefined;
  const mode = options.mode ?? (existing === undefined ? undefined : existing.mode & 0o7777);
  const temporary = join(dirname(path), `.${basename(path)}.${nonce()}.tmp`);
  const file = openSync(temporary, 'wx', mode ?? 0o666);
  try {
    try {
      writeFileSync(file, data);
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
    renameWithRetry(temporary, path);
    return true;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** With `sudo` the file would change hands; where that cannot be helped, it does. */
function keepOwner(file: number, existing: Stats): void {
  if (process.getuid === undefined || process.getuid() === existing.uid) return;
  try {
    fchownSync(file, existing.uid, existing.gid);
  } catch {
    // not root: the directory is ours to write in, the file's owner is not ours to choose
  }
}

/** Windows refuses a rename while somebody, say a virus scanner, has the old file open: a moment later it works. */
function renameWithRetry(from: string, to: string): void {
  for (let tries = 1; ; tries++) {
    try {
      renameSync(from, to);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      if (process.platform !== 'win32' || tries === 10 || !['EPERM', 'EACCES', 'EBUSY'].includes(code)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10 * tries);
    }
  }
}
