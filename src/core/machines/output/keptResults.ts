import { createHash } from 'node:crypto';
import { closeSync, constants, fsyncSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputStream, ResultLine } from '#protocol/fileFormats.ts';
import { createFile, createWholeFile } from '#core/base/files/createFile.ts';
import { exists } from '#core/base/files/facts.ts';
import { entriesIn } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { nonce } from '#core/base/nonce.ts';
import { sessionPaths, workerPaths } from '#core/base/paths.ts';
import { visibleLine } from '#protocol/hiddenText.ts';
import { newGeneration } from '#core/machines/generation.ts';
import { MAX_RESULT_FILES, whyNoResultName } from './resultNames.ts';
import { outputGeneration } from './workerOutput.ts';

/** The end of a worker's stream that is brought to the seat. */
const TAIL_BYTES = 256 * 1024;
/** The bytes of a piece: a line with them is far shorter than a message. */
const PIECE_BYTES = 48 * 1024;
/** Folders in folders. */
const MAX_DEPTH = 16;

/** Something that is brought. */
interface Source {
  path: string;
  labels: Pick<Extract<ResultLine, { file: number }>, 'name' | 'stream' | 'start' | 'of'>;
  /** Where it begins in the file, and how long it is. */
  start: number;
  size: number;
}

/** What is not brought, and why. */
interface Left {
  tooMuch: Source[];
  refused: { name: string; why: string }[];
}

export interface KeepOptions {
  /** The most that the seat takes of one worker. */
  maxBytes: number;
  now: number;
}

/**
 * Keeps what a worker of this machine has left, in the file of the session from which the bridge publishes it to the seat: the end of
 * both streams, then the files of its folder of results as far as they fit. Happens once a worker; a second call does nothing.
 * Throws the system's error.
 */
export function keepResults(dir: string, worker: string, { maxBytes, now }: KeepOptions): void {
  const { kept } = workerPaths(dir, worker);
  if (exists(kept)) return;
  createFile(kept, '');
  const path = sessionPaths(dir).results;
  if (!exists(path)) createWholeFile(path, `${JSON.stringify({ gen: newGeneration(now) })}\n`);
  const { fd } = openFile(path, constants.O_WRONLY | constants.O_APPEND);
  const append = (line: ResultLine): void => {
    // what a crash has cut off before ends here
    writeAll(fd, Buffer.from(`\n${JSON.stringify(line)}\n`));
  };
  try {
    const id = nonce();
    const { sources, left } = select(dir, worker, maxBytes);
    for (const [file, source] of sources.entries())
      if (!appendSource(source, { worker, id, file }, append))
        left.refused.push({ name: nameOf(source), why: 'changes' });
    append({ worker, id, ends: true, ...leftText(left, maxBytes) });
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

const nameOf = ({ labels }: Source): string => labels.name ?? labels.stream ?? '';

/** What is brought and what is not: each file is whole or left out. */
function select(dir: string, worker: string, maxBytes: number): { sources: Source[]; left: Left } {
  const left: Left = { tooMuch: [], refused: [] };
  const all = [...streamsOf(dir, worker), ...filesOf(workerPaths(dir, worker).out, left)];
  let bytes = 0;
  const sources = all.filter((source, at) => {
    if (at >= MAX_RESULT_FILES || bytes + source.size > maxBytes) {
      left.tooMuch.push(source);
      return false;
    }
    bytes += source.size;
    return true;
  });
  return { sources, left };
}

function streamsOf(dir: string, worker: string): Source[] {
  const paths = workerPaths(dir, worker);
  return (['stdout', 'stderr'] as const satisfies OutputStream[]).flatMap((stream) => {
    const stats = statSync(paths[stream], { throwIfNoEntry: false });
    if (stats?.isFile() !== true || stats.size === 0) return [];
    const start = Math.max(0, stats.size - TAIL_BYTES);
    const labels = { stream, start, of: outputGeneration(paths[stream]) };
    return [{ path: paths[stream], labels, start, size: stats.size - start }];
  });
}

/** The files below a folder, by their names. A link is not followed. */
function filesOf(folder: string, left: Left, below = '', depth = 0): Source[] {
  if (depth > MAX_DEPTH) return [];
  const entries = entriesIn(folder).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const [path, name] = [join(folder, entry.name), `${below}${entry.name}`];
    if (entry.isDirectory()) return filesOf(path, left, `${name}/`, depth + 1);
    const why = entry.isFile() ? whyNoResultName(name) : 'it is no ordinary file';
    if (why === undefined) return [{ path, labels: { name }, start: 0, size: statSync(path).size }];
    left.refused.push({ name, why });
    return [];
  });
}

/** Appends what one source has, in pieces. False where it has become shorter meanwhile: without its last piece it does not count. */
function appendSource(
  { path, labels, start, size }: Source,
  of: { worker: string; id: string; file: number },
  append: (line: ResultLine) => void,
): boolean {
  const { fd } = openFile(path);
  const hash = createHash('sha256');
  const block = Buffer.alloc(PIECE_BYTES);
  try {
    for (let pos = 0; ;) {
      const length = readSync(fd, block, 0, Math.min(PIECE_BYTES, size - pos), start + pos);
      if (length === 0 && size > pos) return false;
      const data = block.subarray(0, length);
      hash.update(data);
      const isLast = pos + length === size;
      append({
        ...of,
        ...labels,
        pos,
        size,
        data: data.toString('base64'),
        ...(isLast && { sha256: hash.digest('hex') }),
      });
      pos += length;
      if (isLast) return true;
    }
  } finally {
    closeSync(fd);
  }
}

const MEGABYTE = 1 << 20;

/** What is not brought, and why, as the end of a sentence. */
function leftText({ tooMuch, refused }: Left, maxBytes: number): { left?: string } {
  const parts: string[] = [];
  const [large] = tooMuch;
  if (large !== undefined) {
    const bytes = tooMuch.reduce((sum, { size }) => sum + size, 0);
    const others = tooMuch.length === 1 ? '' : ` and ${tooMuch.length - 1} more`;
    parts.push(
      `${visibleLine(nameOf(large))}${others}, ${(bytes / MEGABYTE).toFixed(1)} MB: of a worker ${maxBytes / MEGABYTE} MB (fermata.machines.bringMegabytes) and ${MAX_RESULT_FILES} files are brought`,
    );
  }
  const [odd] = refused;
  if (odd !== undefined)
    parts.push(`${visibleLine(odd.name)}${refused.length === 1 ? '' : ` and ${refused.length - 1} more`}: ${odd.why}`);
  return parts.length === 0 ? {} : { left: parts.join('; ') };
}
