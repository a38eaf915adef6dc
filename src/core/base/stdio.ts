import { readSync, writeSync } from 'node:fs';

/** How long to sleep where the other side of a pipe is not ready. */
const RETRY_MS = 1;

/**
 * A file descriptor read to its end; undefined above `most` bytes, and then too it is read to the end, since a writer
 * must never meet a closed pipe. At once instead of by events: the streams that those need take Node a tenth of its
 * start. Throws the system's error.
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

/** Writes a whole text. Throws the system's error (EPIPE: nobody reads). */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, 'utf8');
  for (let at = 0; at < bytes.length;) at += retryWhenBusy(() => writeSync(fd, bytes, at));
}

/** A pipe that somebody made non-blocking says EAGAIN where it would have to wait; Windows says EOF for the end. */
function retryWhenBusy(operation: () => number): number {
  for (;;) {
    try {
      return operation();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EOF') return 0;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}
