import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stuckReason } from '#core/fold/stuck.ts';
import { overlappingLocks } from '#core/fold/lockTree.ts';
import { resourceName, resourcesOverlap } from '#core/fold/resources.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import type { Block } from '#protocol/state.ts';
import { fold, started, T0 } from './world.ts';

const activeBlocks = (state: ReturnType<typeof fold>): string[] =>
  [...state.blocks.values()].filter((b) => b.ended === undefined).map((b) => b.id);

describe('usage', () => {
  test('without a worker it is the session’s: each figure replaces the one before, and what is none is dropped', () => {
    const limits = [
      { kind: 'five_hour', pct: 40, resetsTs: T0 },
      { kind: 'seven_day', pct: 7 },
    ];
    const first = {
      t: 'usage',
      contextTokens: 5000,
      contextWindow: 200_000,
      costUsd: 0.2,
      source: 'Claude Code',
      limits,
    };
    const state = fold([first, { t: 'usage', costUsd: 0.5, contextTokens: -1, limits: 'many' }]);
    const { ts, ...usage } = state.conductor.usage ?? { ts: 0 };
    expect(usage).toEqual({ contextTokens: 5000, contextWindow: 200_000, costUsd: 0.5, source: 'Claude Code', limits });
    expect(ts).toBeGreaterThan(0);
    expect(state.workers.size).toBe(0);
    const view = toViewModel(state, { now: ts, silentSeconds: 60, id: 's', live: true });
    expect(view.session.usage).toEqual({ ts, ...usage });
  });

  test('of a worker it is the tokens', () => {
    const state = fold([{ t: 'usage', worker: 'W1', inputTokens: 10, outputTokens: 2, costUsd: 3 }]);
    expect(state.workers.get('W1')?.tokens).toEqual({ input: 10, output: 2, ts: T0 });
    expect(state.conductor.usage).toBeUndefined();
  });

  test('the tokens of Claude itself are kept one by one, with how they came together', () => {
    const source = 'transcript';
    const state = fold([
      { t: 'usage', costUsd: 1 },
      { t: 'usage', inputTokens: 5, source },
      { t: 'usage', outputTokens: 7, source },
      { t: 'usage', costUsd: 2 },
      { t: 'usage', worker: 'user', inputTokens: 9 },
    ]);
    const { tokens, recent, usage } = state.conductor;
    expect(tokens).toEqual({ input: 5, output: 7, ts: T0 + 2000, source });
    expect(recent?.tokens?.at(-1)).toEqual([T0 + 2000, 12]);
    expect(recent?.usd?.at(-1)).toEqual([T0 + 3000, 2]);
    expect(usage).toEqual({ ts: T0 + 3000, costUsd: 2 });
    expect(state.workers.size).toBe(0);
    expect(fold([{ t: 'usage', costUsd: 1 }]).conductor).not.toHaveProperty('tokens');
    expect(fold([{ t: 'usage', inputTokens: 1 }]).conductor).not.toHaveProperty('usage');
  });

  test('a session has no more limits than a subscription can have', () => {
    const limits = Array.from({ length: 50 }, () => ({ kind: 'five_hour', pct: 1 }));
    expect(fold([{ t: 'usage', limits }]).conductor.usage?.limits).toHaveLength(10);
  });
});

