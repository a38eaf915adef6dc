import fc from 'fast-check';
import { expect, test } from 'vitest';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';
import type { SessionState } from '#protocol/state.ts';
import type { MarkKind, TimelineView } from '#protocol/timeline.ts';
import { world } from './worlds.ts';

type Lines = { pos: number; value: Record<string, unknown> }[];

const about = { session: { id: 's', title: 's', live: true }, read: 1, generatedTs: 0 };

interface TimelineResult {
  state: SessionState;
  view: TimelineView;
}

/** The timeline of a log; `each` sees it after every line. */
function buildTimeline(
  lines: Lines,
  timeline = new Timeline(),
  each?: (result: TimelineResult) => void,
): TimelineResult {
  const state = emptyState();
  for (const line of structuredClone(lines)) {
    reduce(state, line);
    timeline.update(state, line);
    each?.({ state, view: timeline.view(state, about) });
  }
  return { state, view: timeline.view(state, about) };
}

const marksOf = ({ lanes }: TimelineView, kind: MarkKind): number =>
  lanes.flatMap(({ marks }) => marks).reduce((sum, m) => sum + (m.kind === kind ? (m.count ?? 1) : 0), 0);

const blocksOf = ({ lanes }: TimelineView): number =>
  lanes
    .flatMap(({ rows }) => rows.flat())
    .reduce((sum, s) => sum + (s.kind === 'block' || s.block !== undefined ? (s.count ?? 1) : 0), 0);

function itemsOf({ lanes }: TimelineView): number {
  return lanes.reduce((sum, { rows, marks }) => sum + rows.flat().length + marks.length, 0);
}

function expectNoOverlap({ lanes }: TimelineView): void {
  for (const { rows } of lanes)
    for (const row of rows)
      row.forEach((span, i) => {
        const { from, to = Infinity } = span;
        expect(to).toBeGreaterThanOrEqual(from);
        expect(from).toBeGreaterThanOrEqual(row[i - 1]?.to ?? (i === 0 ? 0 : Infinity));
      });
}

test('is the same whether it is viewed once or after every line, and no spans of a lane overlap', () => {
  fc.assert(
    fc.property(world, (lines) => {
      const once = buildTimeline(lines).view;
      const often = buildTimeline(lines, new Timeline(), ({ view }) => expectNoOverlap(view)).view;
      expect(often).toEqual(once);
    }),
    { numRuns: 300 },
  );
});

/** The facts of a log, counted independently from its lines and its fold. */
function expectComplete(lines: Lines, { state, view }: TimelineResult): void {
  const countEvents = (t: string, only: (value: Record<string, unknown>) => boolean = () => true): number =>
    lines.filter(({ value }) => value['t'] === t && only(value)).length;
  expect(blocksOf(view)).toBe(state.blockCount);
  expect(marksOf(view, 'vote')).toBe(countEvents('vote'));
  expect(marksOf(view, 'checkpoint')).toBe(countEvents('checkpoint'));
  expect(marksOf(view, 'error')).toBe(countEvents('error'));
}

test('every block, vote, checkpoint, error, decision and end of a worker is there', () => {
  fc.assert(
    fc.property(world, (lines) => {
      const decided = new Set<number>();
      const ends = new Map<string, number>();
      const before = new Map<string, string>();
      let read = 0;
      let releases = 0;
      const result = buildTimeline(lines, new Timeline(), ({ state }) => {
        const value: Record<string, unknown> = lines[read++]?.value ?? {};
        if (value['t'] === 'unblock' && value['by'] === 'user' && state.blocks.has(String(value['block']))) releases++;
        for (const ballot of state.ballots.values()) if (ballot.decided) decided.add(ballot.decided.pos);
        for (const { id, state: now } of state.workers.values()) {
          if (before.get(id) !== now) ends.set(now, (ends.get(now) ?? 0) + 1);
          before.set(id, now);
        }
      });
      expectComplete(lines, result);
      expect(marksOf(result.view, 'decision')).toBe(decided.size + releases);
      for (const end of ['done', 'failed', 'lost', 'aborted'] as const)
        expect(marksOf(result.view, end), end).toBe(ends.get(end) ?? 0);
      const named = result.view.lanes.flatMap(({ rows }) =>
        rows.flat().flatMap((s) => (s.kind === 'block' ? s.label : s.block)),
      );
      for (let n = 1; n <= result.state.blockCount; n++) expect(named).toContain(`B${n}`);
    }),
    { numRuns: 300 },
  );
});

test('spans beyond the limit are merged and counted, never lost, and never overlap', () => {
  fc.assert(
    fc.property(world, (lines) => {
      const result = buildTimeline(lines, new Timeline({ mergeable: 6, pinned: 3 }), ({ view }) =>
        expectNoOverlap(view),
      );
      expectComplete(lines, result);
    }),
    { numRuns: 300 },
  );
});

test('its size is bounded for a log of any length', () => {
  const timeline = new Timeline({ mergeable: 400, pinned: 200 });
  const state = emptyState();
  const start = Date.UTC(2026, 0, 1);
  let peak = 0;
  for (let i = 0; i < 20_000; i++) {
    const base = { ts: start + i * 700, worker: `W${1 + (i % 3)}` };
    const value =
      i % 4 === 0
        ? { ...base, t: 'hook', event: 'PreToolUse', exit: 2, message: `no ${i}` }
        : i % 4 === 1
          ? { ...base, t: 'unblock', block: 'all', by: 'user' }
          : i % 4 === 2
            ? { ...base, t: 'checkpoint', name: `c${i}` }
            : { ...base, t: 'error', message: `e${i}` };
    const line = { pos: i * 100, value };
    reduce(state, line);
    timeline.update(state, line);
    if (i % 500 === 0) peak = Math.max(peak, itemsOf(timeline.view(state, about)));
  }
  const view = timeline.view(state, about);
  expect(peak).toBeLessThan(650);
  expect(view.resolutionMs).toBeGreaterThan(0);
  expect(blocksOf(view)).toBe(5000);
  expect(marksOf(view, 'error')).toBe(5000);
  expect(marksOf(view, 'checkpoint')).toBe(5000);
  expectNoOverlap(view);
});
