import { closeSync, fstatSync } from 'node:fs';
import type { SessionState } from '#protocol/state.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { readText } from '#core/base/files/readFile.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { fingerprint, type LogFile } from '#core/log/logFile.ts';

/**
 * A snapshot is written once this much, and at least its own size, was folded since the last one. Each hook starts from
 * the snapshot, and folding a further 100 KB takes a third of a hook's time.
 */
export const MIN_FOLDED_BYTES = 32 * 1024;

/** A larger one would take longer to read than its log. */
const MAX_SNAPSHOT_BYTES = 64 << 20;

/** A log and its folded state. */
interface FoldedLog extends Pick<LogFile, 'dir' | 'position' | 'isSameFile'> {
  readonly state: SessionState;
  readonly readOnly: boolean;
  /** The position of the last snapshot, and its size in bytes. */
  snapshotPosition: number;
  snapshotSize: number;
}

/** Whether enough was folded since the last snapshot to write another. */
export const isSnapshotDue = (
  { position, snapshotPosition, snapshotSize }: FoldedLog,
  minBytes: number = Math.max(MIN_FOLDED_BYTES, snapshotSize),
): boolean => position - snapshotPosition >= minBytes;

/** Writes a snapshot where one is due. It is a cache, so errors are ignored. */
export function saveSnapshot(log: FoldedLog, minBytes?: number): void {
  if (log.readOnly || !isSnapshotDue(log, minBytes)) return;
  const { dir, state, position } = log;
  try {
    const paths = sessionPaths(dir);
    const { fd, stats } = openFile(paths.log);
    try {
      // the log was replaced since it was folded, so this state is not its state
      const { ino, size } = stats;
      if (!log.isSameFile(fd, ino, size)) return;
      const encoded = encodeState(state);
      const sum = checksum(position, encoded);
      const head = { nonce: state.nonce, position, sum, marks: fingerprintTexts(fd, position) };
      const text = `${JSON.stringify(head)}\n${encoded}`;
      // not synced: a snapshot that a crash has torn is recognized and not used
      writeFileAtomic(paths.snapshot, text, { mode: 0o600, durable: false });
      log.snapshotPosition = position;
      log.snapshotSize = text.length;
    } finally {
      closeSync(fd);
    }
  } catch {
    // the next reader that folds this much tries again
  }
}

/**
 * The snapshot of an open log; undefined where there is none, or one of another log or version. Without a log it cannot be
 * checked which one it belongs to.
 */
export function readSnapshot(
  dir: string,
  fd: number | undefined,
): { state: SessionState; position: number; size: number } | undefined {
  try {
    const text = readText(sessionPaths(dir).snapshot, MAX_SNAPSHOT_BYTES);
    const newline = text.indexOf('\n');
    const head = JSON.parse(text.slice(0, newline)) as Record<'nonce' | 'position' | 'sum' | 'marks', unknown>;
    if (typeof head.position !== 'number' || !Number.isSafeInteger(head.position) || head.position < 0)
      return undefined;
    if (fd !== undefined && !isOfLog(fd, head.position, head.marks)) return undefined;
    const encoded = text.slice(newline + 1);
    if (head.sum !== checksum(head.position, encoded)) return undefined;
    const state = decodeState(encoded);
    if (state === undefined || state.nonce !== head.nonce) return undefined;
    return { state, position: head.position, size: text.length };
  } catch {
    return undefined;
  }
}

/**
 * Whatever else became of the bytes of a snapshot, they are not used: with one that is only well-formed a block could be
 * missing. No secret is in it: who forges it on purpose could write the log as well.
 */
export function checksum(position: number, encoded: string): number {
  let sum = position | 0;
  for (let i = 0; i < encoded.length; i++) sum = Math.imul(sum ^ encoded.charCodeAt(i), 0x01000193);
  return sum;
}

// compared without a hash: node:crypto takes longer to load than all of this
const isOfLog = (fd: number, position: number, marks: unknown): boolean =>
  fstatSync(fd).size >= position && JSON.stringify(marks) === JSON.stringify(fingerprintTexts(fd, position));

const fingerprintTexts = (fd: number, position: number): string[] =>
  fingerprint(fd, position).map((part) => part.toString('latin1'));
