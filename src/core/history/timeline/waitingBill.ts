import { CONDUCTOR } from '#protocol/ids.ts';
import type { TimelineLane, TimelineSpan, TimelineView } from '#protocol/timeline.ts';
import type { BillPart, WaitingBill } from '#protocol/waitingBill.ts';

/** A tool call of Claude's own by its transcript; without an end it is still open. */
export interface CallSpan {
  tool: string;
  from: number;
  to?: number | undefined;
}

/** A piece of the path, in epoch ms. `saved` is what of it would not have been without it; all of it where left out. */
interface Piece extends Pick<BillPart, 'kind' | 'name' | 'pos'> {
  from: number;
  to: number;
  saved?: number;
}

type Interval = Pick<Piece, 'from' | 'to'>;

/** A ring of workers that wait for each other is not followed any further than this. */
const MAX_DEPTH = 20;

/**
 * What the time of a session went into, along its critical path. Pure; the parts add up to the whole exactly.
 * @param calls the calls of Claude's own transcript, in the order of their beginnings; without them its work is one part
 */
export function waitingBill(
  view: Pick<TimelineView, 'lanes' | 'startTs' | 'endTs' | 'generatedTs'> & { session: { live: boolean } },
  calls?: readonly CallSpan[],
): WaitingBill {
  const start = view.startTs;
  const end = Math.max(start, view.session.live ? Math.max(view.endTs, view.generatedTs) : view.endTs);
  const path = new CriticalPath(view.lanes, end, calls);
  const pieces = path.ofConductor({ from: start, to: end });
  const parts = new Map<string, BillPart & { longest: number }>();
  for (const { kind, name, pos, from, to, saved = to - from } of pieces) {
    if (to <= from) continue;
    const key = `${kind} ${name ?? ''}`;
    const part = parts.get(key) ?? { kind, name, ms: 0, savedMs: 0, from, pos, longest: 0 };
    part.ms += to - from;
    part.savedMs += Math.min(saved, to - from);
    if (to - from > part.longest) Object.assign(part, { longest: to - from, from, pos });
    parts.set(key, part);
  }
  return {
    totalMs: end - start,
    parts: [...parts.values()].map(({ longest: _longest, ...part }) => part).toSorted((a, b) => b.ms - a.ms),
  };
}

/** The lanes of a timeline, and who kept the Conductor, or a worker that it waited for, from going on. */
class CriticalPath {
  readonly #lanes: ReadonlyMap<string, TimelineLane>;
  readonly #end: number;
  readonly #calls: readonly CallSpan[] | undefined;
  /** The times at which each worker was there, from its beginning to its end or to where it fell idle; the first to end first. */
  readonly #work: (Interval & { id: string })[];
  #nextWork = 0;
  #nextCall = 0;

  constructor(lanes: readonly TimelineLane[], end: number, calls: readonly CallSpan[] | undefined) {
    this.#lanes = new Map(lanes.map((lane) => [lane.id, lane]));
    this.#end = end;
    this.#calls = calls;
    this.#work = lanes
      .filter(({ id }) => id !== CONDUCTOR)
      .flatMap((lane) => stretches(lane, end))
      .filter(({ from, to }) => to > from)
      .toSorted((a, b) => a.to - b.to);
  }