describe('workers', () => {
  test('a worker lives from plan over spawn to exit, and exit 0 without done is done', () => {
    const state = fold([...started(2), { t: 'exit', worker: 'W1', code: 0 }, { t: 'exit', worker: 'W2', code: 3 }]);
    expect(state.workers.get('W1')?.state).toBe('done');
    expect(state.workers.get('W2')).toMatchObject({ state: 'failed', problem: 'exit code 3' });
  });

  test('an unannounced worker is running from its first event on', () => {
    expect(fold([{ t: 'progress', worker: 'lint', pct: 5 }]).workers.get('lint')).toMatchObject({
      state: 'running',
      progress: { pct: 5 },
    });
  });

  test('done by task finds the one worker that has it', () => {
    const state = fold([
      { t: 'spawn', worker: 'W1', task: 'extract' },
      { t: 'done', task: 'extract' },
    ]);
    expect(state.workers.get('W1')?.state).toBe('done');
  });

  test('an abort before the exit makes it aborted, and a lost worker is revived without its locks', () => {
    const state = fold([
      ...started(2),
      { t: 'acquire', worker: 'W2', resource: 'db', id: 'a' },
      { t: 'abort', worker: 'W1', by: 'user' },
      { t: 'exit', worker: 'W1', signal: 'SIGTERM' },
      { t: 'exit', worker: 'W2', lost: true },
    ]);
    expect(state.workers.get('W1')?.state).toBe('aborted');
    expect(state.workers.get('W2')?.state).toBe('lost');
    fold([{ t: 'progress', worker: 'W2', pct: 50 }], state, 50);
    expect(state.workers.get('W2')?.state).toBe('running');
    expect(state.locks.get('db')?.holders).toEqual([]);
  });

  test('a failed prerequisite fails all workers that depend on it, and holds Stop', () => {
    const workers = [{ worker: 'W1' }, { worker: 'W2', after: ['ok:W1'] }, { worker: 'W3', after: ['ok:W2'] }];
    const state = fold([
      { t: 'plan', run: 'R1', sha256: 'x', workers },
      { t: 'spawn', worker: 'W1', pid: 9 },
      { t: 'exit', worker: 'W1', code: 1 },
    ]);
    expect(['W2', 'W3'].map((id) => state.workers.get(id)?.state)).toEqual(['failed', 'failed']);
    expect([...state.blocks.values()].map((b) => b.cause.kind)).toEqual(['prerequisite', 'prerequisite']);
  });
});

describe('blocks', () => {
  const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' };

  test('end with their worker, except those at Stop', () => {
    const state = fold([...started(1), block, { ...block, event: 'Stop' }, { t: 'exit', worker: 'W1', code: 0 }]);
    expect(state.blocks.get('B1')?.ended?.how).toBe('worker ended');
    expect(activeBlocks(state)).toEqual(['B2']);
  });

  test('end when their condition is met, which latches', () => {
    const state = fold([...started(2), { ...block, until: ['checkpoint:ready', 'done:W2'] }]);
    fold(
      [
        { t: 'checkpoint', worker: 'W1', name: 'ready' },
        { t: 'checkpoint', worker: 'W2', name: 'ready' },
      ],
      state,
      10,
    );
    expect(activeBlocks(state)).toEqual(['B1']);
    fold([{ t: 'exit', worker: 'W2', code: 0 }], state, 20);
    expect(state.blocks.get('B1')?.ended?.how).toBe('until');
  });

  test('a later one with the same key replaces the text and keeps the number', () => {
    const state = fold([...started(1), { ...block, key: 'k' }, { ...block, key: 'k', stderr: '60% complete' }]);
    expect(activeBlocks(state)).toEqual(['B1']);
    expect(state.blocks.get('B1')?.text).toBe('60% complete');
  });

  test('can be cleared by their worker or the person only', () => {
    const state = fold([...started(2), block, { t: 'unblock', block: 'B1', by: 'W2' }]);
    expect(activeBlocks(state)).toEqual(['B1']);
    fold([{ t: 'unblock', block: 'B1', by: 'user', word: 'go' }], state, 10);
    expect(state.blocks.get('B1')?.ended).toMatchObject({ how: 'release', by: 'user', word: 'go' });
  });

  test('resolve clears only what holds Stop', () => {
    const state = fold([...started(1), block, { t: 'error', worker: 'W1', message: 'disk full', critical: true }]);
    fold(
      [
        { t: 'resolve', block: 'B1', by: 'conductor', word: 'x' },
        { t: 'resolve', block: 'B2', by: 'conductor', word: 'freed space' },
      ],
      state,
      10,
    );
    expect(activeBlocks(state)).toEqual(['B1']);
    expect(state.blocks.get('B2')?.text).toBe('CRITICAL: disk full');
  });

  test('a JSON decision blocks with its reason, also beside exit 0', () => {
    const json = { decision: 'block', reason: 'Worker W1 critical failure: x' };
    const state = fold([
      { t: 'hook', worker: 'W1', event: 'Stop', exit: 2, json },
      { t: 'hook', worker: 'W1', event: 'Stop', exit: 0, json },
    ]);
    expect([...state.blocks.values()].map((b) => b.text)).toEqual([json.reason, json.reason]);
  });

  test('expire counts only when it had seen the last renewal and the time really is past', () => {
    const state = fold([{ ...block, ttlMs: 5000, key: 'k' }]);
    fold([{ t: 'expire', what: 'block', ref: 'B1', seen: 0, ts: T0 + 4000 }], state, 1);
    expect(activeBlocks(state)).toEqual(['B1']);
    fold(
      [
        { ...block, ttlMs: 5000, key: 'k', ts: T0 + 4500 },
        { t: 'expire', what: 'block', ref: 'B1', seen: 0, ts: T0 + 6000 },
      ],
      state,
      2,
    );
    expect(activeBlocks(state)).toEqual(['B1']);
    fold([{ t: 'expire', what: 'block', ref: 'B1', seen: 200, ts: T0 + 9600 }], state, 4);
    expect(activeBlocks(state)).toEqual([]);
  });

  test('a guard of a plan blocks from the plan on, until its worker is done', () => {
    const guard = [{ tool: 'Read', path: 'data1.csv', reason: 'W1 has already loaded data1.csv into memory' }];
    const state = fold([...started(1, { guard })]);
    expect(activeBlocks(state)).toEqual(['B1']);
    fold([{ t: 'exit', worker: 'W1', code: 0 }], state, 10);
    expect(state.blocks.get('B1')?.ended?.how).toBe('until');
  });
});

