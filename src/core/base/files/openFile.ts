import { closeSync, constants, fstatSync, lstatSync, openSync, statSync, type Stats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { checkFolders, kindOf, UnexpectedFileError } from './ownFolders.ts';

/** An open file; the caller closes `fd`. */
export interface OpenFile {
  fd: number;
  stats: Stats;
}

// Windows has none of these flags
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const NO_WAIT = (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);
const WRITES = constants.O_WRONLY | constants.O_RDWR;

/**
 * Opens a file of Fermata: without following a link and without waiting for the other end of a named pipe. A file that is
 * written must have no second name elsewhere, which would change too. Throws UnexpectedFileError where something else is
 * there, or the system's error.
 * @param flags O_RDONLY by default
 * @param mode of a file that is created
 */
export function openFile(path: string, flags: number = constants.O_RDONLY, mode = 0o600): OpenFile {
  checkFolders(path);
  let fd: number;
  try {
    fd = openSync(path, flags | NO_FOLLOW | NO_WAIT, mode);
  } catch (error) {
    throw unexpectedAt(path) ?? error;
  }
  return checkOpen(path, fd, (flags & WRITES) !== 0);
}

/**
 * Opens a file of the person or of a repository to read it, which may be a link to a file: people keep their settings
 * elsewhere and link to them. Does not open anything that is no file. Throws as `openFile` does.
 */
export function openLinkedFile(path: string): OpenFile {
  const stats = statSync(path);
  if (!stats.isFile()) throw new UnexpectedFileError(path, describe(path, stats), 'a file');
  return checkOpen(path, openSync(path, constants.O_RDONLY | NO_WAIT), false);
}

function checkOpen(path: string, fd: number, writes: boolean): OpenFile {
  const stats = fstatSync(fd);
  if (stats.isFile() && !(writes && stats.nlink > 1)) return { fd, stats };
  closeSync(fd);
  throw new UnexpectedFileError(path, kindOf(stats), 'a file');
}

/** What is at a path that could not be opened, if it is no file. */
function unexpectedAt(path: string): UnexpectedFileError | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    return stats === undefined || stats.isFile() ? undefined : new UnexpectedFileError(path, kindOf(stats), 'a file');
  } catch {
    return undefined;
  }
}

const describe = (path: string, target: Stats): string =>
  lstatSync(path).isSymbolicLink() ? `a link to ${kindOf(target)}` : kindOf(target);

/** The same as `openFile`, to read a file piece by piece beside other work. */
export async function openHandle(path: string): Promise<FileHandle> {
  checkFolders(path);
  const handle = await open(path, constants.O_RDONLY | NO_FOLLOW | NO_WAIT).catch((error: unknown) => {
    throw unexpectedAt(path) ?? error;
  });
  const stats = await handle.stat();
  if (stats.isFile()) return handle;
  await handle.close();
  throw new UnexpectedFileError(path, kindOf(stats), 'a file');
}

/**
 * Opens a named pipe of Fermata's own, to read it or to hold it open at both ends; it never waits for the other end.
 * Undefined where something else is there.
 */
export function openPipe(path: string, purpose: 'read' | 'hold'): number | undefined {
  try {
    checkFolders(path);
    // a writer of the pipe inherits its end, which must wait for the reader where the pipe is full
    const flags = purpose === 'read' ? constants.O_RDONLY | NO_WAIT : constants.O_RDWR;
    if (!lstatSync(path).isFIFO()) return undefined;
    const fd = openSync(path, flags | NO_FOLLOW);
    if (fstatSync(fd).isFIFO()) return fd;
    closeSync(fd);
  } catch {
    // nothing is there
  }
  return undefined;
}

/** Opens what a person named to write to, whatever it is: a terminal, a pipe, a device. Throws the system's error. */
export const openTarget = (path: string): number => openSync(path, 'w');
