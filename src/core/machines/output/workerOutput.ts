import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, readSync, type Stats } from 'node:fs';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { OutputPiece, OutputRequest } from '#protocol/fileFormats.ts';
import { outputPieceSchema, outputRequestSchema } from '#protocol/schemas.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { workerPaths } from '#core/base/paths.ts';

/** The most bytes of a piece, and of what is compared before it. */
const PIECE_BYTES = 256 * 1024;
/** What a log has in its middle once it was folded: at a multiple of so many bytes, since its limit is one of megabytes. */
const OMISSION = /^\n\[… +(\d+) bytes left out …\]\n/;
const HEAD_BYTES = 256 * 1024;
const LINE_BYTES = 64;

const isRequest = compileValidator(outputRequestSchema);
const isPiece = compileValidator(outputPieceSchema);

/** A request or a piece, from its text; undefined where it is none. */
export const parseRequest = (text: string): OutputRequest | undefined => parsed(text, isRequest) as OutputRequest;
export const parsePiece = (text: string): OutputPiece | undefined => parsed(text, isPiece) as OutputPiece;

function parsed(text: string, fits: (value: unknown) => boolean): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return fits(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The generation of a stream's file: another one means that bytes which were there are others now, since the log was folded or
 * replaced. Throws the system's error.
 */
export function outputGeneration(path: string): string {
  const { fd, stats } = openFile(path);
  try {
    return generationOf(fd, stats);
  } finally {
    closeSync(fd);
  }
}

const generationOf = (fd: number, stats: Stats): string => `${stats.ino}-${foldOf(fd, stats)?.omitted ?? 0}`;

/**
 * Where the middle of a log was left out: how many bytes were, and where the line begins that counts them. It has its head, the line,
 * and at most as much again; at least half of that.
 */
export function foldOf(fd: number, { size }: Stats): { omitted: number; at: number; end: number } | undefined {
  const line = Buffer.alloc(LINE_BYTES);
  const first = Math.ceil(size / 2 / HEAD_BYTES) * HEAD_BYTES;
  for (let at = Math.max(first, HEAD_BYTES); at <= (size + HEAD_BYTES) / 1.5; at += HEAD_BYTES) {
    const length = readSync(fd, line, 0, LINE_BYTES, at);
    const [text = '', omitted] = OMISSION.exec(line.toString('utf8', 0, length)) ?? [];
    if (omitted !== undefined) return { omitted: Number(omitted), at, end: at + Buffer.byteLength(text) };
  }
  return undefined;
}

/** The hash of the last bytes before a position, as they are compared. Throws the system's error. */
export function hashBefore(fd: number, pos: number): string {
  const bytes = Buffer.alloc(Math.min(pos, PIECE_BYTES));
  const length = readSync(fd, bytes, 0, bytes.length, pos - bytes.length);
  return createHash('sha256').update(bytes.subarray(0, length)).digest('hex');
}

/** A file that a worker has not written to. */
const NO_FILE = 'none';

/**
 * What a machine answers to a request: the bytes from there, or from the beginning where what the seat has is of another generation.
 * Throws the system's error.
 */
export function pieceOf(dir: string, { worker, stream, pos, gen, sha256 }: OutputRequest): OutputPiece {
  const path = workerPaths(dir, worker)[stream];
  let opened;
  try {
    opened = openFile(path, constants.O_RDONLY);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return { worker, stream, asked: pos, gen: NO_FILE, pos: 0, size: 0, data: '' };
  }
  const { fd, stats } = opened;
  try {
    const present = generationOf(fd, stats);
    const isSame = gen === present && pos <= stats.size && sha256 === hashBefore(fd, pos);
    const from = isSame ? pos : 0;
    const bytes = Buffer.alloc(Math.min(PIECE_BYTES, stats.size - from));
    const length = readSync(fd, bytes, 0, bytes.length, from);
    const data = bytes.subarray(0, length).toString('base64');
    return { worker, stream, asked: pos, gen: present, pos: from, size: fstatSync(fd).size, data };
  } finally {
    closeSync(fd);
  }
}