describe('locks', () => {
  const ask = (worker: string, id: string, extra: object = {}) => ({
    t: 'acquire',
    worker,
    resource: 'db',
    id,
    wait: true,
    ...extra,
  });
  const holders = (state: ReturnType<typeof fold>) => state.locks.get('db')?.holders.map((h) => h.worker) ?? [];

  test('go round in the order of asking, with tokens that grow', () => {
    const state = fold([ask('W1', 'a'), ask('W2', 'b'), ask('W3', 'c')]);
    expect(holders(state)).toEqual(['W1']);
    const tokens = [state.locks.get('db')?.holders[0]?.token ?? -1];
    for (const [i, worker] of ['W1', 'W2'].entries()) {
      fold([{ t: 'release', worker, resource: 'db' }], state, 10 + i);
      tokens.push(state.locks.get('db')?.holders[0]?.token ?? -1);
    }
    expect(holders(state)).toEqual(['W3']);
    expect(tokens).toEqual(tokens.toSorted((a, b) => a - b));
  });

  test('shared ones share, and an exclusive one waits for all of them', () => {
    const state = fold([
      ask('W1', 'a', { mode: 'shared' }),
      ask('W2', 'b', { mode: 'shared' }),
      ask('W3', 'c'),
      ask('W4', 'd', { mode: 'shared' }),
    ]);
    expect(holders(state)).toEqual(['W1', 'W2']);
    fold(
      [
        { t: 'release', worker: 'W1', resource: 'db' },
        { t: 'release', worker: 'W2', resource: 'db' },
      ],
      state,
      10,
    );
    expect(holders(state)).toEqual(['W3']);
  });

  test('an expiry older than a renewal is ignored; a later one passes the lock on and keeps the former holder', () => {
    const state = fold([ask('W1', 'a', { ttlMs: 3000 }), ask('W2', 'b'), ask('W1', 'a', { ttlMs: 3000 })]);
    fold([{ t: 'expire', what: 'lock', ref: 'a', seen: 0, ts: T0 + 99_000 }], state, 10);
    expect(holders(state)).toEqual(['W1']);
    fold([{ t: 'expire', what: 'lock', ref: 'a', seen: 200, ts: T0 + 99_000 }], state, 11);
    expect(holders(state)).toEqual(['W2']);
    expect(state.locks.get('db')?.former).toMatchObject([{ worker: 'W1', why: 'lease expired' }]);
  });

  test('a file lock blocks edits of that file for all but its holder, until it is given back', () => {
    const state = fold([{ t: 'acquire', worker: 'W1', resource: 'file:a.ts', id: 'a' }]);
    expect(state.blocks.get('B1')).toMatchObject({
      event: 'PreToolUse',
      match: { path: 'a.ts' },
      cause: { kind: 'lock' },
    });
    fold([{ t: 'release', worker: 'W1', resource: 'file:a.ts' }], state, 10);
    expect(activeBlocks(state)).toEqual([]);
  });
});

