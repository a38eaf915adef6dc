import { closeSync, readSync } from 'node:fs';
import { openFile } from '#core/base/files/openFile.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { foldLine } from './fold.ts';
import type { TranscriptSet } from './sessionTranscript.ts';
import { emptyTranscript, type TranscriptState, type Words } from './transcriptState.ts';

/** The first prompt is near the beginning, and Claude Code writes the titles again near the end. */
const PART_BYTES = 256 * 1024;
const NEWLINE = 10;

/** The titles and prompts of a transcript, from its beginning and its end; undefined where it cannot be read. */
export const readWords = (path: string): Words | undefined => readParts(path)?.words;

/** What the beginning and the end of a transcript have. */
function readParts(path: string): TranscriptState | undefined {
  let fd: number | undefined;
  try {
    const file = openFile(path);
    fd = file.fd;
    const { size, uid } = file.stats;
    if (!path.endsWith('.jsonl') || uid !== (process.getuid?.() ?? uid)) return undefined;
    const state = emptyTranscript();
    const fold = (bytes: Buffer): void => new LineReader().push(bytes, (line) => foldLine(state, line));
    fold(readPart(fd, 0, Math.min(size, PART_BYTES)));
    if (size > PART_BYTES) {
      const end = readPart(fd, Math.max(PART_BYTES, size - PART_BYTES), PART_BYTES);
      // it begins within a line
      fold(end.subarray(end.indexOf(NEWLINE) + 1));
    }
    return state;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/**
 * A transcript of which only the titles and prompts are known, to name its session by, and the background shells that it has
 * last; undefined where it cannot be read.
 */
export function readNames(path: string | undefined): TranscriptSet | undefined {
  const { words, shells } = (path === undefined ? undefined : readParts(path)) ?? {};
  return words && shells && { main: { ...emptyTranscript(), words, shells }, agents: new Map() };
}

function readPart(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
}
