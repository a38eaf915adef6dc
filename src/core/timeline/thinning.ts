import type { MarkKind, TimelineMark, TimelineSpan } from '../../protocol/timeline.ts';

/** Blocks, decisions and failures are kept one by one as long as that can be borne; the rest is loose. */
export type Which = 'loose' | 'kept';

const KEPT_MARKS: readonly MarkKind[] = ['decision', 'failed', 'lost', 'aborted', 'error'];

export const isKeptMark = (kind: MarkKind): boolean => KEPT_MARKS.includes(kind);

export const isKeptSpan = ({ kind, block }: TimelineSpan): boolean => kind === 'block' || block !== undefined;

/** Neighbours that end within the same `grainMs` become one. Changes the list; returns how many went. */
export function thinSpans(spans: TimelineSpan[], which: Which, grainMs: number): number {
  let kept = 0;
  for (const span of spans) {
    const last = spans[kept - 1];
    if (kept > 0 && last !== undefined && areClose(last, span, which, grainMs)) join(last, span);
    else spans[kept++] = span;
  }
  const gone = spans.length - kept;
  spans.length = kept;
  return gone;
}

/** Marks of one kind within the same `grainMs` become one. */
export function thinMarks(marks: TimelineMark[], which: Which, grainMs: number): TimelineMark[] {
  const newest = new Map<MarkKind, TimelineMark>();
  return marks.filter((mark) => {
    if (isKeptMark(mark.kind) !== (which === 'kept')) return true;
    const last = newest.get(mark.kind);
    if (last === undefined || bucket(last.at, grainMs) !== bucket(mark.at, grainMs)) {
      newest.set(mark.kind, mark);
      return true;
    }
    joinSaid(last, mark);
    if (last.to !== mark.to) delete last.to;
    return false;
  });
}

const bucket = (ts: number, grainMs: number): number => Math.floor(ts / grainMs);

function areClose(last: TimelineSpan, span: TimelineSpan, which: Which, grainMs: number): boolean {
  if (last.to === undefined || span.to === undefined) return false;
  const wanted = which === 'kept';
  if (isKeptSpan(last) !== wanted || isKeptSpan(span) !== wanted) return false;
  return bucket(last.from, grainMs) === bucket(span.to, grainMs);
}

function join(last: TimelineSpan, span: TimelineSpan): void {
  joinSaid(last, span);
  if (span.to !== undefined) last.to = span.to;
  if (last.kind !== span.kind) last.kind = isKeptSpan(last) ? 'block' : 'mixed';
  delete last.ended;
}

/** The first one stands for both. What is said of both stays said. */
export function joinSaid(
  last: TimelineSpan | TimelineMark,
  next: Pick<TimelineMark, 'label' | 'text' | 'count'>,
): void {
  last.count = (last.count ?? 1) + (next.count ?? 1);
  if (last.label !== next.label) delete last.label;
  if (last.text !== next.text) delete last.text;
}