describe('ballots', () => {
  const open = { t: 'ballot', ballot: 'ship', voters: ['W1', 'W2', 'W3'], quorum: 2 };
  const vote = (worker: string, decision: string) => ({ t: 'vote', worker, decision, ballot: 'ship' });

  test('are decided when no outstanding vote can change the result, and proceed informs once', () => {
    const state = fold([open, vote('W1', 'proceed')]);
    expect(state.ballots.get('ship')?.decided).toBeUndefined();
    fold([vote('W2', 'proceed'), vote('W3', 'abort')], state, 10);
    expect(state.ballots.get('ship')?.decided).toMatchObject({ decision: 'proceed', pos: 1000 });
    expect([...state.notes.values()].filter((n) => n.text.startsWith('Consensus on ship: proceed'))).toHaveLength(1);
  });

  test('abort, a tie, or a quorum out of reach holds Stop and says why', () => {
    expect(fold([open, vote('W1', 'abort'), vote('W2', 'abort')]).blocks.get('B1')?.text).toContain('2 abort');
    const tie = fold([{ ...open, voters: ['W1', 'W2'] }, vote('W1', 'proceed'), vote('W2', 'abort')]);
    expect(tie.ballots.get('ship')?.decided).toMatchObject({ decision: 'abort', why: 'a tie: 1 proceed, 1 abort' });
    const unreachable = fold([...started(3), { ...open, quorum: 3 }, { t: 'exit', worker: 'W2', code: 0 }]);
    expect(unreachable.ballots.get('ship')?.decided?.why).toContain('out of reach');
  });

  test('a vote may be changed until then; only voters may vote; votes without a ballot are only tallied', () => {
    const state = fold([open, vote('W1', 'abort'), vote('W1', 'proceed'), vote('W9', 'abort'), vote('W2', 'proceed')]);
    expect(state.ballots.get('ship')?.decided?.decision).toBe('proceed');
    const early = fold([vote('W9', 'abort'), vote('W1', 'proceed'), open]);
    expect([...(early.ballots.get('ship')?.votes.keys() ?? [])]).toEqual(['W1']);
    const loose = fold([{ t: 'vote', worker: 'W1', decision: 'proceed' }]);
    expect(loose.ballots.get('default')).toMatchObject({ opened: false });
  });

  test('wait again for the vote of a lost worker that is back', () => {
    const lost = { t: 'exit', worker: 'W3', lost: true };
    const state = fold([...started(3), open, lost, { t: 'progress', worker: 'W3', pct: 50 }]);
    fold([vote('W1', 'proceed'), vote('W2', 'abort')], state, 10);
    expect(state.ballots.get('ship')?.decided).toBeUndefined();
    fold([vote('W3', 'proceed')], state, 20);
    expect(state.ballots.get('ship')?.decided?.decision).toBe('proceed');
  });

  test('closed at their deadline make a notice, which the person may dismiss', () => {
    const expire = { t: 'expire', what: 'ballot', ref: 'ship', seen: 0 };
    const state = fold([{ ...open, deadlineMs: 2000 }, vote('W1', 'proceed'), expire]);
    expect(state.ballots.get('ship')?.decided).toMatchObject({ decision: 'abort', why: 'its deadline passed' });
    const { notices } = toViewModel(state, { now: T0 + 3000, silentSeconds: 120, id: 'S', live: true });
    expect(notices).toMatchObject([
      { kind: 'warning', text: 'The vote ship was closed at its deadline with 1 of 3 votes cast: abort', dismiss: 200 },
    ]);
    fold([{ t: 'dismiss', ref: 200, by: 'user' }], state, 3);
    expect(state.notices).toEqual([]);
  });
});

