import type { HeldSpan, MarkKind, StateSpan, TimelineMark, TimelineSpan } from '#protocol/timeline.ts';
import { ellipsize } from '#core/base/text.ts';
import {
  downsampleMarks,
  downsampleSpans,
  isPinnedMark,
  isPinnedSpan,
  mergeAnnotations,
  type Retention,
} from './downsampling.ts';

/** The byte offset of an item's line in the log, and the newest timestamp up to it (epoch ms). */
export interface LogPosition {
  pos: number;
  ts: number;
}

/** The texts of an item at full length; a lane truncates them. */
export type Annotation = Pick<TimelineSpan, 'label' | 'text' | 'block' | 'awaits'>;

/** Each thing held at the same time has a row of its own, up to this number; further ones share the last row. */
const MAX_ROWS = 12;
/** A lane with more mergeable items than this is downsampled. It is more than a screen has columns. */
const MAX_MERGEABLE = 2000;
const MAX_LABEL_CHARS = 80;
export const MAX_TEXT_CHARS = 240;

/** States that are shown even if they took no time. */
const SHOWN_WITHOUT_DURATION: readonly StateSpan[] = ['waiting', 'held', 'denied'];

/** A span that has not ended, for the caller to close. */
export interface OpenSpan {
  row: Row;
  span: TimelineSpan;
}

interface Row {
  spans: TimelineSpan[];
  /** The number of open spans: one at most, except in the last row, which several may share. */
  openCount: number;
}

/** The number of items of each retention. */
export type Tally = Record<Retention, number>;

/** The states of one agent, and the things that it held, as rows of spans without overlap; single events as marks. */
export class Lane {
  readonly #total: Tally;
  readonly #own: Tally = { mergeable: 0, pinned: 0 };
  readonly #resolution: Tally = { mergeable: 0, pinned: 0 };
  readonly #stateSpans: TimelineSpan[] = [];
  readonly #heldRows: Row[] = [];
  #marks: TimelineMark[] = [];
  #currentSpan: TimelineSpan | undefined;

  /** @param total the tally of all lanes, in which this lane counts its items, too */
  constructor(total: Tally) {
    this.#total = total;
  }

  /** Items shorter than this many ms may have been merged. */
  get resolutionMs(): number {
    return Math.max(this.#resolution.mergeable, this.#resolution.pinned);
  }

  get rows(): TimelineSpan[][] {
    return [this.#stateSpans, ...this.#heldRows.map(({ spans }) => spans)];
  }

  get marks(): TimelineMark[] {
    return this.#marks;
  }

  /** Ends the current state and begins another one; undefined begins none. */
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

  /** Begins a span in a row beside the states. */
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

  closeSpan({ row, span }: OpenSpan, { ts }: LogPosition, ended?: TimelineSpan['ended']): void {
    row.openCount--;
    if (row.openCount > 0) return;
    span.to = ts;
    if (ended !== undefined && span.count === undefined) span.ended = ended;
  }

  /** @param to for a handoff: the lane that it goes to */
  addMark(kind: MarkKind, { pos, ts }: LogPosition, annotation: Annotation = {}, to?: string): void {
    this.#marks.push({ kind, at: ts, pos, ...truncateAnnotation(annotation), to });
    this.#count(isPinnedMark(kind) ? 'pinned' : 'mergeable', 1);
    this.#limitMergeable(ts);
  }

  /** Merges items so that each bucket of `resolutionMs` has at most one of a kind. */
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

  /** Sets the timestamp of items that came before the log's first timestamp. */
  setStartTs(ts: number): void {
    for (const span of this.rows.flat()) {
      span.from ||= ts;
      if (span.to === 0) span.to = ts;
    }
    for (const mark of this.#marks) mark.at ||= ts;
  }

  #freeRow(): Row {
    const free = this.#heldRows.find((row) => row.openCount === 0);
    if (free !== undefined) return free;
    if (this.#heldRows.length < MAX_ROWS) this.#heldRows.push({ spans: [], openCount: 0 });
    return this.#heldRows.at(-1) as Row;
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

  /** Downsamples this lane alone if it is busy, so that it does not make all other lanes coarse. */
  #limitMergeable(ts: number): void {
    if (this.#own.mergeable <= MAX_MERGEABLE) return;
    const first = this.#stateSpans[0]?.from ?? this.#marks[0]?.at ?? ts;
    this.downsample('mergeable', this.#resolution.mergeable);
    while (this.#own.mergeable > MAX_MERGEABLE / 2 && this.#resolution.mergeable <= ts - first)
      this.downsample('mergeable', nextResolution(this.#resolution.mergeable, ts - first));
  }
}

/** The first downsampling divides a log into this many buckets. */
const INITIAL_BUCKETS = 4096;

/** The next coarser resolution for a log of this length, a multiple of the last one. All in ms. */
export const nextResolution = (resolutionMs: number, lengthMs: number): number =>
  Math.max(2 * resolutionMs, 2 ** Math.ceil(Math.log2(Math.max(1, lengthMs) / INITIAL_BUCKETS)), 1);

function truncateAnnotation({ label, text, block, awaits }: Annotation): Annotation {
  return {
    label: label ? ellipsize(label, MAX_LABEL_CHARS) : undefined,
    text: text ? ellipsize(text, MAX_TEXT_CHARS) : undefined,
    block,
    awaits,
  };
}
