import { readSync, writeSync } from 'node:fs';
import { sleepSync } from '#core/base/sleep.ts';

/** Pause before a retry while the other side of a pipe is not ready. */
const RETRY_MS = 1;

/**
 * The bytes of a file descriptor; undefined where there are more than `maxBytes`, but it is read to its end even then,
 * since the writer must not find a closed pipe. Synchronous: loading streams would cost a tenth of Node's start time.
 * Throws the system's error.
 */
export function readAll(fd: number, maxBytes: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(1 << 16);
    const length = retryWhenBusy(() => readSync(fd, chunk));
    if (length === 0) break;
    bytes += length;
    if (bytes <= maxBytes) chunks.push(chunk.subarray(0, length));
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks);
}

/** Writes a whole text. Throws the system's error (EPIPE where the reader is gone). */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length;) at += retryWhenBusy(() => writeSync(fd, bytes, at));
}

/** A pipe that another program made non-blocking gives EAGAIN where it would have to wait; Windows gives EOF at its end. */
function retryWhenBusy(operation: () => number): number {
  for (;;) {
    try {
      return operation();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      sleepSync(RETRY_MS);
    }
  }
}