describe('information', () => {
  const inform = { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'half way' };

  test('is delivered to the first claim only, and replaces an earlier one with the same key', () => {
    const state = fold([
      { ...inform, key: 'k' },
      { ...inform, key: 'k', message: 'done' },
    ]);
    expect([...state.notes.values()].map((n) => n.text)).toEqual(['done']);
    fold(
      [
        { t: 'delivered', ref: 100, hook: 'one' },
        { t: 'delivered', ref: 100, hook: 'two' },
      ],
      state,
      10,
    );
    expect(state.notes.get(100)?.deliveredBy).toBe('one');
  });

  test('any other exit code is a warning for the person', () => {
    const state = fold([{ ...inform, exit: 1, stderr: 'slow disk' }]);
    expect(state.notices).toMatchObject([{ kind: 'warning', text: 'slow disk', worker: 'W1' }]);
    expect([...state.notes.values()]).toMatchObject([{ kind: 'warn' }]);
  });
});

test('damage and the unknown are counted, and change nothing', () => {
  const state = fold([{ t: 'vote' }, { t: 'from-the-future', worker: 'W1' }, { t: 'spawn', worker: '../x' }]);
  expect([...state.damaged.values()]).toEqual([1, 1]);
  expect([...state.unknownTypes]).toEqual([['from-the-future', 1]]);
  expect(state.workers.size).toBe(0);
});

test('foreign lines of the shortest form are valid', () => {
  for (const line of [
    { t: 'done', task: 'x' },
    { t: 'vote', worker: 'W2', decision: 'proceed' },
  ])
    expect(parseEvent(line).kind).toBe('event');
});

describe('at the edges', () => {
  const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' };

  test('an invalid condition is impossible, and its block stands', () => {
    for (const until of ['freed', 'done!', 'soon']) {
      const state = fold([{ ...block, until }]);
      expect(stuckReason(state, state.blocks.get('B1') as Block)?.why, until).toBe(`"${until}" is no condition`);
    }
  });

  test('a condition on a block or a ballot is met by the event that ends it', () => {
    const cleared = fold([
      block,
      { ...block, worker: 'W2', until: 'clear:B1' },
      { t: 'unblock', block: 'B1', by: 'user' },
    ]);
    expect(cleared.blocks.get('B2')?.ended?.how).toBe('until');
    const vote = { t: 'vote', worker: 'W2', decision: 'proceed', ballot: 'ship' };
    const decided = fold([vote, { ...block, until: 'decided:ship' }, { t: 'ballot', ballot: 'ship', quorum: 1 }]);
    expect(decided.blocks.get('B1')?.ended?.how).toBe('until');
  });

  test('after its end a worker may inform, but no longer block, in whatever form', () => {
    const dead = [...started(1), { t: 'exit', worker: 'W1', code: 0 }];
    const json = { decision: 'block', reason: 'too late' };
    const state = fold([...dead, block, { ...block, exit: 0, json }, { ...block, event: 'PostToolUse' }]);
    expect(activeBlocks(state)).toEqual([]);
    expect([...state.notes.values()].map((n) => n.text)).toEqual(['wait']);
  });

  test('a plan that was changed holds Stop, once for each change', () => {
    const again = { t: 'plan', run: 'R1', sha256: 'y', workers: [] };
    const state = fold([...started(1), again, again]);
    expect([...state.blocks.values()].map((b) => [b.event, b.cause.kind])).toEqual([['Stop', 'plan']]);
    expect(state.runs.get('R1')?.sha256).toBe('x');
  });

  test('a session continues when its abort is released', () => {
    const state = fold([
      { t: 'abort', by: 'user' },
      { t: 'unblock', block: 'B1', by: 'user' },
    ]);
    expect(state.aborted).toBeUndefined();
  });
});

