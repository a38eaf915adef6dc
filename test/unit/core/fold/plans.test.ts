import { describe, expect, test } from 'vitest';
import { noticesOf } from '#core/projection/notices.ts';
import { BY_IDS } from '#core/projection/wording.ts';
import { COUNTS } from '#core/fold/limits.ts';
import { canStart } from '#core/fold/workers.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

const asking = {
  t: 'plan',
  run: 'R1',
  sha256: 'x',
  rule: 'release',
  ask: true,
  workers: [
    { worker: 'W1', task: 'build', guard: [{ tool: 'Bash', command: 'git push*' }] },
    { worker: 'W2', task: 'test', after: ['ok:W1'] },
  ],
  ballots: [{ ballot: 'ship', voters: ['W1', 'W2'], quorum: 2 }],
};
const mayStart = (state: SessionState): string[] =>
  [...state.workers.values()].filter((w) => canStart(state, w)).map((w) => w.id);

describe('a plan that asks', () => {
  test('does nothing before the person consents', () => {
    const state = fold([asking, { t: 'exit', worker: 'W9', code: 1 }]);
    expect(mayStart(state)).toEqual([]);
    expect(state.blocks.size).toBe(0);
    expect(state.ballots.size).toBe(0);
    expect(noticesOf(state, 0, BY_IDS)).toMatchObject([
      { kind: 'plan', run: 'R1', text: 'release wants to start 2 workers (R1): W1: build; W2: test' },
    ]);
  });

  test('takes effect with the consent, once, and informs Claude', () => {
    const state = fold([
      asking,
      { t: 'consent', run: 'R1', decision: 'start', by: 'user', word: 'be quick' },
      { t: 'consent', run: 'R1', decision: 'refuse', by: 'user' },
    ]);
    expect(mayStart(state)).toEqual(['W1']);
    expect([...state.blocks.values()]).toMatchObject([{ worker: 'W1', cause: { kind: 'guard' } }]);
    expect(state.ballots.get('ship')).toMatchObject({ opened: true, quorum: 2 });
    expect([...state.notes.values()].map((note) => note.text)).toEqual([
      'the person let R1 start: W1 (build), W2 (test) and said: be quick',
    ]);
    expect(noticesOf(state, 0, BY_IDS)).toEqual([]);
  });

  test('starts none of its workers when the person refuses', () => {
    const state = fold([asking, { t: 'consent', run: 'R1', decision: 'refuse', by: 'user' }]);
    expect([...state.workers.values()].map((w) => w.state)).toEqual(['aborted', 'aborted']);
    expect([...state.workers.values()].map((w) => w.problem)).toEqual(
      Array.from({ length: 2 }, () => 'not started: refused by user'),
    );
    expect(state.runs.get('R1')?.asks).toBeUndefined();
    expect(state.blocks.size).toBe(0);
    expect([...state.notes.values()].map((note) => note.text)).toEqual([
      'the person does not want R1: W1 (build), W2 (test)',
    ]);
  });
});

test('a consent to what is unknown, or does not ask, says and changes nothing', () => {
  const state = fold([{ ...asking, ask: false }]);
  const consent = (run: string): object => ({ t: 'consent', run, decision: 'refuse', by: 'user', word: '' });
  fold([consent('R1'), consent('R9')], state, 20);
  expect([...state.workers.values()].map((w) => w.state)).toEqual(['planned', 'planned']);
  expect(state.notes.size).toBe(0);
  // an empty comment is none
  const refused = fold([asking, consent('R1')]);
  expect([...refused.notes.values()].map((note) => note.text)).toEqual([
    'the person does not want R1: W1 (build), W2 (test)',
  ]);
});

test('a refused plan ends its own workers that have not begun, and none that has its name from elsewhere', () => {
  const refuse = { t: 'consent', run: 'R1', decision: 'refuse', by: 'user' };
  const begun = fold([{ t: 'spawn', worker: 'W1', pid: 7 }, asking, refuse]);
  expect([...begun.workers.values()].map((w) => [w.id, w.state])).toEqual([
    ['W1', 'running'],
    ['W2', 'aborted'],
  ]);
  const other = { t: 'plan', run: 'R2', sha256: 'y', workers: [{ worker: 'W2' }] };
  const states = [...fold([other, asking, refuse]).workers.values()].map((w) => [w.id, w.run, w.state]);
  expect(states).toEqual([
    ['W2', 'R2', 'planned'],
    ['W1', 'R1', 'aborted'],
  ]);
  const many = Array.from({ length: COUNTS.workers + 1 }, (_, i) => ({ worker: `W${i}` }));
  const full = fold([{ ...asking, workers: many, ballots: [] }, refuse]);
  expect([full.workers.size, full.workers.get('W4999')?.state]).toEqual([COUNTS.workers, 'aborted']);
  const started = fold([asking, { t: 'spawn', worker: 'W1', pid: 7 }, refuse]);
  expect(started.workers.get('W1')?.state).toBe('running');
});

