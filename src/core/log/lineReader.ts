import { isAscii, isUtf8 } from 'node:buffer';
import { MAX_LINE_BYTES } from '#protocol/parseEvent.ts';
import { isDeep, MAX_DEPTH } from '#core/base/depth.ts';

/** A line of the log: its decoded value, or why it is damaged. `pos` is the byte offset of its start. */
export type Line = { pos: number; value: unknown } | { pos: number; damage: string };

const NEWLINE = 0x0a;
/** The beginning of a line by which it may be skipped. */
const MAX_START_BYTES = 512;
/** Lines of other writers that exceed the writers' limit are read up to this size, and skipped above it. */
const MAX_READ_BYTES = 4 * MAX_LINE_BYTES;

/** The reasons why a line is damaged, for people. */
export const DAMAGE = {
  tooLong: `longer than ${MAX_READ_BYTES / 1024} KiB`,
  notUtf8: 'not UTF-8',
  zeros: 'zero bytes, as a crash or a full disk leaves them',
  notJson: 'not JSON: cut off, or run together with another line',
  tooDeep: `nested more than ${MAX_DEPTH} deep`,
} as const;

/**
 * Turns chunks of bytes into lines, whatever the chunk boundaries. Bytes after the last newline wait for the next
 * chunk; empty lines are dropped; a line above the size limit is skipped, not buffered.
 */
export class LineReader {
  #partial: Buffer[] = [];
  #partialBytes = 0;
  #skipping = false;
  readonly #isSkipped: ((start: string) => boolean) | undefined;
  /** Byte offset after the last complete line. */
  position: number;

  /** @param isSkipped whether a line of no use begins so: it is not decoded */
  constructor(position = 0, isSkipped?: (start: string) => boolean) {
    this.position = position;
    this.#isSkipped = isSkipped;
  }

  /** Byte offset after the last chunk. */
  get end(): number {
    return this.position + this.#partialBytes;
  }

  /** Takes the bytes that follow the previous chunk and calls `emit` for each complete line, in order. */
  push(chunk: Buffer, emit: (line: Line) => void): void {
    let start = 0;
    if (this.#partialBytes > 0) {
      const end = chunk.indexOf(NEWLINE);
      if (end === -1) return this.#buffer(chunk);
      this.#emitPartial(chunk.subarray(0, end), emit);
      start = end + 1;
    }
    const last = chunk.lastIndexOf(NEWLINE);
    if (last >= start) this.#emitLines(chunk.subarray(start, last + 1), emit);
    if (last + 1 < chunk.length) this.#buffer(chunk.subarray(Math.max(start, last + 1)));
  }

  /**
   * Decodes whole lines at once: UTF-8 has the newline byte in no other character. A line that is not valid UTF-8, or has
   * a zero byte, is decoded again on its own.
   */
  #emitLines(bytes: Buffer, emit: (line: Line) => void): void {
    const ascii = isAscii(bytes);
    const plain = ascii && !bytes.includes(0);
    const texts = bytes.toString(ascii ? 'latin1' : 'utf8').split('\n');
    // the last part is the empty text after the last newline
    texts.pop();
    const base = this.position;
    let offset = 0;
    for (const text of texts) {
      const lineStart = offset;
      offset = ascii ? lineStart + text.length + 1 : bytes.indexOf(NEWLINE, lineStart) + 1;
      this.position = base + offset;
      if (text === '' || this.#isSkipped?.(text) === true) continue;
      if (offset - lineStart - 1 > MAX_READ_BYTES) emit({ pos: base + lineStart, damage: DAMAGE.tooLong });
      else if (plain) parse(text, base + lineStart, emit);
      else decode(text, bytes.subarray(lineStart, offset - 1), base + lineStart, emit);
    }
  }

  #buffer(bytes: Buffer): void {
    this.#partialBytes += bytes.length;
    if (this.#partialBytes > MAX_READ_BYTES) {
      this.#skipping = true;
      this.#partial = [];
    }
    if (!this.#skipping) this.#partial.push(Buffer.from(bytes));
  }

  #emitPartial(tail: Buffer, emit: (line: Line) => void): void {
    const pos = this.position;
    const length = this.#partialBytes + tail.length;
    const bytes = this.#partial.length === 0 ? tail : Buffer.concat([...this.#partial, tail]);
    const skipped = this.#skipping || length > MAX_READ_BYTES;
    this.#partial = [];
    this.#partialBytes = 0;
    this.#skipping = false;
    this.position = pos + length + 1;
    if (length === 0 || this.#isSkipped?.(bytes.toString('latin1', 0, MAX_START_BYTES)) === true) return;
    if (skipped) emit({ pos, damage: DAMAGE.tooLong });
    else decode(bytes.toString('utf8'), bytes, pos, emit);
  }
}

function decode(text: string, bytes: Buffer, pos: number, emit: (line: Line) => void): void {
  const wide = text.includes('\0') ? fromUtf16(bytes) : undefined;
  if (wide !== undefined) return parse(wide, pos, emit);
  if (text.includes('\ufffd') && !isUtf8(bytes)) return emit({ pos, damage: DAMAGE.notUtf8 });
  parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text, pos, emit);
}

/**
 * The text of a line in UTF-16, as `>>` of Windows PowerShell 5 appends it, with or without a mark: the second byte of the
 * line break before it is its first one. Undefined where it is no such line.
 */
export function fromUtf16(bytes: Buffer): string | undefined {
  const start = bytes[0] === 0 ? 1 : 0;
  const from = bytes[start] === 0xff && bytes[start + 1] === 0xfe ? start + 2 : start;
  if ((bytes.length - from) % 2 === 1) return undefined;
  const text = bytes.toString('utf16le', from).trim();
  return text.startsWith('{') || text === '' ? text : undefined;
}

function parse(text: string, pos: number, emit: (line: Line) => void): void {
  if (isDeep(text)) return emit({ pos, damage: DAMAGE.tooDeep });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // a line of blanks counts as empty
    if (text.trim() !== '') emit({ pos, damage: text.includes('\0') ? DAMAGE.zeros : DAMAGE.notJson });
    return;
  }
  emit({ pos, value });
}
