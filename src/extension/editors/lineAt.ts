import { closeSync, openSync, readSync } from 'node:fs';

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 10;

/** The number, from 0, of the line that holds byte `pos` of a file. Reads no more than up to there. */
export function lineAt(path: string, pos: number): number {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(1, pos)));
    let line = 0;
    for (let at = 0; at < pos;) {
      const read = readSync(file, chunk, 0, Math.min(chunk.length, pos - at), at);
      if (read === 0) break;
      for (let i = chunk.indexOf(NEWLINE); i !== -1 && i < read; i = chunk.indexOf(NEWLINE, i + 1)) line++;
      at += read;
    }
    return line;
  } finally {
    closeSync(file);
  }
}
