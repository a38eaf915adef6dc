import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';
import type { TimelineView } from '#protocol/timeline.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { started, T0 } from '#test/unit/core/fold/world.ts';

function buildView(lines: Line[]): TimelineView {
  const state = emptyState();
  const timeline = new Timeline();
  for (const line of lines) {
    reduce(state, line);
    timeline.update(state, line);
  }
  return timeline.view(state, { session: { id: 's', title: 's', live: true }, read: 1, generatedTs: T0 });
}

/** Events a second apart, 100 bytes each. */
const after = (...events: object[]): TimelineView =>
  buildView(events.map((event, i) => ({ pos: i * 100, value: { ts: T0 + i * 1000, ...event } })));

/** A timeline as text: one line a row, seconds since the beginning; then the marks. */
function text({ lanes, startTs }: TimelineView): string {
  const s = (ts: number | undefined): string => (ts === undefined ? '' : String((ts - startTs) / 1000));
  return lanes
    .flatMap(({ id, state, rows, marks }) => [
      `${id} ${state ?? ''}`.trimEnd(),
      ...rows.map((row) =>
        row
          .map(({ kind, from, to, label, text: detail, block, ended, count }) =>
            [
              `  ${kind} ${s(from)}-${s(to)}`,
              label,
              block,
              detail && `"${detail}"`,
              ended && `(${ended.how} by ${ended.by})`,
              count,
            ]
              .filter(Boolean)
              .join(' '),
          )
          .join('\n'),
      ),
      ...marks.map(({ kind, at, label, text: detail }) =>
        [`  @${s(at)} ${kind}`, label, detail && `"${detail}"`].filter(Boolean).join(' '),
      ),
    ])
    .filter((line) => line !== '')
    .join('\n');
}

test('what Claude did: working, held in place, refused, waiting for the person, idle', () => {
  const view = after(
    { t: 'session', session: 's' },
    { t: 'turn', state: 'working' },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait', match: { tool: 'Read' } },
    { t: 'held', block: 'B1', tool: 'Read', summary: 'a.csv', id: 'h' },
    { t: 'held', block: 'B1', tool: 'Read', summary: 'a.csv', id: 'h', ms: 1000 },
    { t: 'denied', block: 'B1', tool: 'Read', summary: 'a.csv' },
    { t: 'progress', worker: 'W1', pct: 50 },
    { t: 'unblock', block: 'B1', by: 'user', word: 'go on' },
    { t: 'ask', ask: 'a1', tool: 'Bash', summary: 'npm test' },
    { t: 'answer', ask: 'a1', decision: 'allow', by: 'user' },
    { t: 'turn', state: 'idle' },
    { t: 'end' },
  );
  expect(text(view)).toMatchInlineSnapshot(`
    "conductor ended
      idle 0-1
      working 1-3
      held 3-4 B1 "Read a.csv"
      working 4-5
      denied 5-7 B1 "Read a.csv"
      working 7-8
      waiting 8-9 "for your permission: Bash npm test"
      working 9-10
      idle 10-11
      @5 refusal B1 "Read a.csv"
    W1 running
      running 2-
      block 2-7 B1 "wait" (release by user)
    user
      @7 decision B1 "go on · wait""
  `);
  expect(view.lanes[0]?.rows[0]?.map(({ pos }) => pos)).toEqual([0, 100, 300, 400, 500, 700, 800, 900, 1000]);
});

test('a refusal is over with the turn, though what refused it stands on; that of a subagent is its own', () => {
  const view = after(
    { t: 'turn', state: 'working' },
    { t: 'spawn', worker: 'a1', kind: 'subagent' },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' },
    { t: 'denied', block: 'B1', tool: 'Edit', agent: 'a1' },
    { t: 'denied', block: 'B1', tool: 'Read' },
    { t: 'turn', state: 'idle' },
    { t: 'turn', state: 'working' },
    { t: 'unblock', block: 'B1', by: 'W1' },
  );
  expect(text(view)).toMatchInlineSnapshot(`
    "conductor working
      working 0-4
      denied 4-5 B1 "Read"
      idle 5-6
      working 6-
      @4 refusal B1 "Read"
    a1 running
      running 1-3
      denied 3-7 B1 "Edit"
      running 7-
      @3 refusal B1 "Edit"
    W1 running
      running 2-
      block 2-7 B1 "wait" (unblock by W1)"
  `);
});

test('what workers did: planned, running, waiting for a lock, tried again, and how each ended', () => {
  const view = after(
    {
      t: 'plan',
      run: 'R1',
      sha256: 'x',
      workers: [{ worker: 'W1' }, { worker: 'W2', after: ['ok:W1'] }, { worker: 'W3' }],
    },
    { t: 'spawn', worker: 'W1', pid: 1 },
    { t: 'spawn', worker: 'W3', pid: 3 },
    { t: 'acquire', worker: 'W1', resource: 'db', id: 'a' },
    { t: 'acquire', worker: 'W3', resource: 'db', id: 'b', wait: true },
    { t: 'release', worker: 'W1', resource: 'db' },
    { t: 'handoff', worker: 'W1', to: 'W3', task: 'the rest' },
    { t: 'exit', worker: 'W1', code: 1, attempt: 1, retryMs: 1000 },
    { t: 'spawn', worker: 'W1', pid: 4, attempt: 2 },
    { t: 'exit', worker: 'W1', code: 3 },
    { t: 'abort', worker: 'W3', by: 'user' },
    { t: 'exit', worker: 'W3', signal: 'SIGTERM' },
  );
  expect(text(view)).toMatchInlineSnapshot(`
    "conductor unknown
    W1 failed
      planned 0-1
      running 1-7
      starting 7-8
      running 8-9
      lock 3-5 db
      @6 handoff W3 "the rest"
      @7 error "attempt 1: exit code 1; again in 1 s"
      @9 failed "exit code 3"
    W2 failed
      planned 0-9 "W1 has ended well"
      block 9- B1 "W2 was not started: it needs that W1 has ended well, which can no longer happen"
      @9 failed "not started: a prerequisite failed"
    W3 aborted
      planned 0-2
      running 2-4
      waiting 4-5 db
      running 5-11
      lock 5-11 db
      @11 aborted "aborted by user""
  `);
});