describe('what a plan announces', () => {
  const plan = (workers: object[], more: object = {}): object => ({
    t: 'plan',
    run: 'R1',
    sha256: 'x',
    workers,
    ...more,
  });

  test('is kept of each worker and of the run', () => {
    const proof = 'signed';
    const all = { worker: 'W2', task: 'test', after: ['ok:W1'], critical: true, kind: 'session', parent: 'W1' };
    const state = fold([plan([{ worker: 'W1' }, { ...all, machine: 'lab' }], { rule: 'release', proof })]);
    const { after: _, critical: __, ...rest } = all;
    expect(state.workers.get('W1')).toMatchObject({ state: 'planned', run: 'R1', after: [], critical: false });
    expect(state.workers.get('W1')).not.toHaveProperty('task');
    expect(state.workers.get('W2')).toMatchObject({
      after: ['ok:W1'],
      critical: true,
      machine: 'lab',
      plannedTs: T0,
      kind: rest.kind,
      parent: rest.parent,
      task: rest.task,
    });
    expect(state.runs.get('R1')).toEqual({ sha256: 'x', workers: ['W1', 'W2'], ts: T0, rule: 'release', proof });
  });

  test('of guards: the calls that they concern, their reason and their end, by default that of the worker', () => {
    const first = { worker: 'W1', guard: [{}, { event: 'Stop', reason: 'look first', until: 'free:db' }] };
    const match = { tool: 'Bash', path: 'src/**', command: 'git *', agent: 'a1' };
    const state = fold([plan([first, { worker: 'W2', guard: [{ ...match, until: ['ok:W1', 'done'] }] }])]);
    expect(
      [...state.blocks.values()].map(({ worker, event, text, match: of, until, cause }) => [
        [worker, event, text],
        of,
        until.map((each) => each.text),
        cause,
      ]),
    ).toEqual([
      [['W1', 'PreToolUse', 'W1 is not done yet'], {}, ['done:W1'], { kind: 'guard', run: 'R1' }],
      [['W1', 'Stop', 'look first'], {}, ['free:db'], { kind: 'guard', run: 'R1' }],
      [['W2', 'PreToolUse', 'W2 is not done yet'], match, ['ok:W1', 'done:W2'], { kind: 'guard', run: 'R1' }],
    ]);
  });

  test('a worker that may never start fails with the plan; one of another run, or that runs, is left alone', () => {
    const impossible = { worker: 'W2', after: ['ok:W1'] };
    const failed = fold([plan([{ worker: 'W1' }], { run: 'R2' }), { t: 'spawn', worker: 'W1' }]);
    fold([{ t: 'exit', worker: 'W1', code: 1 }, plan([impossible])], failed, 5);
    expect(failed.workers.get('W2')).toMatchObject({ state: 'failed', problem: 'not started: a prerequisite failed' });
    const running = fold([{ t: 'spawn', worker: 'W2' }, plan([{ ...impossible, after: ['ok:B9', 'clear:B9'] }])]);
    expect(running.workers.get('W2')?.state).toBe('running');
  });

  test('counts, whatever its file becomes: each change of that holds the end of the turn once, by its name', () => {
    const changed = (sha256: string): object => plan([{ worker: 'W9' }], { sha256 });
    const state = fold([plan([{ worker: 'W1' }]), changed('x'), changed('y'), changed('y'), changed('x')]);
    expect([...state.blocks.values()].map(({ worker, event, cause }) => [worker, event, cause])).toEqual([
      ['conductor', 'Stop', { kind: 'plan', run: 'R1' }],
    ]);
    expect(state.blocks.get('B1')?.text).toMatch(/^plan\.json of R1 was changed after it was announced\./);
    expect([...state.workers.keys()]).toEqual(['W1']);
    fold([changed('z')], state, 20);
    expect(state.blocks.size).toBe(2);
  });
});

test('a plan opens its ballots, and an exit before a retry does not end its worker', () => {
  const state = fold([
    { ...asking, ask: false },
    { t: 'spawn', worker: 'W1', pid: 9, attempt: 1 },
    { t: 'exit', worker: 'W1', code: 3, attempt: 1, retryMs: 1000 },
  ]);
  expect(state.ballots.get('ship')?.opened).toBe(true);
  expect(state.workers.get('W1')).toMatchObject({ state: 'starting', problem: 'attempt 1: exit code 3; again in 1 s' });
  expect(state.workers.get('W1')?.pid).toBeUndefined();
  expect(state.workers.get('W2')?.state).toBe('planned');
  fold(
    [
      { t: 'spawn', worker: 'W1', pid: 10, attempt: 2 },
      { t: 'exit', worker: 'W1', code: 0, attempt: 2 },
    ],
    state,
    50,
  );
  expect(state.workers.get('W1')).toMatchObject({ state: 'done', attempt: 2 });
  expect(mayStart(state)).toEqual(['W2']);
});

test('a worker that reported done itself is done when its end was not seen', () => {
  const state = fold([
    { ...asking, ask: false },
    { t: 'spawn', worker: 'W1', pid: 9 },
    { t: 'done', worker: 'W1' },
    { t: 'exit', worker: 'W1', lost: true },
  ]);
  expect(state.workers.get('W1')?.state).toBe('done');
});
