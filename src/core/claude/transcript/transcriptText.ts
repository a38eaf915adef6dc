import { masked } from '#core/base/masking.ts';
import { truncate } from '#core/base/text.ts';
import type { Line } from '#core/log/lineReader.ts';
import { visibleText, withoutColours } from '#protocol/hiddenText.ts';
import { readEntry } from './entry.ts';
import { inputText, readParts, type TranscriptPart } from './parts.ts';
import { TranscriptEnd } from './transcriptEnd.ts';

/** The part of a transcript that is read, and the text that is kept of it. */
const MAX_BYTES = 8 << 20;
const MAX_CHARS = 2_000_000;
/** Longer parts are cut: most of them are files that Claude has read. */
const MAX_PART_CHARS = 20_000;

/** The words of the text in the person's language. */
export interface TranscriptWords {
  prompt: string;
  /** Words of Claude. */
  words: string;
  note: string;
  result: string;
  failed: string;
  /** `{0}` characters are left out. */
  cut: (chars: number) => string;
  /** A line that is no JSON, and why. */
  damaged: (reason: string) => string;
}

/** What one line of a transcript became, with the number of lines that it has. */
interface Paragraph {
  ts: number | undefined;
  text: string;
  lines: number;
}

/**
 * A transcript as a text to read: prompts, words, calls and results, each with its time. What others wrote is indented, so that
 * none of it can look like a heading; secrets are masked, hidden characters are written out. Of a long one the last part.
 */
export class TranscriptText {
  readonly #words: TranscriptWords;
  readonly #end: TranscriptEnd;
  #paragraphs: Paragraph[] = [];
  #chars = 0;
  #day = '';
  /** How many lines were read, and how many of them are in no known form. */
  counts = { lines: 0, unknown: 0 };
  /** The beginning is not in the text. */
  cut = false;
  missing = false;
  /** Bytes of the file. */
  bytes = 0;

  constructor(path: string, words: TranscriptWords) {
    this.#words = words;
    this.#end = new TranscriptEnd(
      path,
      MAX_BYTES,
      (line) => this.#add(line),
      () => this.#clear(),
    );
  }

  /** Reads what is new; returns whether the text has changed. */
  async read(): Promise<boolean> {
    const wasMissing = this.missing;
    const { missing, skippedBytes, bytes, changed } = await this.#end.read();
    this.missing = missing;
    if (missing) return !wasMissing;
    this.bytes = bytes;
    this.cut ||= skippedBytes > 0;
    return changed || wasMissing;
  }

  get text(): string {
    return this.#paragraphs.map(({ text }) => text).join('\n');
  }

  /** The line, from 0, of what was written last at a time or before it; the first line where all of it is later. */
  lineAt(ts: number): number {
    let [line, found] = [0, 0];
    for (const paragraph of this.#paragraphs) {
      if (paragraph.ts !== undefined && paragraph.ts <= ts) found = line;
      line += paragraph.lines;
    }
    return found;
  }

  #clear(): void {
    this.#paragraphs = [];
    this.#chars = 0;
    this.#day = '';
    this.counts = { lines: 0, unknown: 0 };
    this.cut = false;
  }

  #add(line: Line): void {
    this.counts.lines++;
    if ('damage' in line) {
      this.counts.unknown++;
      this.#push(undefined, indented(`[${this.#words.damaged(line.damage)}]`));
      return;
    }
    if (readEntry(line.value) === undefined) this.counts.unknown++;
    for (const part of readParts(line.value)) this.#push(part.ts, this.#paragraph(part));
  }

  #paragraph(part: TranscriptPart): string {
    const { ts } = part;
    const time = ts === undefined ? '' : new Date(ts);
    const day = time && `${dayOf(time)}\n\n`;
    const isNewDay = day !== '' && day !== this.#day;
    if (isNewDay) this.#day = day;
    const heading = [time && timeOf(time), this.#heading(part)].filter(Boolean).join('  ');
    return `${isNewDay ? day : ''}${heading}\n${indented(this.#body(part))}\n`;
  }

  #heading(part: TranscriptPart): string {
    const { prompt, words, note, result, failed } = this.#words;
    if (part.kind === 'call') return inert(part.tool, 100).replaceAll('\n', ' ');
    if (part.kind === 'result') return part.failed ? `${result}: ${failed}` : result;
    return { prompt, words, note }[part.kind];
  }

  #body(part: TranscriptPart): string {
    const whole = part.kind === 'call' ? inputText(part.tool, part.input) : part.text;
    const left = whole.length - MAX_PART_CHARS;
    const text = inert(whole, MAX_PART_CHARS);
    return left > 0 ? `${text}\n[${this.#words.cut(left)}]` : text;
  }

  #push(ts: number | undefined, text: string): void {
    this.#paragraphs.push({ ts, text, lines: text.split('\n').length });
    this.#chars += text.length;
    // a good deal at once, since the others move
    if (this.#chars < 1.2 * MAX_CHARS) return;
    let first = 0;
    while (this.#chars > MAX_CHARS) this.#chars -= this.#paragraphs[first++]?.text.length ?? 0;
    this.#paragraphs = this.#paragraphs.slice(first);
    this.cut = true;
  }
}

/** Masked before it is cut, since half a secret is not recognised as one. */
const inert = (text: string, maxChars: number): string =>
  visibleText(withoutColours(truncate(masked(truncate(text, 2 * maxChars)), maxChars)));

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : `    ${line}`))
    .join('\n');

const two = (n: number): string => String(n).padStart(2, '0');
const dayOf = (time: Date): string => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
const timeOf = (time: Date): string => [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
