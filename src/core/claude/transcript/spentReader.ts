/**
 * Counts the tokens in a transcript as the panel does, and goes on where the last reading ended: input with what was written to the cache, and
 * output; what is read from the cache is not counted. A message that is written in several lines, or repeated by a compaction, counts once.
 */
import { closeSync, readSync } from 'node:fs';
import { openFile } from '#core/base/files/openFile.ts';
import { readCost, readEntry } from './entry.ts';
import { addTokens, type CountedMessages } from './tokenCount.ts';

/** How far a transcript was read, and what was counted to there. */
export interface SpentSoFar {
  inode: number;
  /** The end of the last whole line. */
  end: number;
  input: number;
  output: number;
  costUsd?: number | undefined;
  /** The newest messages with their counts, the oldest first. */
  messages: [id: string, input: number, output: number][];
  /** The calls of tools in the newest messages, by their ids. */
  calls: string[];
}

const CHUNK_BYTES = 4 << 20;
/** What one reading takes at most; the next one goes on. */
const MAX_BYTES = 64 << 20;
/** As many as the panel keeps. */
const MAX_MESSAGES = 512;
const NEWLINE = 0x0a;

/** Reads on in a transcript. Undefined where it cannot be read; the same object where nothing was added. */
export function readSpent(path: string, known: SpentSoFar | undefined): SpentSoFar | undefined {
  if (!path.endsWith('.jsonl')) return undefined;
  let fd: number | undefined;
  try {
    const file = openFile(path);
    fd = file.fd;
    const { size, ino, uid } = file.stats;
    if (uid !== (process.getuid?.() ?? uid)) return undefined;
    const isSame = known !== undefined && known.inode === ino && size >= known.end;
    if (isSame && size === known.end) return known;
    return readOn(fd, size, isSame ? known : { inode: ino, end: 0, input: 0, output: 0, messages: [], calls: [] });
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readOn(fd: number, size: number, from: SpentSoFar): SpentSoFar {
  const counts = new Map(from.messages.map(([id, input, output]) => [id, { input, output }]));
  const spent = { ...from, calls: [...from.calls] };
  const last = Math.min(size, from.end + MAX_BYTES);
  const buffer = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, last - from.end));
  while (spent.end < last) {
    const length = readSync(fd, buffer, 0, Math.min(buffer.length, last - spent.end), spent.end);
    const whole = buffer.subarray(0, length).lastIndexOf(NEWLINE) + 1;
    // of a line that is longer than all that is read at once nothing is counted
    if (whole === 0 && length < CHUNK_BYTES) break;
    for (const line of buffer.toString('utf8', 0, whole).split('\n')) countLine(spent, counts, line);
    spent.end += whole || length;
  }
  spent.calls = spent.calls.slice(-MAX_MESSAGES);
  spent.messages = [...counts].slice(-MAX_MESSAGES).map(([id, { input, output }]) => [id, input, output]);
  return spent;
}

function countLine(spent: SpentSoFar, counts: CountedMessages, line: string): void {
  const isAssistant = line.includes('"usage"') && line.includes('"assistant"');
  if (!isAssistant && !line.includes('"cost-state"')) return;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return;
  }
  spent.costUsd = readCost(value) ?? spent.costUsd;
  const entry = readEntry(value);
  if (entry?.kind !== 'assistant') return;
  spent.calls.push(...entry.calls.map(({ id }) => id));
  if (entry.tokens === undefined) return;
  addTokens(spent, counts, entry.message, entry.tokens);
}
