import { describe, expect, test } from 'vitest';
import { canStart } from '#core/fold/workers.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import { fold, started, T0 } from './world.ts';

const spawn = (more: object = {}): object => ({ t: 'spawn', worker: 'W1', pid: 1, ...more });
const exit = (more: object): object => ({ t: 'exit', worker: 'W1', ...more });
const abort = { t: 'abort', worker: 'W1', by: 'user' };
const stop = (more: object = {}): object => ({ t: 'spawn', worker: 'W1', kind: 'subagent', ...more });
const W1 = (state: SessionState): Worker => state.workers.get('W1') ?? expect.fail();

describe('progress', () => {
  const progress = (...events: object[]) =>
    W1(fold(events.map((event) => ({ t: 'progress', worker: 'W1', ...event })))).progress;

  test.each<[object, number | undefined]>([
    [{ pct: 5, done: 1, total: 2 }, 5],
    [{ done: 1, total: 4 }, 25],
    [{ done: 9, total: 4 }, 100],
    [{ done: -1, total: 4 }, 0],
    [{ done: 1 }, undefined],
    [{ total: 4 }, undefined],
    [{ done: 1, total: 0 }, undefined],
    [{ done: 1, total: -4 }, undefined],
  ])('%j is at %s percent', (event, pct) => {
    expect(progress(event)?.pct).toBe(pct);
  });

  test('keeps what a later line leaves out, but for the estimate', () => {
    const first = { pct: 10, etaMs: 5000, message: 'rows', phase: 'load' };
    expect(progress(first, {})).toEqual({ ts: T0 + 1000, pct: 10, message: 'rows', phase: 'load' });
    expect(progress(first, { pct: 20, etaMs: 1, message: 'cols', phase: 'save' })).toEqual({
      ts: T0 + 1000,
      pct: 20,
      etaMs: 1,
      message: 'cols',
      phase: 'save',
    });
    expect(
      W1(
        fold([
          { t: 'progress', worker: 'W1', message: 'rows' },
          { t: 'progress', worker: 'W1' },
        ]),
      ),
    ).toMatchObject({
      lastMessage: 'rows',
    });
  });

  test('of a worker that has ended well is whole, and any other is where it was, without an estimate', () => {
    const at = { t: 'progress', worker: 'W1', pct: 10, etaMs: 5000, phase: 'load' };
    expect(W1(fold([at, exit({ code: 0 })])).progress).toEqual({ ts: T0, pct: 100, phase: 'load' });
    expect(W1(fold([at, exit({ code: 1 })])).progress).toEqual({ ts: T0, pct: 10, phase: 'load' });
    expect(W1(fold([{ t: 'progress', worker: 'W1' }, exit({ code: 0 })])).progress).toEqual({ ts: T0 });
  });
});