describe('what workers should not do', () => {
  const notices = (state: ReturnType<typeof fold>, now: number): string[] =>
    toViewModel(state, { now, silentSeconds: 1e6, id: 's', live: true }).notices.map((n) => n.text);
  const MINUTE = 60_000;

  test('a worker that invokes hooks too often is named; not for the same number over a longer time, nor for progress', () => {
    const inform = (i: number, gapMs: number) => ({
      t: 'hook',
      worker: 'W1',
      event: 'PostToolUse',
      exit: 0,
      message: `row ${i}`,
      ts: T0 + i * gapMs,
    });
    const often = fold(Array.from({ length: 40 }, (_, i) => inform(i, 100)));
    expect(notices(often, T0 + 5000)).toEqual([expect.stringMatching(/^W1 invokes hooks too often: 40 times/)]);
    expect(notices(often, T0 + 3 * MINUTE)).toEqual([]);
    expect(notices(fold(Array.from({ length: 40 }, (_, i) => inform(i, 5000))), T0 + 200_000)).toEqual([]);
    const progress = Array.from({ length: 40 }, (_, i) => ({ t: 'progress', worker: 'W1', pct: i, ts: T0 + i }));
    expect(notices(fold(progress), T0 + 1000)).toEqual([]);
  });

  const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait', match: { tool: 'Read' } };

  test('a block that keeps Claude from something while its worker gives no sign makes a notice with that worker', () => {
    const state = fold([block, { t: 'denied', block: 'B1', tool: 'Read' }, { t: 'progress', worker: 'W1', pct: 1 }]);
    const signTs = T0 + 2000;
    expect(notices(state, signTs + 5 * MINUTE - 1)).toEqual([]);
    expect(notices(state, signTs + 5 * MINUTE)).toEqual([
      '“wait” of W1 has kept Claude from Read for 5 min. W1 has given no sign for 5 min. Release it, or see what W1 does.',
    ]);
    fold([{ t: 'progress', worker: 'W1', pct: 2, ts: signTs + 5 * MINUTE }], state, 3);
    expect(notices(state, signTs + 5 * MINUTE)).toEqual([]);
    fold([{ t: 'unblock', block: 'B1', by: 'W1', ts: signTs + 5 * MINUTE }], state, 4);
    expect(notices(state, signTs + 60 * MINUTE)).toEqual([]);
  });

  test('a block that has never kept Claude from anything and that nothing ends makes a notice', () => {
    expect(notices(fold([block]), T0 + 15 * MINUTE - 1)).toEqual([]);
    expect(notices(fold([block]), T0 + 15 * MINUTE)).toEqual([
      '“wait” of W1 has stood for 15 min and has kept Claude from nothing. Only W1 or you can end it.',
    ]);
    expect(notices(fold([{ ...block, until: 'free:db2', ttlMs: 1e9 }]), T0 + 60 * MINUTE)).toEqual([]);
    expect(notices(fold([{ ...block, ttlMs: 1e9 }]), T0 + 60 * MINUTE)).toEqual([]);
    // a pause is the person's own
    expect(notices(fold([{ ...block, worker: 'user' }]), T0 + 60 * MINUTE)).toEqual([]);
  });
});

