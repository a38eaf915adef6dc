import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { boardOf } from '#core/projection/board.ts';
import { QUIET_MS } from '#core/projection/quiet.ts';
import { withWindowNames } from '#core/projection/windowNames.ts';
import { BOARD_GROUPS, type BoardGroup, type BoardView } from '#protocol/board.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { started, T0 } from '#test/unit/core/fold/world.ts';
import { ask, blocks, denied, events, held, idle, NOW, viewOf, working } from './boardLogs.ts';

interface Stage {
  id?: string;
  now?: number;
  live?: boolean;
  seenTs?: number;
  dayStartTs?: number;
  notices?: NoticeView[];
}

const board = (events: object[], stage: Stage = {}): BoardView =>
  boardOf([viewOf(events, stage)], {
    now: stage.now ?? NOW,
    dayStartTs: stage.dayStartTs ?? T0,
    seenTs: () => stage.seenTs,
    notices: stage.notices ?? [],
  });

const groupsOf = ({ groups }: BoardView): BoardGroup[] =>
  BOARD_GROUPS.flatMap((group) => groups[group].map(() => group));

describe('a session stands in the first group that fits', () => {
  test.each<[string, object[], Stage, BoardGroup[]]>([
    ['a permission is asked for', [working, ask()], {}, ['needsYou']],
    ['a question', [working, ask({ tool: 'AskUserQuestion' })], {}, ['needsYou']],
    ['a plan of Claude', [working, ask({ tool: 'ExitPlanMode' })], {}, ['needsYou']],
    ['two requests are two rows', [working, ask(), ask({ ask: 'a2' })], {}, ['needsYou', 'needsYou']],
    ['a dialog that no hook reported', [working, { t: 'turn', state: 'waiting' }], {}, ['needsYou']],
    ['a call is held by the person', [working, blocks('user'), held], {}, ['needsYou']],
    ['a call was refused by the person’s block', [working, blocks('user'), denied], {}, ['needsYou']],
    ['a call is held by a worker', [working, ...started(1), blocks('W1'), held], {}, ['waiting']],
    ['a call was refused by a worker', [working, ...started(1), blocks('W1'), denied], {}, ['working']],
    ['a block that no call has met', [working, blocks('user')], {}, ['working']],
    [
      'a block that is stuck',
      [working, ...started(1), blocks('r', { until: 'ok:W1' }), { t: 'exit', worker: 'W1', code: 1 }],
      {},
      ['needsYou'],
    ],
    ['an escalation', [working, { t: 'log', level: 'escalate', message: 'no licence' }], {}, ['needsYou']],
    ['a warning is a note', [working, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 1 }], {}, ['working']],
    ['at work', [working], {}, ['working']],
    ['a turn has ended', [working, idle], {}, ['yourTurn']],
    ['a turn has ended, and the person has seen it', [working, idle], { seenTs: NOW }, ['done']],
    ['a turn that ended after the person last looked', [working, idle], { seenTs: T0 }, ['yourTurn']],
    ['no turn yet', [], {}, ['done']],
    ['it has ended today', [working, { t: 'end' }], { live: false }, ['done']],
    ['it ended before today', [working, { t: 'end' }], { live: false, dayStartTs: NOW }, []],
    ['it ended with a request open', [working, ask()], { live: false }, ['done']],
  ])('%s', (_name, events, stage, groups) => {
    expect(groupsOf(board(events, stage))).toEqual(groups);
  });
});

test('a session at work without a sign of life for five minutes says since when, and comes first', () => {
  const now = T0 + QUIET_MS + 10_000;
  const quiet = viewOf([working], { id: 'quiet', now });
  const busy = viewOf([working, { t: 'progress', worker: 'W1', pct: 5, ts: now - 1000 }], { id: 'busy', now });
  const { groups } = boardOf([busy, quiet], { now, dayStartTs: T0, seenTs: () => undefined });
  expect(groups.working.map(({ id, quietSinceTs }) => [id, quietSinceTs])).toEqual([
    ['quiet', T0 + 1000],
    ['busy', undefined],
  ]);
});

test('what keeps Claude waiting comes before what does not, the oldest first', () => {
  const views = [
    viewOf([working, { t: 'log', level: 'escalate', message: 'no licence' }], { id: 'escalated' }),
    viewOf([working, working, working, ask()], { id: 'young' }),
    viewOf([working, ask()], { id: 'old' }),
  ];
  const { groups, needsYou } = boardOf(views, { now: NOW, dayStartTs: T0, seenTs: () => undefined });
  expect(groups.needsYou.map(({ session }) => session)).toEqual(['old', 'young', 'escalated']);
  expect(needsYou).toBe(3);
});

test('sessions that the person keeps first are first in their group', () => {
  const views = ['a', 'b', 'c'].map((id) => viewOf([working, ask()], { id }));
  const pinned = new Set(['b', 'gone']);
  const { groups } = boardOf(views, { now: NOW, dayStartTs: T0, seenTs: () => undefined, pinned });
  expect(groups.needsYou.map((row) => [row.session, row.pinned])).toEqual([
    ['b', true],
    ['a', undefined],
    ['c', undefined],
  ]);
});

test('one file that two sessions edit is one row', () => {
  const collision = (session: string): object => {
    return { t: 'collision', worker: 'conductor', other: 'conductor', file: '/home/dev/cart.ts', session };
  };
  const views = withWindowNames([
    viewOf([working, collision('two')], { id: 'one' }),
    viewOf([working, collision('one')], { id: 'two' }),
  ]);
  const { groups, needsYou } = boardOf(views, { now: NOW, dayStartTs: T0, seenTs: () => undefined });
  expect([groups.needsYou.length, needsYou]).toEqual([1, 1]);
});

test('rules that wait for approval concern the window, and need the person once', () => {
  const notices: NoticeView[] = [{ id: 'r', kind: 'rules', text: 'shop has rules', action: 'approveRules' }];
  const view = board([working], { notices });
  expect(view.groups.needsYou).toMatchObject([{ name: 'shop has rules', notice: { action: 'approveRules' } }]);
  expect(view.needsYou).toBe(1);
});

test('every number is the number of the rows, no session is in two groups, and each hold is in one call', () => {
  fc.assert(
    fc.property(fc.array(events, { minLength: 1, maxLength: 4 }), (logs) => {
      const views = logs.map((log, i) => viewOf([...started(1), ...log], { id: `s${i}` }));
      const { groups, needsYou } = boardOf(views, { now: NOW, dayStartTs: T0, seenTs: () => undefined });
      expect(groups.needsYou).toHaveLength(needsYou);
      const live = views.filter(({ session }) => session.live);
      expect(needsYou).toBe(live.reduce((sum, { counts }) => sum + counts.needsYou, 0));
      const placed = BOARD_GROUPS.map((group) => new Set(groups[group].map(({ session }) => session)));
      for (const { session } of live) expect(placed.filter((ids) => ids.has(session.id))).toHaveLength(1);
      for (const { calls, blocks: all } of views)
        for (const { id, holding } of all) {
          const holders = calls.filter(({ state, reasons }) => state === 'held' && reasons.some((r) => r.block === id));
          expect(holders.length > 0).toBe(holding !== undefined);
          expect(new Set(holders.map(({ call }) => call)).size).toBe(holders.length);
        }
    }),
    { numRuns: 200 },
  );
});
