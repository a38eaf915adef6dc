import type { HeldSpan, MarkKind, StateSpan, TimelineMark, TimelineSpan } from '../../protocol/timeline.ts';
import { isKeptMark, isKeptSpan, joinSaid, thinMarks, thinSpans, type Which } from './thinning.ts';

/** Where an item stands: the line that says it, and the newest time of the log there. */
export interface Place {
  pos: number;
  ts: number;
}

/** What is said about an item, whole; long texts are cut here. */
export interface Said {
  label?: string | undefined;
  text?: string | undefined;
  /** Of a lock. */
  block?: string | undefined;
}

/** Beside what a worker did, so many things that it had at once have a row each; more share the last one. */
const MOST_ROWS = 12;
/** So many items that may be drawn together a lane has before they are: more than a screen has columns. */
const MOST_LOOSE = 2000;
const LONGEST_LABEL = 80;
const LONGEST_TEXT = 240;

/** States that are worth a line in the table though they took no time. */
const SAID_ANYWAY: readonly StateSpan[] = ['waiting', 'held', 'denied'];

/** A span that lasts, to be ended by who began it. */
export interface Lasting {
  row: Row;
  span: TimelineSpan;
}

interface Row {
  spans: TimelineSpan[];
  /** How many last in it at present: one at most, but in the last row. */
  lasting: number;
}

/** How many items there are: those that may be drawn together, and those that are kept one by one. */
export type Tally = Record<Which, number>;

/** What one who acts did and had, as rows of spans that never overlap, and what happened as marks. */
export class Lane {
  readonly #all: Tally;
  readonly #own: Tally = { loose: 0, kept: 0 };
  readonly #grain: Tally = { loose: 0, kept: 0 };
  readonly #did: TimelineSpan[] = [];
  readonly #had: Row[] = [];
  #marks: TimelineMark[] = [];
  #present: TimelineSpan | undefined;

  /** @param all the tally of all lanes, in which this one counts its own, too */
  constructor(all: Tally) {
    this.#all = all;
  }

  /** What is shorter than so many ms may have been drawn together. */
  get grainMs(): number {
    return Math.max(this.#grain.loose, this.#grain.kept);
  }

  get rows(): TimelineSpan[][] {
    return [this.#did, ...this.#had.map(({ spans }) => spans)];
  }

  get marks(): TimelineMark[] {
    return this.#marks;
  }

  /** From here on it does this; or nothing. */
  turn(kind: StateSpan | undefined, { pos, ts }: Place, whole: Said = {}): void {
    const before = this.#present;
    const said = cut(whole);
    if (before?.kind === kind && before?.label === said.label) return;
    if (before !== undefined) {
      before.to = ts;
      if (before.from === ts && !SAID_ANYWAY.includes(before.kind as StateSpan)) {
        this.#did.pop();
        this.#count('loose', -1);
      }
    }
    this.#present = undefined;
    if (kind === undefined) return;
    const last = this.#did.at(-1);
    if (last?.kind === kind && last.to === ts && last.label === said.label && last.count === undefined) {
      delete last.to;
      this.#present = last;
      return;
    }
    const span: TimelineSpan = { kind, from: ts, pos, ...said };
    this.#present = span;
    this.#add(this.#did, span);
  }

  /** From here on it has this, too, until that is ended. */
  begin(kind: HeldSpan, { pos, ts }: Place, said: Said): Lasting {
    const row = this.#freeRow();
    row.lasting++;
    const last = row.spans.at(-1);
    if (row.lasting > 1 && last !== undefined) {
      joinSaid(last, cut(said));
      if (kind === 'block' && !isKeptSpan(last)) {
        last.kind = 'block';
        this.#count('loose', -1);
        this.#count('kept', 1);
      }
      return { row, span: last };
    }
    const span: TimelineSpan = { kind, from: ts, pos, ...cut(said) };
    this.#add(row.spans, span);
    return { row, span };
  }

  /** It lasts no longer. */
  end({ row, span }: Lasting, { ts }: Place, ended?: TimelineSpan['ended']): void {
    row.lasting--;
    if (row.lasting > 0) return;
    span.to = ts;
    if (ended !== undefined && span.count === undefined) span.ended = ended;
  }

  /** @param to of a handoff: whom it is for */
  mark(kind: MarkKind, { pos, ts }: Place, said: Said = {}, to?: string): void {
    this.#marks.push({ kind, at: ts, pos, ...cut(said), ...(to === undefined ? {} : { to }) });
    this.#count(isKeptMark(kind) ? 'kept' : 'loose', 1);
    this.#bound(ts);
  }

  /** Draws together what is close together: every `grainMs` of time has one item of a kind. */
  thin(which: Which, grainMs: number): void {
    if (grainMs < this.#grain[which] || grainMs === 0) return;
    this.#grain[which] = grainMs;
    const before = this.#marks.length;
    this.#marks = thinMarks(this.#marks, which, grainMs);
    const gone = this.rows.reduce((sum, spans) => sum + thinSpans(spans, which, grainMs), before - this.#marks.length);
    this.#count(which, -gone);
  }

  /** The first time is known only now: what was said before has it, too. */
  startAt(ts: number): void {
    for (const span of this.rows.flat()) {
      span.from ||= ts;
      if (span.to === 0) span.to = ts;
    }
    for (const mark of this.#marks) mark.at ||= ts;
  }

  #freeRow(): Row {
    const free =
      this.#had.find((row) => row.lasting === 0) ?? (this.#had.length < MOST_ROWS ? undefined : this.#had.at(-1));
    if (free !== undefined) return free;
    const row = { spans: [], lasting: 0 };
    this.#had.push(row);
    return row;
  }

  #add(spans: TimelineSpan[], span: TimelineSpan): void {
    spans.push(span);
    this.#count(isKeptSpan(span) ? 'kept' : 'loose', 1);
    this.#bound(span.from);
  }

  #count(which: Which, by: number): void {
    this.#own[which] += by;
    this.#all[which] += by;
  }

  /** So that one busy lane does not make all others coarse. */
  #bound(ts: number): void {
    if (this.#own.loose <= MOST_LOOSE) return;
    const first = this.#did[0]?.from ?? this.#marks[0]?.at ?? ts;
    this.thin('loose', this.#grain.loose);
    while (this.#own.loose > MOST_LOOSE / 2 && this.#grain.loose <= ts - first)
      this.thin('loose', nextGrain(this.#grain.loose, ts - first));
  }
}

/** So many grains a log has when it is thinned for the first time. */
const GRAINS = 4096;

/** The next coarser grain for a log of that length; each is a multiple of the one before. Milliseconds. */
export const nextGrain = (grainMs: number, lengthMs: number): number =>
  Math.max(2 * grainMs, 2 ** Math.ceil(Math.log2(Math.max(1, lengthMs) / GRAINS)), 1);

function cut({ label, text, block }: Said): Cut {
  const said: Cut = {};
  if (label !== undefined && label !== '') said.label = short(label, LONGEST_LABEL);
  if (text !== undefined && text !== '') said.text = short(text, LONGEST_TEXT);
  if (block !== undefined) said.block = block;
  return said;
}

type Cut = Pick<TimelineSpan, 'label' | 'text' | 'block'>;

const short = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most)}…` : text);
