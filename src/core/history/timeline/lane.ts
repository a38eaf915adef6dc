import type { HeldSpan, MarkKind, StateSpan, TimelineMark, TimelineSpan } from '#protocol/timeline.ts';
import {
  isPinnedMark,
  isPinnedSpan,
  mergeAnnotations,
  downsampleMarks,
  downsampleSpans,
  type Retention,
} from './downsampling.ts';

/** Where an item stands: the line that says it, and the newest time of the log there. */
export interface LogPosition {
  pos: number;
  ts: number;
}

/** What is said about an item, whole; long texts are cut here. */
export interface Annotation {
  label?: string | undefined;
  text?: string | undefined;
  /** Of a lock. */
  block?: string | undefined;
}

/** Beside what a worker did, so many things that it had at once have a row each; more share the last one. */
const MAX_ROWS = 12;
/** So many items that may be drawn together a lane has before they are: more than a screen has columns. */
const MAX_MERGEABLE = 2000;
const MAX_LABEL_CHARS = 80;
const MAX_TEXT_CHARS = 240;

/** States that are worth a line in the table though they took no time. */
const SHOWN_WITHOUT_DURATION: readonly StateSpan[] = ['waiting', 'held', 'denied'];

/** A span that lasts, to be ended by who began it. */
export interface OpenSpan {
  row: Row;
  span: TimelineSpan;
}

interface Row {
  spans: TimelineSpan[];
  /** How many last in it at present: one at most, but in the last row. */
  openCount: number;
}

/** How many items there are: those that may be drawn together, and those that are kept one by one. */
export type Tally = Record<Retention, number>;

/** What one who acts did and had, as rows of spans that never overlap, and what happened as marks. */
export class Lane {
  readonly #total: Tally;
  readonly #own: Tally = { mergeable: 0, pinned: 0 };
  readonly #resolution: Tally = { mergeable: 0, pinned: 0 };
  readonly #stateSpans: TimelineSpan[] = [];
  readonly #heldRows: Row[] = [];
  #marks: TimelineMark[] = [];
  #currentSpan: TimelineSpan | undefined;

  /** @param total the tally of all lanes, in which this one counts its own, too */
  constructor(total: Tally) {
    this.#total = total;
  }