describe('an exit', () => {
  test.each<[string, object[], Partial<Worker>]>([
    ['by its code', [spawn(), exit({ code: 3 })], { state: 'failed', problem: 'exit code 3' }],
    [
      'by a signal',
      [spawn(), exit({ code: null, signal: 'SIGKILL' })],
      { state: 'failed', problem: 'killed by SIGKILL' },
    ],
    ['by nothing known', [spawn(), exit({})], { state: 'failed', problem: 'exit code unknown' }],
    ['by its own reason', [spawn(), exit({ code: 1, reason: 'timed out' })], { state: 'failed', problem: 'timed out' }],
    [
      'after a report',
      [spawn(), { t: 'error', worker: 'W1', message: 'disk full' }, exit({ code: 1 })],
      { state: 'failed', problem: 'disk full (exit code 1)' },
    ],
    [
      'after a report that was nothing',
      [spawn(), { t: 'error', worker: 'W1', message: 'disk full' }, exit({ code: 0 })],
      { state: 'done', problem: undefined },
    ],
    [
      'that nobody saw',
      [spawn(), exit({ lost: true })],
      { state: 'lost', problem: 'its process is gone and nobody saw how it ended' },
    ],
    [
      'that nobody saw, with a reason',
      [spawn(), exit({ lost: true, reason: 'reboot' })],
      { state: 'lost', problem: 'reboot' },
    ],
    [
      'that is known after all',
      [spawn(), exit({ lost: true }), exit({ code: 1 })],
      { state: 'failed', problem: 'exit code 1' },
    ],
    [
      'after an abort',
      [spawn(), { ...abort, word: 'wrong' }, exit({ code: 0 })],
      { state: 'aborted', problem: 'aborted by user: wrong' },
    ],
    ['once only', [spawn(), exit({ code: 0 }), exit({ code: 1 })], { state: 'done', problem: undefined }],
    [
      'of a subagent that was stopped in Claude',
      [stop(), exit({ signal: 'stop', reason: 'by you' })],
      { state: 'aborted', problem: 'by you' },
    ],
    ['of a subagent that failed', [stop(), exit({ code: 1 })], { state: 'failed' }],
    ['of a teammate that failed', [stop({ kind: 'teammate' }), exit({ code: 1 })], { state: 'failed' }],
    [
      'of a teammate that is lost after an abort',
      [stop({ kind: 'teammate' }), abort, exit({ lost: true })],
      { state: 'aborted' },
    ],
    [
      'of a process by a signal of that name',
      [spawn(), exit({ signal: 'stop' })],
      { state: 'failed', problem: 'killed by stop' },
    ],
    [
      'by its last line of errors',
      [spawn(), exit({ code: 1, stderr: 'one\ntwo\nthree\n' })],
      { state: 'failed', lastMessage: 'three' },
    ],
    [
      'by its last words before',
      [spawn(), { t: 'progress', worker: 'W1', message: 'rows' }, exit({ code: 1, stderr: 'two' })],
      { lastMessage: 'rows' },
    ],
    ['without a word', [spawn(), exit({ code: 1, stderr: '\n' })], { state: 'failed', lastMessage: undefined }],
  ])('is told %s', (_how, events, expected) => {
    const worker = W1(fold(events));
    expect(Object.fromEntries(Object.keys(expected).map((name) => [name, worker[name as keyof Worker]]))).toEqual(
      expected,
    );
  });

  test('of a planned worker that nobody saw, after its report, is an end that is complete; of an unplanned one it is not', () => {
    const done = { t: 'done', worker: 'W1' };
    expect(W1(fold([...started(1), done, exit({ lost: true })])).state).toBe('done');
    expect(W1(fold([...started(1), exit({ lost: true })])).state).toBe('lost');
    expect(W1(fold([spawn(), done, exit({ lost: true })])).state).toBe('lost');
  });

  test('before another attempt is a start anew, which forgets the last one as it begins', () => {
    const retry = exit({ code: 1, attempt: 2, retryMs: 5400 });
    const again = fold([...started(1), spawn({ startTime: 's' }), retry]);
    expect(W1(again)).toMatchObject({ state: 'starting', attempt: 2, problem: 'attempt 2: exit code 1; again in 5 s' });
    expect(W1(again)).not.toHaveProperty('pid');
    expect(W1(again)).not.toHaveProperty('startTime');
    const begun = fold([spawn({ attempt: 3, ts: T0 + 60_000 })], again, 10);
    expect(W1(begun)).toMatchObject({ state: 'running', attempt: 3, startedTs: T0 + 60_000 });
    expect(W1(begun)).not.toHaveProperty('problem');
    expect(W1(fold([spawn(), exit({ code: 1, retryMs: 0 })])).problem).toBe('attempt 1: exit code 1; again in 0 s');
  });
});