test('votes and what is decided by them, checkpoints, errors, the person’s own block, damaged lines', () => {
  const view = buildView([
    ...started(2).map((value, i) => ({ pos: i, value: { ts: T0 + i * 1000, ...value } })),
    { pos: 10, value: { t: 'ballot', ts: T0 + 3000, ballot: 'ship', voters: ['W1', 'W2'] } },
    {
      pos: 20,
      value: { t: 'vote', ts: T0 + 4000, worker: 'W1', ballot: 'ship', decision: 'proceed', reason: 'tests pass' },
    },
    { pos: 30, damage: 'not JSON' },
    { pos: 40, value: { t: 'vote', worker: 'W2', ballot: 'ship', decision: 'proceed' } },
    { pos: 50, value: { t: 'checkpoint', ts: T0 + 5000, worker: 'W2', name: 'merge-ready' } },
    { pos: 60, value: { t: 'error', worker: 'W2', message: 'disk full', critical: true } },
    { pos: 70, value: { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'paused', key: 'pause' } },
    { pos: 80, value: { t: 'acquire', ts: T0 + 6000, worker: 'W1', resource: 'file:a.ts' } },
  ]);
  expect(text(view)).toMatchInlineSnapshot(`
    "conductor unknown
      @4 damage "not JSON"
      @4 decision ship: proceed "2 proceed; quorum 2"
    W1 running
      planned 0-1
      running 1-
      lock 6- file:a.ts B3
      @4 vote ship: proceed "tests pass"
    W2 running
      planned 0-2
      running 2-
      block 5- B1 "CRITICAL: disk full"
      @4 vote ship: proceed
      @5 checkpoint merge-ready
      @5 error "disk full"
    user
      block 5- B2 "paused""
  `);
});

test('a log that says no time has all of it; one whose first line says none begins with the first time', () => {
  expect(text(buildView([{ pos: 0, value: { t: 'done', task: 'x', worker: 'W1' } }]))).toBe(
    'conductor unknown\nW1 done\n  @0 done',
  );
  const view = buildView([
    { pos: 0, value: { t: 'spawn', worker: 'W1' } },
    { pos: 50, value: { t: 'checkpoint', worker: 'W1', name: 'half' } },
    { pos: 100, value: { t: 'exit', ts: T0 + 1000, worker: 'W1', code: 0 } },
  ]);
  expect(view.startTs).toBe(T0 + 1000);
  expect(view.lanes[1]?.marks.map(({ at }) => at)).toEqual([T0 + 1000, T0 + 1000]);
});

test('a clock that goes back does not turn time back', () => {
  const view = buildView([
    { pos: 0, value: { t: 'spawn', ts: T0 + 5000, worker: 'W1' } },
    { pos: 100, value: { t: 'exit', ts: T0, worker: 'W1', code: 0 } },
  ]);
  expect(view.lanes[1]?.marks[0]).toMatchObject({ kind: 'done', at: T0 + 5000 });
});

test('the timeline of a recorded session', () => {
  const lines: Line[] = [];
  new LineReader().push(readFileSync(join(repoRoot, 'test/bench/recorded/process-files.jsonl')), (line) =>
    lines.push(line),
  );
  expect(text(buildView(lines))).toMatchInlineSnapshot(`
    "conductor ended
      idle 0.012-0.261
      working 0.261-1.45
      held 1.45-5.717 B1 "Read /home/dev/project/data1.csv"
      working 5.717-7.444
      idle 7.444-7.579
    W1 done
      planned 0.337-0.724
      running 0.724-5.717
      block 0.337-5.717 B1 "W1 has already loaded data1.csv into memory" (until by W1)
      block 0.337-6.388 B2 "Workers still processing: W1 (planned), W2 (planned), W3 (planned)" (until by W1)
      @5.468 checkpoint merge-ready
      @5.717 done "4800 rows"
    W2 done
      planned 0.337-0.814
      running 0.814-6.047
      block 0.337-6.047 B3 "W2 has already loaded data2.csv into memory" (until by W2)
      block 0.337-6.388 B4 "Workers still processing: W1 (planned), W2 (planned), W3 (planned)" (until by W2)
      @5.849 checkpoint merge-ready
      @6.047 done "3600 rows"
    W3 done
      planned 0.337-0.784
      running 0.784-6.388
      block 0.337-6.388 B5 "W3 has already loaded data3.csv into memory" (until by W3)
      block 0.337-6.388 B6 "Workers still processing: W1 (planned), W2 (planned), W3 (planned)" (until by W3)
      @6.07 checkpoint merge-ready
      @6.388 done "5200 rows"
    review aborted
      running 0.358-7.663
      block 0.358- B7 "Look at the numbers of the three workers, then click Release: the merge waits for you"
      @7.663 aborted "aborted by user""
  `);
});

test('a release is in the lane of the person, with its reason', () => {
  const view = after(
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'the tests run' },
    { t: 'unblock', block: 'B1', by: 'user', word: 'go on' },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'again' },
    // its own worker clears it: no act of the person
    { t: 'unblock', block: 'B2', by: 'W1' },
  );
  expect(view.lanes.find(({ id }) => id === 'user')?.marks).toMatchObject([
    { kind: 'decision', at: T0 + 1000, label: 'B1', text: 'go on · the tests run' },
  ]);
});