  /** The pieces of an interval of the Conductor, without a gap. */
  ofConductor(whole: Interval): Piece[] {
    return this.#divide(CONDUCTOR, whole, (span, part) => {
      if (span === undefined || span.kind === 'idle') return this.#ofIdle(part, span?.pos ?? 0);
      if (span.awaits !== undefined) return this.#ofAwaited(span, part, 0);
      if (span.kind === 'held') return [{ kind: 'answer', pos: span.pos, ...part }];
      return this.#ofWork(span, part);
    });
  }

  /** Claude is idle: the worker that ends last before the next turn is what it waits for, then the person. */
  #ofIdle(part: Interval, pos: number): Piece[] {
    const work = this.#work;
    // the parts of the Conductor come in the order of time, so what has ended before is over for good
    while ((work[this.#nextWork]?.to ?? Infinity) <= part.from) this.#nextWork++;
    let ended = this.#nextWork;
    while ((work[ended]?.to ?? Infinity) <= part.to) ended++;
    const last = ended > this.#nextWork ? work[ended - 1] : undefined;
    const second = ended - 1 > this.#nextWork ? work[ended - 2] : undefined;
    if (last === undefined) return [{ kind: 'prompt', pos, ...part }];
    const worked = { from: part.from, to: last.to };
    // without it the next one would have been waited for
    const saved = last.to - Math.max(part.from, second?.to ?? part.from);
    const pieces = this.#ofWorker(last.id, worked, 0);
    return [...limitSaved(pieces, saved), { kind: 'prompt', pos, from: last.to, to: part.to }];
  }

  #ofAwaited({ awaits, pos }: TimelineSpan, part: Interval, depth: number): Piece[] {
    if (awaits === undefined) return [{ kind: 'answer', pos, ...part }];
    const { kind, name } = awaits;
    if (kind === 'worker' && name !== undefined) return this.#ofWorker(name, part, depth + 1, pos);
    return [{ kind, name, pos, ...part }];
  }

  /** What kept a worker from going on, while it was waited for. */
  #ofWorker(id: string, whole: Interval, depth: number, pos = 0): Piece[] {
    return this.#divide(id, whole, (span, part) =>
      span?.awaits === undefined || depth >= MAX_DEPTH
        ? [{ kind: 'worker', name: id, pos: span?.pos ?? pos, ...part }]
        : this.#ofAwaited(span, part, depth),
    );
  }

  /** Claude at work: the calls of its transcript, and between them the model. Of calls at once the first counts. */
  #ofWork({ pos }: TimelineSpan, part: Interval): Piece[] {
    const calls = this.#calls;
    if (calls === undefined) return [{ kind: 'claude', pos, ...part }];
    const pieces: Piece[] = [];
    let at = part.from;
    while (this.#nextCall < calls.length && this.#endOf(calls[this.#nextCall]) <= part.from) this.#nextCall++;
    for (let i = this.#nextCall; i < calls.length; i++) {
      const call = calls[i];
      if (call === undefined || call.from >= part.to) break;
      const to = Math.min(this.#endOf(call), part.to);
      const from = Math.max(call.from, at);
      if (to <= from) continue;
      pieces.push({ kind: 'model', pos, from: at, to: from }, { kind: 'tool', name: call.tool, pos, from, to });
      at = to;
    }
    return [...pieces, { kind: 'model', pos, from: at, to: part.to }];
  }

  readonly #endOf = (call: CallSpan | undefined): number => call?.to ?? this.#end;

  /** Cuts an interval at the spans of a lane's states; `of` gets the parts between them, too. */
  #divide(id: string, whole: Interval, of: (span: TimelineSpan | undefined, part: Interval) => Piece[]): Piece[] {
    const spans = this.#lanes.get(id)?.rows[0] ?? [];
    const pieces: Piece[] = [];
    let at = whole.from;
    for (let i = firstAfter(spans, whole.from, this.#end); i < spans.length && at < whole.to; i++) {
      const span = spans[i];
      if (span === undefined || span.from >= whole.to) break;
      const from = Math.max(at, span.from);
      const to = Math.min(whole.to, span.to ?? this.#end);
      if (from > at) pieces.push(...of(undefined, { from: at, to: from }));
      if (to > from) pieces.push(...of(span, { from, to }));
      at = Math.max(from, to);
    }
    if (at < whole.to) pieces.push(...of(undefined, { from: at, to: whole.to }));
    return pieces;
  }
}

/** The index of the first span that ends after a time; spans of a row do not overlap. */
function firstAfter(spans: readonly TimelineSpan[], ts: number, end: number): number {
  let [low, high] = [0, spans.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.to ?? end) > ts) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The stretches in which a worker was at work or waited, each up to where it ended or fell idle. */
function stretches({ id, rows: [states = []] }: TimelineLane, end: number): (Interval & { id: string })[] {
  const result: (Interval & { id: string })[] = [];
  for (const { kind, from, to = end } of states) {
    if (kind === 'idle') continue;
    const last = result.at(-1);
    if (last !== undefined && last.to === from) last.to = to;
    else result.push({ id, from, to });
  }
  return result;
}

/** Takes what pieces save from the end on, until no more than `ms` is left. */
function limitSaved(pieces: Piece[], ms: number): Piece[] {
  let left = ms;
  return pieces.toReversed().map((piece) => {
    const saved = Math.min(left, piece.to - piece.from);
    left -= saved;
    return { ...piece, saved };
  });
}