describe('a critical worker', () => {
  const critical = started(1, { critical: true });
  const stops = (...events: object[]): string[] =>
    [...fold([...critical, ...events]).blocks.values()].map(
      ({ event, cause, text }) => `${event} ${cause.kind}: ${text}`,
    );

  test.each<[object[], string[]]>([
    [[exit({ code: 0 })], []],
    [[exit({ code: 1 })], ['Stop critical: CRITICAL: W1 (task W1) failed: exit code 1']],
    [
      [exit({ code: 1, stderr: ' oh\nno ' })],
      ['Stop critical: CRITICAL: W1 (task W1) failed: exit code 1\nThe last it wrote to standard error:\noh\nno'],
    ],
    // one that it has reported itself holds the turn already
    [
      [{ t: 'error', worker: 'W1', message: 'Critical disk', critical: true }, exit({ code: 1 })],
      ['Stop critical: Critical disk'],
    ],
    [
      [{ t: 'error', worker: 'W1', message: 'This is critical', critical: true }],
      ['Stop critical: CRITICAL: This is critical'],
    ],
  ])('%j holds the end of the turn by %j', (events, texts) => {
    expect(stops(...events)).toEqual(texts);
  });

  test('an error that is not critical warns the person, also of one that has no row', () => {
    const error = { t: 'error', message: 'slow' };
    const state = fold([
      { ...error, worker: 'W1' },
      { ...error, worker: 'conductor' },
    ]);
    expect(state.notices.map(({ kind, text, worker }) => [kind, text, worker])).toEqual([
      ['warning', 'slow', 'W1'],
      ['warning', 'slow', 'conductor'],
    ]);
    expect(W1(state)).toMatchObject({ problem: 'slow', lastMessage: 'slow' });
    expect(state.blocks.size).toBe(0);
    const own = fold([{ ...error, worker: 'conductor', critical: true }]);
    expect([...own.blocks.values()].map(({ worker, text }) => [worker, text])).toEqual([
      ['conductor', 'CRITICAL: slow'],
    ]);
  });
});

describe('a report that a task is done', () => {
  const done = (more: object = {}): object => ({ t: 'done', worker: 'W1', ...more });

  test('ends a worker without a process; one with a process or a runner ends at its exit', () => {
    expect(W1(fold([done()]))).toMatchObject({ state: 'done', reportedDone: true, endedTs: T0 });
    expect(W1(fold([spawn(), done()]))).toMatchObject({ state: 'running', reportedDone: true });
    expect(W1(fold([...started(1).slice(0, 1), done()])).state).not.toBe('done');
  });

  test('has a result in words, or none', () => {
    expect(W1(fold([done({ result: 'found' })])).lastMessage).toBe('found');
    for (const result of ['', 5, undefined]) expect(W1(fold([done({ result })]))).not.toHaveProperty('lastMessage');
  });

  test('of an unknown task, of none and of Claude itself is nobody’s', () => {
    const state = fold([{ t: 'done', task: 'unknown' }, { t: 'done' }, { t: 'done', worker: 'conductor' }]);
    expect(state.workers.size).toBe(0);
  });
});

