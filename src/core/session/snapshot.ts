import { closeSync, fstatSync } from 'node:fs';
import type { Activity, SessionState } from '#protocol/state.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { readBytes } from '#core/base/files/readFile.ts';
import { decodeActivity, decodeWithoutActivity, encodeState } from '#core/fold/stateCodec.ts';
import { logToRead, sessionPaths } from '#core/base/paths.ts';
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
  /** Completes the activity of the state where a part of it was not read yet. */
  completeActivity: () => void;
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
    const { fd, stats } = openFile(logToRead(dir));
    try {
      // the log was replaced since it was folded, so this state is not its state
      const { ino, size } = stats;
      if (!log.isSameFile(fd, ino, size)) return;
      log.completeActivity();
      const encoded = encodeState(state);
      const sums = encoded.split('\n').map((line) => checksum(position, Buffer.from(line)));
      const head = { nonce: state.nonce, position, sums, marks: fingerprintTexts(fd, position) };
      const text = `${JSON.stringify(head)}\n${encoded}`;
      // not synced: a snapshot that a crash has torn is recognized and not used
      writeFileAtomic(sessionPaths(dir).snapshot, text, { mode: 0o600, durable: false });
      log.snapshotPosition = position;
      log.snapshotSize = text.length;
    } finally {
      closeSync(fd);
    }
  } catch {
    // the next reader that folds this much tries again
  }
}

/** A snapshot that was read. */
interface Snapshot {
  /** Without its activity. */
  state: SessionState;
  position: number;
  size: number;
  /** Reads the activity: most of the bytes of a snapshot, which no hook needs. Nothing where it is damaged. */
  activity: () => Activity[];
}

/**
 * The snapshot of an open log; undefined where there is none, or one of another log or version. Without a log it cannot be
 * checked which one it belongs to.
 */
export function readSnapshot(dir: string, fd: number | undefined): Snapshot | undefined {
  try {
    const bytes = readBytes(sessionPaths(dir).snapshot, MAX_SNAPSHOT_BYTES);
    const headEnd = bytes.indexOf('\n');
    const stateEnd = bytes.indexOf('\n', headEnd + 1);
    const head = JSON.parse(bytes.toString('utf8', 0, headEnd)) as Record<
      'nonce' | 'position' | 'sums' | 'marks',
      unknown
    >;
    const { nonce, position, marks } = head;
    const [stateSum, activitySum] = head.sums as unknown[];
    if (typeof position !== 'number' || !Number.isSafeInteger(position) || position < 0) return undefined;
    if (fd !== undefined && !isOfLog(fd, position, marks)) return undefined;
    const encoded = bytes.subarray(headEnd + 1, stateEnd);
    if (stateSum !== checksum(position, encoded)) return undefined;
    const state = decodeWithoutActivity(encoded.toString('utf8'));
    if (state === undefined || state.nonce !== nonce) return undefined;
    const rest = bytes.subarray(stateEnd + 1);
    const activity = (): Activity[] =>
      activitySum === checksum(position, rest) ? decodeActivity(rest.toString('utf8')) : [];
    return { state, position, size: bytes.length, activity };
  } catch {
    return undefined;
  }
}

/**
 * Whatever else became of the bytes of a snapshot, they are not used: with one that is only well-formed a block could be
 * missing. No secret is in it: who forges it on purpose could write the log as well. It goes by words of four bytes, since
 * the program of a hook has not been compiled yet when it runs this. What follows the last whole word ends a JSON text.
 */
export function checksum(position: number, encoded: Buffer): number {
  const words = encoded.length >> 2;
  // a copy, since words have to begin at a multiple of four bytes
  const copy = Uint8Array.prototype.slice.call(encoded, 0, words * 4);
  return new Int32Array(copy.buffer).reduce(
    (sum, word) => ((sum << 7) | (sum >>> 25)) ^ word,
    position ^ encoded.length,
  );
}

// compared without a hash: node:crypto takes longer to load than all of this
const isOfLog = (fd: number, position: number, marks: unknown): boolean =>
  fstatSync(fd).size >= position && JSON.stringify(marks) === JSON.stringify(fingerprintTexts(fd, position));

const fingerprintTexts = (fd: number, position: number): string[] =>
  fingerprint(fd, position).map((part) => part.toString('latin1'));
