import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lstatOf } from '#core/base/files/facts.ts';
import { makeFolder, namesIn } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';
import { renameFile } from '#core/base/files/rename.ts';
import { foldedName } from './resultNames.ts';

const BLOCK_BYTES = 1 << 16;

/** A piece of a file that arrives. */
export interface ArrivingPiece {
  pos: number;
  size: number;
  data: Buffer;
  /** Of the whole file, with its last piece. */
  sha256?: string | undefined;
}

/**
 * Writes a piece to its place in a file that lies aside until it is whole: the same piece may come any number of times. `whole` with the
 * last one; `missing` where what comes before is not there. Throws the system's error.
 */
export function writePiece(path: string, { pos, size, data, sha256 }: ArrivingPiece): 'part' | 'whole' | 'missing' {
  makeFolder(dirname(path));
  const { fd } = openFile(path, constants.O_RDWR | constants.O_CREAT);
  try {
    if (fstatSync(fd).size < pos) return 'missing';
    for (let at = 0; at < data.length;) at += writeSync(fd, data, at, data.length - at, pos + at);
    if (pos + data.length < size) return 'part';
    ftruncateSync(fd, size);
    return hashOf(fd) === sha256 ? 'whole' : 'missing';
  } finally {
    closeSync(fd);
  }
}

/** Whether a file is there already, byte by byte. */
export function isThere(path: string, size: number, sha256: string | undefined): boolean {
  if (lstatOf(path)?.isFile() !== true) return false;
  const { fd, stats } = openFile(path);
  try {
    return stats.size === size && hashOf(fd) === sha256;
  } finally {
    closeSync(fd);
  }
}

function hashOf(fd: number): string {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let at = 0; ;) {
    const length = readSync(fd, block, 0, BLOCK_BYTES, at);
    if (length === 0) return hash.digest('hex');
    hash.update(block.subarray(0, length));
    at += length;
  }
}

/**
 * Gives a whole file its name below a folder of results; one of that name is replaced. Returns why it cannot have it, as the end of a
 * sentence: a name that differs from another one by capitals alone is another file here and the same one elsewhere. Throws the
 * system's error.
 */
export function placeResult(from: string, folder: string, name: string): string | undefined {
  const parts = name.split('/');
  let at = folder;
  for (const [i, part] of parts.entries()) {
    const folded = foldedName(part);
    const other = namesIn(at).find((each) => each !== part && foldedName(each) === folded);
    if (other !== undefined) return `its name differs from ${other} by capitals or accents alone`;
    at = join(at, part);
    const isFolder = lstatOf(at)?.isDirectory();
    if (isFolder !== undefined && isFolder !== i < parts.length - 1)
      return isFolder ? `${basename(at)} is a folder` : `${basename(at)} is no folder`;
  }
  makeFolder(dirname(at));
  renameFile(from, at);
  return undefined;
}

/** The line that stands in a log for bytes that are not there. */
const omission = (bytes: number): Buffer => Buffer.from(`\n[… ${String(bytes).padStart(15)} bytes left out …]\n`);

/**
 * Makes the end of a stream, which has arrived aside, the log of a worker. What is there stays before it where it is the beginning of the
 * very same log (`isSame`); otherwise a line counts what is not here. Returns whether all of the log is here. Throws the system's
 * error.
 */
export function placeTail(from: string, log: string, start: number, isSame: boolean): boolean {
  const stats = lstatOf(log);
  const have = isSame && stats?.isFile() === true ? stats.size : 0;
  if (have === 0 || have < start) {
    placeAlone(from, log, start);
    return start === 0;
  }
  const tail = openFile(from);
  try {
    const { fd } = openFile(log, constants.O_RDWR);
    try {
      copyTo(tail.fd, fd, start);
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(tail.fd);
  }
  removeFileIfAny(from);
  return true;
}

function placeAlone(from: string, log: string, start: number): void {
  if (start === 0) return renameFile(from, log);
  const merged = `${from}.log`;
  removeFileIfAny(merged);
  const source = openFile(from);
  try {
    const line = omission(start);
    const { fd } = openFile(merged, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
    try {
      writeSync(fd, line, 0, line.length, 0);
      copyTo(source.fd, fd, line.length);
    } finally {
      closeSync(fd);
    }
  } finally {
    closeSync(source.fd);
  }
  renameFile(merged, log);
  removeFileIfAny(from);
}

function copyTo(source: number, target: number, at: number): void {
  const block = Buffer.allocUnsafe(BLOCK_BYTES);
  for (let pos = 0; ;) {
    const length = readSync(source, block, 0, BLOCK_BYTES, pos);
    if (length === 0) return;
    for (let done = 0; done < length;) done += writeSync(target, block, done, length - done, at + pos + done);
    pos += length;
  }
}