  /** What is shorter than so many ms may have been drawn together. */
  get resolutionMs(): number {
    return Math.max(this.#resolution.mergeable, this.#resolution.pinned);
  }

  get rows(): TimelineSpan[][] {
    return [this.#stateSpans, ...this.#heldRows.map(({ spans }) => spans)];
  }

  get marks(): TimelineMark[] {
    return this.#marks;
  }

  /** From here on it does this; or nothing. */
  setState(kind: StateSpan | undefined, { pos, ts }: LogPosition, annotation: Annotation = {}): void {
    const current = this.#currentSpan;
    const truncated = truncateAnnotation(annotation);
    if (current?.kind === kind && current?.label === truncated.label) return;
    if (current !== undefined) {
      current.to = ts;
      if (current.from === ts && !SHOWN_WITHOUT_DURATION.includes(current.kind as StateSpan)) {
        this.#stateSpans.pop();
        this.#count('mergeable', -1);
      }
    }
    this.#currentSpan = undefined;
    if (kind === undefined) return;
    const last = this.#stateSpans.at(-1);
    if (last?.kind === kind && last.to === ts && last.label === truncated.label && last.count === undefined) {
      delete last.to;
      this.#currentSpan = last;
      return;
    }
    const span: TimelineSpan = { kind, from: ts, pos, ...truncated };
    this.#currentSpan = span;
    this.#add(this.#stateSpans, span);
  }

  /** From here on it has this, too, until that is ended. */
  openSpan(kind: HeldSpan, { pos, ts }: LogPosition, annotation: Annotation): OpenSpan {
    const row = this.#freeRow();
    row.openCount++;
    const last = row.spans.at(-1);
    if (row.openCount > 1 && last !== undefined) {
      mergeAnnotations(last, truncateAnnotation(annotation));
      if (kind === 'block' && !isPinnedSpan(last)) {
        last.kind = 'block';
        this.#count('mergeable', -1);
        this.#count('pinned', 1);
      }
      return { row, span: last };
    }
    const span: TimelineSpan = { kind, from: ts, pos, ...truncateAnnotation(annotation) };
    this.#add(row.spans, span);
    return { row, span };
  }

  /** It lasts no longer. */
  closeSpan({ row, span }: OpenSpan, { ts }: LogPosition, ended?: TimelineSpan['ended']): void {
    row.openCount--;
    if (row.openCount > 0) return;
    span.to = ts;
    if (ended !== undefined && span.count === undefined) span.ended = ended;
  }

  /** @param to of a handoff: whom it is for */
  addMark(kind: MarkKind, { pos, ts }: LogPosition, annotation: Annotation = {}, to?: string): void {
    this.#marks.push({ kind, at: ts, pos, ...truncateAnnotation(annotation), ...(to === undefined ? {} : { to }) });
    this.#count(isPinnedMark(kind) ? 'pinned' : 'mergeable', 1);
    this.#limitMergeable(ts);
  }

  /** Draws together what is close together: every `grainMs` of time has one item of a kind. */
  downsample(retention: Retention, resolutionMs: number): void {
    if (resolutionMs < this.#resolution[retention] || resolutionMs === 0) return;
    this.#resolution[retention] = resolutionMs;
    const before = this.#marks.length;
    this.#marks = downsampleMarks(this.#marks, retention, resolutionMs);
    const removed = this.rows.reduce(
      (sum, spans) => sum + downsampleSpans(spans, retention, resolutionMs),
      before - this.#marks.length,
    );
    this.#count(retention, -removed);
  }

  /** The first time is known only now: what was said before has it, too. */
  setStartTs(ts: number): void {
    for (const span of this.rows.flat()) {
      span.from ||= ts;
      if (span.to === 0) span.to = ts;
    }
    for (const mark of this.#marks) mark.at ||= ts;
  }

  #freeRow(): Row {
    const free =
      this.#heldRows.find((row) => row.openCount === 0) ??
      (this.#heldRows.length < MAX_ROWS ? undefined : this.#heldRows.at(-1));
    if (free !== undefined) return free;
    const row = { spans: [], openCount: 0 };
    this.#heldRows.push(row);
    return row;
  }

  #add(spans: TimelineSpan[], span: TimelineSpan): void {
    spans.push(span);
    this.#count(isPinnedSpan(span) ? 'pinned' : 'mergeable', 1);
    this.#limitMergeable(span.from);
  }

  #count(retention: Retention, by: number): void {
    this.#own[retention] += by;
    this.#total[retention] += by;
  }

  /** So that one busy lane does not make all others coarse. */
  #limitMergeable(ts: number): void {
    if (this.#own.mergeable <= MAX_MERGEABLE) return;
    const first = this.#stateSpans[0]?.from ?? this.#marks[0]?.at ?? ts;
    this.downsample('mergeable', this.#resolution.mergeable);
    while (this.#own.mergeable > MAX_MERGEABLE / 2 && this.#resolution.mergeable <= ts - first)
      this.downsample('mergeable', nextResolution(this.#resolution.mergeable, ts - first));
  }
}

/** So many grains a log has when it is thinned for the first time. */
const INITIAL_BUCKETS = 4096;

/** The next coarser grain for a log of that length; each is a multiple of the one before. Milliseconds. */
export const nextResolution = (resolutionMs: number, lengthMs: number): number =>
  Math.max(2 * resolutionMs, 2 ** Math.ceil(Math.log2(Math.max(1, lengthMs) / INITIAL_BUCKETS)), 1);

function truncateAnnotation({ label, text, block }: Annotation): TruncatedAnnotation {
  const truncated: TruncatedAnnotation = {};
  if (label !== undefined && label !== '') truncated.label = truncate(label, MAX_LABEL_CHARS);
  if (text !== undefined && text !== '') truncated.text = truncate(text, MAX_TEXT_CHARS);
  if (block !== undefined) truncated.block = block;
  return truncated;
}

type TruncatedAnnotation = Pick<TimelineSpan, 'label' | 'text' | 'block'>;

const truncate = (text: string, maxChars: number): string =>
  text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