describe('chatty writers', () => {
  const progress = (i: number) => ({ t: 'progress', worker: 'W1', pct: i % 100, message: `row ${i}`, ts: T0 + i });

  test('a worker that floods the log is named, until a minute after; a busy one is not', () => {
    const view = (state: ReturnType<typeof fold>, now: number) =>
      toViewModel(state, { now, silentSeconds: 120, id: 's', live: true }).notices.map((n) => n.text);
    const flood = fold(Array.from({ length: 1200 }, (_, i) => progress(i)));
    expect(view(flood, T0 + 2000)).toEqual([expect.stringContaining('W1 floods the log: 1200 lines')]);
    expect(view(flood, T0 + 200_000)).toEqual([]);
    const busy = fold(Array.from({ length: 1200 }, (_, i) => ({ ...progress(i), ts: T0 + i * 50 })));
    expect(view(busy, T0 + 61_000)).toEqual([]);
  });

  test('progress stays in the worker’s row and pushes nothing out of the activity', () => {
    const state = fold([
      { t: 'checkpoint', worker: 'W2', name: 'loaded' },
      ...Array.from({ length: 1000 }, (_, i) => progress(i)),
    ]);
    const view = toViewModel(state, { now: T0, silentSeconds: 120, id: 's', live: true });
    expect(view.activity.map((a) => a.text)).toEqual(['reached loaded']);
    expect(view.workers.find((w) => w.id === 'W1')?.progress?.message).toBe('row 999');
  });

  test('undelivered information is bounded, and the person is warned once', () => {
    const inform = (i: number) => ({ t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: `news ${i}` });
    const state = fold(Array.from({ length: 1000 }, (_, i) => inform(i)));
    expect(state.notes.size).toBe(200);
    expect([...state.notes.values()].at(-1)?.text).toBe('news 999');
    expect(state.notices.map((n) => n.text)).toEqual([
      expect.stringContaining('W1 has said more than Claude could be told'),
    ]);
  });
});

