import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import type { SessionState } from '#protocol/state.ts';
import { writeFileAtomic } from '#core/base/atomicFile.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { fingerprint } from '#core/log/logFile.ts';

/**
 * A snapshot is worth its while when so much has been folded since the last one, and as much as it would be large. Each
 * hook starts from it, and a hundred kilobytes more to fold take a third of a hook's time.
 */
export const MIN_FOLDED_BYTES = 32 * 1024;

/** A log as far as it is folded. */
interface FoldedLog {
  readonly dir: string;
  readonly state: SessionState;
  /** Bytes. */
  readonly position: number;
  readonly readOnly: boolean;
  /** Up to where there is a snapshot, and how large it is, bytes. */
  snapshotPosition: number;
  snapshotSize: number;
  /** Whether the open file is the one that was folded. */
  isSameFile(fd: number): boolean;
}

/** Whether so much was folded since the last snapshot that the next reader should not have to. */
export const isSnapshotDue = (
  { position, snapshotPosition, snapshotSize }: FoldedLog,
  minBytes: number = Math.max(MIN_FOLDED_BYTES, snapshotSize),
): boolean => position - snapshotPosition >= minBytes;

/** Writes a snapshot where one is due. A cache: failing to write it is no failure. */
export function saveSnapshot(log: FoldedLog, minBytes?: number): void {
  if (log.readOnly || !isSnapshotDue(log, minBytes)) return;
  const { dir, state, position } = log;
  try {
    const paths = sessionPaths(dir);
    const fd = openSync(paths.log, 'r');
    try {
      // replaced since it was folded: this state is not the state of those bytes
      if (!log.isSameFile(fd)) return;
      const head = { nonce: state.nonce, position, marks: fingerprintTexts(fd, position) };
      const text = `${JSON.stringify(head)}\n${encodeState(state)}`;
      // a cache: one that a crash has torn is no state, and is not used
      writeFileAtomic(paths.snapshot, text, { mode: 0o600, durable: false });
      log.snapshotPosition = position;
      log.snapshotSize = text.length;
    } finally {
      closeSync(fd);
    }
  } catch {
    // the next one who folds as much tries again
  }
}

/** What a snapshot says of an open log; undefined where there is none, or it is of another log or another version. */
export function readSnapshot(
  dir: string,
  fd: number,
): { state: SessionState; position: number; size: number } | undefined {
  try {
    const text = readFileSync(sessionPaths(dir).snapshot, 'utf8');
    const newline = text.indexOf('\n');
    const head = JSON.parse(text.slice(0, newline)) as { nonce?: unknown; position?: unknown; marks?: unknown };
    if (typeof head.position !== 'number' || !Number.isSafeInteger(head.position) || head.position < 0)
      return undefined;
    // compared as they are: a hash would need cryptography, which takes longer to load than all of this
    const currentMarks = JSON.stringify(fingerprintTexts(fd, head.position));
    if (fstatSync(fd).size < head.position || JSON.stringify(head.marks) !== currentMarks) return undefined;
    const state = decodeState(text.slice(newline + 1));
    if (state === undefined || state.nonce !== head.nonce) return undefined;
    return { state, position: head.position, size: text.length };
  } catch {
    return undefined;
  }
}

const fingerprintTexts = (fd: number, position: number): string[] =>
  fingerprint(fd, position).map((part) => part.toString('latin1'));