describe('a start', () => {
  test('of one that ended well or was aborted is nothing; a subagent goes on with another message', () => {
    expect(W1(fold([spawn(), exit({ code: 0 }), spawn({ pid: 2 })]))).toMatchObject({ state: 'done', pid: 1 });
    expect(W1(fold([spawn(), abort, exit({}), spawn({ pid: 2 })]))).toMatchObject({ state: 'aborted', pid: 1 });
    const agent = W1(fold([stop(), { t: 'done', worker: 'W1', ts: T0 + 500 }, stop({ ts: T0 + 60_000 })]));
    expect(agent).toMatchObject({ state: 'running', startedTs: T0 + 60_000, reportedDone: false });
    expect(agent).not.toHaveProperty('endedTs');
    // what has a process now is no subagent that goes on
    expect(W1(fold([stop(), { t: 'done', worker: 'W1' }, spawn()])).state).toBe('done');
  });

  test('of one that failed is its next attempt; of one that failed before it began it is nothing', () => {
    expect(W1(fold([spawn(), exit({ code: 1 }), spawn({ pid: 2 })]))).toMatchObject({ state: 'running', pid: 2 });
    const plan = { t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W1', after: ['ok:W2'] }, { worker: 'W2' }] };
    const never = fold([plan, { t: 'exit', worker: 'W2', code: 1 }, spawn()]);
    expect(W1(never).state).toBe('failed');
  });

  test('of one that was lost goes on with its new process', () => {
    expect(W1(fold([spawn(), exit({ lost: true }), spawn({ pid: 2 })]))).toMatchObject({ state: 'running', pid: 2 });
  });

  test.each([
    [undefined, 'disk full'],
    [1, 'disk full'],
    [2, undefined],
  ])('that is attempt %s leaves the problem %s of before', (attempt, problem) => {
    const error = { t: 'error', worker: 'W1', message: 'disk full' };
    expect(W1(fold([error, spawn({ attempt })])).problem).toBe(problem);
  });

  test('that can no longer come holds the end of the turn, with what it would have needed', () => {
    const workers = [{ worker: 'W1' }, { worker: 'W2', task: 'ship', after: ['ok:W1', 'free:db'] }];
    const plan = { t: 'plan', run: 'R1', sha256: 'x', workers };
    const lock = { t: 'acquire', worker: 'user', resource: 'db' };
    const state = fold([lock, plan, exit({ code: 1 })]);
    expect([...state.blocks.values()].map(({ event, worker, text }) => [event, worker, text])).toEqual([
      [
        'Stop',
        'W2',
        'W2 (ship) was not started: it needs that W1 has ended well and db is free, which can no longer happen',
      ],
    ]);
    expect(state.steps).toBeGreaterThan(0);
  });

  test('reported again while it runs changes no time of its beginning', () => {
    expect(W1(fold([spawn(), spawn({ ts: T0 + 60_000 })]))).toMatchObject({ startedTs: T0, lastTs: T0 + 60_000 });
  });

  test('may come as soon as what it waits for is met, and the person has agreed to its plan', () => {
    const plan = (more: object): object => ({
      t: 'plan',
      run: 'R1',
      sha256: 'x',
      workers: [{ worker: 'W1', after: ['done:W2'] }, { worker: 'W2' }],
      ...more,
    });
    const may = (...events: object[]): boolean => {
      const state = fold(events);
      return canStart(state, W1(state));
    };
    const ended = { t: 'exit', worker: 'W2', code: 0 };
    expect(may(plan({}))).toBe(false);
    expect(may(plan({}), ended)).toBe(true);
    expect(may(plan({}), ended, spawn())).toBe(false);
    expect(may(plan({ ask: true }), ended)).toBe(false);
    expect(may(plan({ ask: true }), { t: 'consent', run: 'R1', decision: 'start', by: 'user' }, ended)).toBe(true);
  });
});

describe('an abort', () => {
  test('of the session refuses every call, once, by whom it is', () => {
    const state = fold([
      { t: 'abort', by: 'user', word: 'wrong' },
      { t: 'abort', by: 'other' },
    ]);
    expect([...state.blocks.values()].map(({ event, worker, text }) => [event, worker, text])).toEqual([
      ['PreToolUse', 'user', 'the session was aborted by user: wrong'],
    ]);
    expect(state.aborted).toEqual({ by: 'user', ts: T0 });
  });

  test('ends what has no process at once, and what has one at its exit; the first counts', () => {
    expect(W1(fold([{ t: 'progress', worker: 'W1' }, abort]))).toMatchObject({
      state: 'aborted',
      problem: 'aborted by user',
    });
    expect(W1(fold([spawn(), abort, { ...abort, by: 'other', word: 'late' }]))).toMatchObject({
      state: 'running',
      abort: { by: 'user', ts: T0 + 1000 },
    });
    expect(W1(fold([spawn(), { ...abort, word: 'x'.repeat(10_000) }])).abort?.word?.length).toBeLessThan(9000);
  });

  test('of what has ended, of a shell in Claude, and of Claude itself is nothing', () => {
    expect(W1(fold([spawn(), exit({ code: 0 }), abort]))).not.toHaveProperty('abort');
    expect(W1(fold([spawn({ kind: 'shell', pid: undefined }), abort])).state).toBe('running');
    expect(fold([{ ...abort, worker: 'conductor' }]).workers.size).toBe(0);
  });
});
