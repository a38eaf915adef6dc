import type { MarkKind, TimelineMark, TimelineSpan } from '#protocol/timeline.ts';

/** Blocks, decisions and failures are pinned: they merge only if there are too many of them, and never with others. */
export type Retention = 'mergeable' | 'pinned';

const PINNED_MARKS: readonly MarkKind[] = ['decision', 'failed', 'lost', 'aborted', 'error'];

export const isPinnedMark = (kind: MarkKind): boolean => PINNED_MARKS.includes(kind);

export const isPinnedSpan = ({ kind, block }: TimelineSpan): boolean => kind === 'block' || block !== undefined;

/** Merges neighbouring spans in the same bucket of `resolutionMs`. Changes the list; returns the number removed. */
export function downsampleSpans(spans: TimelineSpan[], retention: Retention, resolutionMs: number): number {
  let count = 0;
  for (const span of spans) {
    const last = spans[count - 1];
    if (count > 0 && last !== undefined && canMerge(last, span, retention, resolutionMs)) mergeSpans(last, span);
    else spans[count++] = span;
  }
  const removed = spans.length - count;
  spans.length = count;
  return removed;
}

/** Merges marks of one kind in the same bucket of `resolutionMs`. Returns the marks that remain. */
export function downsampleMarks(marks: TimelineMark[], retention: Retention, resolutionMs: number): TimelineMark[] {
  const newest = new Map<MarkKind, TimelineMark>();
  return marks.filter((mark) => {
    if (isPinnedMark(mark.kind) !== (retention === 'pinned')) return true;
    const last = newest.get(mark.kind);
    if (last === undefined || bucket(last.at, resolutionMs) !== bucket(mark.at, resolutionMs)) {
      newest.set(mark.kind, mark);
      return true;
    }
    mergeAnnotations(last, mark);
    if (last.to !== mark.to) delete last.to;
    return false;
  });
}

const bucket = (ts: number, resolutionMs: number): number => Math.floor(ts / resolutionMs);

function canMerge(last: TimelineSpan, span: TimelineSpan, retention: Retention, resolutionMs: number): boolean {
  if (last.to === undefined || span.to === undefined) return false;
  const isPinned = retention === 'pinned';
  if (isPinnedSpan(last) !== isPinned || isPinnedSpan(span) !== isPinned) return false;
  return bucket(last.from, resolutionMs) === bucket(span.to, resolutionMs);
}

function mergeSpans(last: TimelineSpan, span: TimelineSpan): void {
  mergeAnnotations(last, span);
  if (span.to !== undefined) last.to = span.to;
  if (last.kind !== span.kind) last.kind = isPinnedSpan(last) ? 'block' : 'mixed';
  delete last.ended;
  delete last.awaits;
}

/** Makes an item stand for another one, too. Keeps a label or text only if both have the same. */
export function mergeAnnotations(
  last: TimelineSpan | TimelineMark,
  next: Pick<TimelineMark, 'label' | 'text' | 'count'>,
): void {
  last.count = (last.count ?? 1) + (next.count ?? 1);
  if (last.label !== next.label) delete last.label;
  if (last.text !== next.text) delete last.text;
}
