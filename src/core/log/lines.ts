import { isAscii, isUtf8 } from 'node:buffer';
import { MAX_LINE_BYTES } from '../../protocol/logFormat.ts';

/** A line of the log: its bytes decoded, or why they are damaged. `pos` is the byte offset of its start. */
export type Line = { pos: number; value: unknown } | { pos: number; damage: string };

const NEWLINE = 0x0a;
/** A foreign line somewhat above the writers' limit is still read; far above it, it is skipped unread. */
const MAX_READ_BYTES = 4 * MAX_LINE_BYTES;
/** Deeper values would overflow the stack of whoever walks them (JSON.stringify, a comparison); no event needs a tenth. */
export const MAX_DEPTH = 500;

/** Why a line is damaged, as a person reads it. */
export const DAMAGE = {
  tooLong: `longer than ${MAX_READ_BYTES / 1024} KiB`,
  notUtf8: 'not UTF-8',
  zeros: 'zero bytes, as a crash or a full disk leaves them',
  notJson: 'not JSON: cut off, or run together with another line',
  tooDeep: `nested more than ${MAX_DEPTH} deep`,
} as const;

/**
 * Turns chunks of bytes into lines, whatever the chunk boundaries. Only bytes up to the last newline exist; empty
 * lines are nothing; a line too long to hold is skipped, not buffered.
 */
export class LineReader {
  #rest: Buffer[] = [];
  #restBytes = 0;
  #skipping = false;
  /** Byte offset of the first byte that no line has been made of. */
  position: number;

  constructor(position = 0) {
    this.position = position;
  }

  /** Bytes that follow the last newline seen. */
  get pending(): number {
    return this.#restBytes;
  }

  /** Feeds the bytes that follow those fed before; calls `emit` for each complete line, in order. */
  push(chunk: Buffer, emit: (line: Line) => void): void {
    let start = 0;
    if (this.#restBytes > 0) {
      const end = chunk.indexOf(NEWLINE);
      if (end === -1) return this.#keep(chunk);
      this.#line(chunk.subarray(0, end), emit);
      start = end + 1;
    }
    const last = chunk.lastIndexOf(NEWLINE);
    if (last >= start) this.#lines(chunk.subarray(start, last + 1), emit);
    if (last + 1 < chunk.length) this.#keep(chunk.subarray(Math.max(start, last + 1)));
  }

  /**
   * Whole lines, decoded at once: a newline is a newline in bytes and in text, whatever is between. A line that is not
   * UTF-8 is looked at on its own.
   */
  #lines(bytes: Buffer, emit: (line: Line) => void): void {
    const ascii = isAscii(bytes);
    const texts = bytes.toString(ascii ? 'latin1' : 'utf8').split('\n');
    // after the last newline nothing follows
    texts.pop();
    const base = this.position;
    let at = 0;
    for (const text of texts) {
      const from = at;
      at = ascii ? from + text.length + 1 : bytes.indexOf(NEWLINE, from) + 1;
      this.position = base + at;
      if (text === '') continue;
      if (at - from - 1 > MAX_READ_BYTES) emit({ pos: base + from, damage: DAMAGE.tooLong });
      else if (ascii) parse(text, base + from, emit);
      else decode(text, bytes.subarray(from, at - 1), base + from, emit);
    }
  }

  #keep(bytes: Buffer): void {
    this.#restBytes += bytes.length;
    if (this.#restBytes > MAX_READ_BYTES) {
      this.#skipping = true;
      this.#rest = [];
    }
    if (!this.#skipping) this.#rest.push(Buffer.from(bytes));
  }

  #line(tail: Buffer, emit: (line: Line) => void): void {
    const pos = this.position;
    const length = this.#restBytes + tail.length;
    const bytes = this.#rest.length === 0 ? tail : Buffer.concat([...this.#rest, tail]);
    const skipped = this.#skipping || length > MAX_READ_BYTES;
    this.#rest = [];
    this.#restBytes = 0;
    this.#skipping = false;
    this.position = pos + length + 1;
    if (length === 0) return;
    if (skipped) emit({ pos, damage: DAMAGE.tooLong });
    else decode(bytes.toString('utf8'), bytes, pos, emit);
  }
}

function decode(text: string, bytes: Buffer, pos: number, emit: (line: Line) => void): void {
  if (text.includes('\ufffd') && !isUtf8(bytes)) return emit({ pos, damage: DAMAGE.notUtf8 });
  parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, pos, emit);
}

function parse(text: string, pos: number, emit: (line: Line) => void): void {
  if (isDeep(text)) return emit({ pos, damage: DAMAGE.tooDeep });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // a line of nothing but blanks is nothing
    if (text.trim() !== '') emit({ pos, damage: text.includes('\0') ? DAMAGE.zeros : DAMAGE.notJson });
    return;
  }
  emit({ pos, value });
}

/** Whether brackets outside of texts nest deeper than readers take (by default), with no look at what is valid. */
export function isDeep(text: string, most = MAX_DEPTH): boolean {
  // what is not that long cannot be that deep
  if (text.length <= 2 * most) return false;
  let depth = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (quoted) {
      if (code === 0x5c) i++;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > most) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}