describe('locks of files in common', () => {
  const ask = (worker: string, path: string, more: object = {}): object => ({
    t: 'acquire',
    worker,
    resource: `file:${path}`,
    wait: true,
    ...more,
  });
  const free = (worker: string, path: string): object => ({ t: 'release', worker, resource: `file:${path}` });
  const held = (events: object[]): string[] =>
    [...fold([{ t: 'session', session: 's', cwd: '/p' }, ...events]).locks.values()].flatMap(({ resource, holders }) =>
      holders.map(({ worker }) => `${worker} ${resource.slice('file:'.length)}`),
    );

  test('a folder and a file in it are held by one worker, whoever asked first', () => {
    expect(held([ask('W1', 'src'), ask('W2', 'src/a.ts'), ask('W3', 'lib/a.ts')])).toEqual(['W1 src', 'W3 lib/a.ts']);
    expect(held([ask('W1', 'src/a.ts'), ask('W2', '/p/src/'), ask('W3', 'src/b.ts')])).toEqual(['W1 src/a.ts']);
    expect(held([ask('W1', 'src/**'), ask('W2', './src/a.ts'), ask('W3', 'src/*.ts')])).toEqual(['W1 src/**']);
    expect(held([ask('W1', 'src/*.ts'), ask('W2', 'src/*.js')])).toEqual(['W1 src/*.ts', 'W2 src/*.js']);
  });

  test('what is given back passes to those who wait for any of it, in their order', () => {
    const waiting = [
      ask('W1', 'src'),
      ask('W2', 'src/a.ts'),
      ask('W3', 'src/b.ts'),
      ask('W4', 'src'),
      ask('W5', 'src/c.ts'),
    ];
    expect(held([...waiting, free('W1', 'src/')])).toEqual(['W2 src/a.ts', 'W3 src/b.ts']);
    const next = [...waiting, free('W1', 'src'), free('W2', 'src/a.ts')];
    expect(held(next)).toEqual(['W3 src/b.ts']);
    expect(held([...next, free('W3', './src/b.ts')])).toEqual(['W4 src']);
    expect(held([...next, free('W3', 'src/b.ts'), { t: 'exit', worker: 'W4', code: 0 }])).toEqual(['W5 src/c.ts']);
    // a request that is withdrawn lets those behind it pass
    expect(held([...next, free('W4', 'src')])).toEqual(['W3 src/b.ts', 'W5 src/c.ts']);
  });

  test('shared ones are held side by side, and a worker is not in its own way', () => {
    const shared = { mode: 'shared' };
    expect(held([ask('W1', 'src', shared), ask('W2', 'src/a.ts', shared)])).toEqual(['W1 src', 'W2 src/a.ts']);
    expect(held([ask('W1', 'src'), ask('W1', 'src/a.ts')])).toEqual(['W1 src', 'W1 src/a.ts']);
  });

  test('a file is free when nobody holds a folder in which it is', () => {
    const block = { t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 2, stderr: 'x', until: 'free:file:./src/a.ts' };
    const events = [{ t: 'session', session: 's', cwd: '/p' }, ask('W1', 'src'), block];
    expect(fold(events).blocks.get('B2')?.ended).toBeUndefined();
    expect(fold([...events, free('W1', '/p/src')]).blocks.get('B2')?.ended).toMatchObject({ how: 'until' });
  });

  test('two who wait for each other’s folder and file are a deadlock, which names the holders', () => {
    const state = fold([ask('W1', 'src/a.ts'), ask('W2', 'lib'), ask('W1', 'lib/b.ts'), ask('W2', 'src')]);
    const view = toViewModel(state, { id: 's1', now: T0 + 60_000, live: true, silentSeconds: 600 });
    expect(view.notices).toMatchObject([{ kind: 'cycle' }]);
    expect(view.locks.find(({ resource }) => resource === 'file:src')).toMatchObject({
      holders: [{ worker: 'W1' }],
      waiters: [{ worker: 'W2' }],
    });
  });

  test('thousands of locks of files and globs are folded in no time', () => {
    const started = process.cpuUsage();
    fold(Array.from({ length: 3000 }, (_, i) => ask(`W${i}`, `src/folder-${i % 100}/file-${i}.ts`)));
    fold(Array.from({ length: 1000 }, (_, i) => ask(`W${i}`, `src/*-${i}.ts`)));
    // comparing each with each other one takes minutes
    expect(process.cpuUsage(started).user).toBeLessThan(15_000_000);
  });

  test('locks are found by their folders as by comparing each with each', () => {
    const name = fc.constantFrom(
      '.',
      'a',
      'b',
      'a/b',
      'a/b/c',
      'ab',
      'a/*',
      'a/**',
      '*/b',
      '**',
      '/p/a',
      '/p',
      '/',
      '/q/a',
      '/p2',
    );
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 8 }), name, (paths, path) => {
        const project = { t: 'session', session: 's', cwd: '/p', realCwd: '/q' };
        const state = fold([project, ...paths.map((p, i) => ask(`W${i}`, p))]);
        const resource = resourceName(`file:${path}`, state.session);
        const expected = [...state.locks.keys()].filter(
          (other) => other !== resource && resourcesOverlap(other, resource, state.session),
        );
        const found = overlappingLocks(state, resource).map((lock) => lock.resource);
        expect(found.toSorted()).toEqual(expected.toSorted());
      }),
      { numRuns: 300 },
    );
  });
});

test('a task that is done ends its worker where that is clear: of two with the same task neither', () => {
  const same = (worker: string) => ({ t: 'spawn', worker, task: 'Run the tests' });
  const states = (...lines: object[]): unknown[] =>
    [...fold(lines as never).workers.values()].map(({ state }) => state);
  const done = { t: 'done', task: 'Run the tests' };
  expect(states(same('W1'), same('W2'), done)).toEqual(['running', 'running']);
  expect(states(same('W1'), same('W2'), { t: 'done', worker: 'W2' }, done)).toEqual(['done', 'done']);
  expect(states(same('W1'), done)).toEqual(['done']);
});
