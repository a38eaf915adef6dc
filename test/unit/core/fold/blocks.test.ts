import { describe, expect, test } from 'vitest';
import { LIMITS } from '#core/fold/state.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { stuckReason } from '#core/fold/stuck.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { fold, started, T0 } from './world.ts';

const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const block = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' };
const unblock = (by: string, id = 'B1', more: object = {}): object => ({ t: 'unblock', block: id, by, ...more });
const of = (state: SessionState, id = 'B1'): Block => state.blocks.get(id) ?? expect.fail(`there is no ${id}`);
const active = (state: SessionState): string[] =>
  [...state.blocks.values()].filter(({ ended }) => ended === undefined).map(({ id }) => id);
const notes = (state: SessionState) =>
  [...state.notes.values()].map(({ kind, event, text, updatedInput }) => ({
    kind,
    event,
    text,
    ...(updatedInput && { updatedInput }),
  }));

describe('what a worker’s hook leaves', () => {
  const json = { hookSpecificOutput: { updatedInput: { command: 'ls' } } };
  const refusal = { decision: 'block', reason: 'the JSON says no' };

  test.each<[string, object, object[]]>([
    [
      'a refusal after the fact informs',
      { event: 'PostToolUse', exit: 2, stderr: 'bad' },
      [{ kind: 'inform', text: 'bad' }],
    ],
    [
      'also one without words',
      { event: 'PostToolUse', exit: 2 },
      [{ kind: 'inform', text: 'blocked, no reason given' }],
    ],
    [
      'at a prompt it refuses that one',
      { event: 'UserPromptSubmit', exit: 2, stderr: 'later' },
      [{ kind: 'refusePrompt', text: 'later' }],
    ],
    ['a message informs', { exit: 0, message: 'half way' }, [{ kind: 'inform', text: 'half way' }]],
    ['success without words leaves nothing', { exit: 0 }, []],
    ['nor with blanks', { exit: 0, message: ' \n' }, []],
    [
      'another input rewrites',
      { exit: 0, json, message: 'safer' },
      [{ kind: 'rewrite', text: 'safer', updatedInput: { command: 'ls' } }],
    ],
    ['also without words', { exit: 0, json }, [{ kind: 'rewrite', text: '', updatedInput: { command: 'ls' } }]],
    ['any other exit warns', { exit: 1, stderr: 'disk nearly full' }, [{ kind: 'warn', text: 'disk nearly full' }]],
    ['also without words', { exit: 7 }, [{ kind: 'warn', text: 'exit code 7 without a word' }]],
  ])('%s: %j', (_what, fields, left) => {
    const hook = { t: 'hook', worker: 'W1', event: 'PreToolUse', ...fields };
    const state = fold([hook]);
    expect(notes(state)).toEqual(left.map((note) => ({ event: hook.event, ...note })));
    expect(state.blocks.size).toBe(0);
    // the person, too, is warned
    const warnings = left.filter((note) => 'kind' in note && note.kind === 'warn');
    expect(state.notices.map(({ kind, worker }) => [kind, worker])).toEqual(warnings.map(() => ['warning', 'W1']));
  });

  test.each<[object, string]>([
    [{ exit: 2 }, 'blocked, no reason given'],
    [{ exit: 2, stderr: ' wait \n' }, 'wait'],
    [{ exit: 0, json: refusal }, 'the JSON says no'],
    [{ exit: 2, json: refusal, stderr: 'and the shell' }, 'and the shell'],
    [{ exit: 0, json: { hookSpecificOutput: { permissionDecision: 'deny', permissionDecisionReason: 'no' } } }, 'no'],
  ])('a refusal of a call blocks: %j', (fields, text) => {
    expect(of(fold([{ ...block, stderr: undefined, ...fields }]))).toMatchObject({
      text,
      worker: 'W1',
      event: 'PreToolUse',
      cause: { kind: 'hook' },
    });
  });
});

describe('a block that is invoked again with its key', () => {
  const first = { ...block, key: 'k', match: { tool: 'Bash' }, until: 'free:db', ttlMs: 60_000 };
  const held = { t: 'acquire', worker: 'W2', resource: 'db' };

  test('has the new terms and none of the old ones', () => {
    const state = fold([held, first, { ...block, key: 'k', stderr: 'other' }]);
    const { sinceTs, renewedPos, text, until, pos } = of(state);
    expect({ sinceTs, renewedPos, text, until, pos }).toEqual({
      sinceTs: T0 + 1000,
      pos: 100,
      renewedPos: 200,
      text: 'other',
      until: [],
    });
    for (const name of ['match', 'dueTs', 'ttlMs', 'spanMs']) expect(of(state)).not.toHaveProperty(name);
    fold([{ t: 'release', worker: 'W2', resource: 'db' }], state, 10);
    expect(active(state)).toEqual(['B1']);
    fold([{ ...first, ttlMs: 5000, ts: T0 + 20_000, until: undefined }], state, 20);
    expect(of(state)).toMatchObject({ match: { tool: 'Bash' }, dueTs: T0 + 25_000, spanMs: 5000 });
  });

  test('ends by its new condition, at once if that is met', () => {
    const state = fold([held, { ...block, key: 'k' }, { ...block, key: 'k', until: 'free:db' }]);
    expect(active(state)).toEqual(['B1']);
    expect(active(fold([{ t: 'release', worker: 'W2', resource: 'db' }], state, 10))).toEqual([]);
    const met = fold([held, first, { ...first, until: 'free:port' }]);
    expect(of(met).ended?.how).toBe('until');
    // an ended one is another one
    expect(active(fold([{ ...block, key: 'k' }], met, 10))).toEqual(['B2']);
  });

  test('counts refusals of the end of a turn from zero where it says something else', () => {
    const stop = { ...block, event: 'Stop', key: 'k' };
    const denied = { t: 'denied', block: 'B1', tool: 'Stop' };
    const state = fold([stop, denied, denied, stop]);
    expect(of(state).stopCounts?.get('conductor')).toBe(2);
    fold([{ ...stop, stderr: 'another reason' }], state, 10);
    expect(of(state).stopCounts?.get('conductor')).toBeUndefined();
  });

  test('is the same one only for its worker and its event; without a key each is one', () => {
    const state = fold([first, { ...first, worker: 'W2' }, { ...first, event: 'Stop' }, block, block]);
    expect(state.blocks.size).toBe(5);
    expect(fold([{ ...block, key: 'undefined' }, block]).blocks.size).toBe(2);
  });
});

describe('a release', () => {
  const log = [...started(2), block, { ...block, worker: 'W2' }, { ...block, worker: 'W2', event: 'Stop' }];

  test.each<[string, object, string[], string | undefined]>([
    ['of all by the person ends all', unblock('user', 'all'), [], 'release'],
    ['of one by the person ends that', unblock('user', 'B1'), ['B2', 'B3'], 'release'],
    ['of all by a worker ends its own', unblock('W1', 'all'), ['B2', 'B3'], 'unblock'],
    ['of all by one that has none ends none', unblock('W9', 'all'), ['B1', 'B2', 'B3'], undefined],
    ['of one by another worker ends none', unblock('W2', 'B1'), ['B1', 'B2', 'B3'], undefined],
    ['of one that is none ends none', unblock('user', 'B9'), ['B1', 'B2', 'B3'], undefined],
  ])('%s', (_what, event, left, how) => {
    const state = fold([...log, event]);
    expect(active(state)).toEqual(left);
    expect(of(state).ended?.how).toBe(how);
  });

  test('by the person passes a word on to Claude, in a turn that may end at once; with none of another', () => {
    const told = (...events: object[]) =>
      [...fold([...log, ...events]).notes.values()].map(({ kind, worker, to, text, now }) => [
        worker,
        to,
        text,
        now,
        ...(kind === 'inform' ? [] : [kind]),
      ]);
    expect(told(unblock('user', 'B1', { word: 'go on' }))).toEqual([['user', 'conductor', 'go on', false]]);
    expect(told(unblock('user', 'B3', { word: 'go on' }))).toEqual([['user', 'conductor', 'go on', true]]);
    expect(told(unblock('user', 'all', { word: 'go on' }))).toEqual([['user', 'conductor', 'go on', true]]);
    expect(told(unblock('user', 'B1'))).toEqual([]);
    expect(told(unblock('W1', 'B1', { word: 'done' }))).toEqual([]);
    // what has ended is not released once more
    const again = [unblock('W1', 'B1'), unblock('user', 'B1', { word: 'go on' })];
    expect(told(...again)).toEqual([]);
    expect(of(fold([...log, ...again])).ended?.how).toBe('unblock');
  });

  test('of one call is the person’s alone', () => {
    const held = { t: 'held', block: 'B1', id: 'h1', tool: 'Bash', call: 'c1', limitMs: 60_000 };
    const passes = (by: string, id: string) => of(fold([...log, held, unblock(by, id, { call: 'c1' })])).passes?.length;
    expect([passes('user', 'B1'), passes('user', 'all')]).toEqual([1, 1]);
    expect([passes('W1', 'B1'), passes('W1', 'all')]).toEqual([undefined, undefined]);
    // past all blocks only where a line may cost that
    const spent = fold([...log, held]);
    spent.steps = 1e9;
    fold([unblock('user', 'all', { call: 'c1' })], spent, 20);
    expect(of(spent).passes).toBeUndefined();
    fold([unblock('user', 'B1', { call: 'c1' })], spent, 21);
    expect(of(spent).passes).toHaveLength(1);
    const state = fold([...log, held]);
    const { steps } = state;
    fold([unblock('user', 'all', { call: 'c1' })], state, 20);
    expect(state.steps - steps).toBeGreaterThanOrEqual(3);
  });

  test('leaves no call held, and an aborted session aborted unless it is of the abort', () => {
    const held = { t: 'held', block: 'B1', id: 'h1', tool: 'Bash', limitMs: 60_000 };
    const state = fold([...log, held, { t: 'abort', by: 'user' }, unblock('user', 'B1')]);
    expect(of(state)).toMatchObject({ holding: [], ended: { how: 'release' } });
    expect(state.aborted).toBeDefined();
    fold([unblock('user', 'B4')], state, 20);
    expect(state.aborted).toBeUndefined();
  });
});

describe('an end', () => {
  test('counts once: a second answer to what held the turn changes nothing', () => {
    const resolve = (word: string): object => ({ t: 'resolve', block: 'B1', by: 'conductor', word });
    const state = fold([{ ...block, event: 'Stop' }, resolve('fixed'), resolve('again')]);
    expect(of(state).ended).toEqual({ how: 'resolve', by: 'conductor', word: 'fixed', ts: T0 + 1000, pos: 100 });
    expect(fold([{ t: 'resolve', block: 'B9', by: 'conductor' }]).blocks.size).toBe(0);
  });

  test('by time is none of a block that has none, or that ended before', () => {
    const expire = { t: 'expire', what: 'block', ref: 'B1', seen: 0, ts: T0 + 99_000 };
    expect(active(fold([block, expire]))).toEqual(['B1']);
    const timed = { ...block, ttlMs: 5000 };
    expect(of(fold([timed, unblock('user'), expire])).ended?.how).toBe('release');
    expect(of(fold([timed, { ...expire, ts: T0 + 5000 }])).ended).toMatchObject({ how: 'expired', by: 'W1' });
    const hour = { ...block, ttlMs: 3_600_000 };
    expect(of(fold([hour, { ...expire, ts: T0 + 3_600_000 }])).ended?.how).toBe('expired');
    expect(active(fold([hour, { ...expire, ts: T0 + 3_599_999 }]))).toEqual(['B1']);
    // a second report changes nothing
    const twice = fold([timed, { ...expire, ts: T0 + 5000 }, { ...expire, ts: T0 + 6000 }]);
    expect(of(twice)).toMatchObject({ dueTs: T0 + 5000, ended: { ts: T0 + 5000 } });
  });

  test('of very many is kept for the newest, in whatever order they end', () => {
    const count = 2 * LIMITS.endedBlocks;
    for (const order of [(i: number) => i + 1, (i: number) => count - i]) {
      const state = fold([...many(count, () => block), ...many(count - 10, (i) => unblock('user', `B${order(i)}`))]);
      const kept = [...state.blocks.values()];
      expect(active(state)).toHaveLength(10);
      expect(kept.length).toBeLessThanOrEqual(1.5 * LIMITS.endedBlocks + 10);
      expect(kept.length).toBeGreaterThanOrEqual(LIMITS.endedBlocks + 10);
      // the youngest that have ended are all there
      const ended = many(count - 10, order).toSorted((a, b) => b - a);
      for (const number of ended.slice(0, LIMITS.endedBlocks / 2)) expect(state.blocks.has(`B${number}`)).toBe(true);
    }
  });

  test('of a hundred and fifty is kept, and with one more only that of the hundred newest', () => {
    const most = 1.5 * LIMITS.endedBlocks;
    const state = fold([...many(most + 1, () => block), ...many(most, (i) => unblock('user', `B${i + 1}`))]);
    expect(state.blocks.size).toBe(most + 1);
    fold([unblock('user', `B${most + 1}`)], state, 1000);
    expect([...state.blocks.keys()]).toEqual(many(LIMITS.endedBlocks, (i) => `B${most + 2 - LIMITS.endedBlocks + i}`));
  });

  test('is the same in the state that a snapshot keeps', () => {
    const before = [...started(2), { ...block, until: 'done:W2', key: 'k' }, { ...block, key: 'j' }];
    const after = [
      { ...block, key: 'k', until: ['free:db', 'done:W2'] },
      { t: 'exit', worker: 'W2', code: 0 },
    ];
    const whole = fold(after, fold(before), 10);
    const snapshot = fold(after, decodeState(encodeState(fold(before))), 10);
    expect(encodeState(snapshot)).toEqual(encodeState(whole));
    expect(active(whole)).toEqual(['B2']);
  });
});

test('a new turn counts the refusals of its end from zero, of all blocks', () => {
  const denied = (id: string): object => ({ t: 'denied', block: id, tool: 'Stop', id: 'run' });
  const stop = { ...block, event: 'Stop' };
  const state = fold([stop, { ...stop, worker: 'W2' }, denied('B1'), denied('B2'), denied('B1')]);
  expect(of(state).stopCounts?.get('conductor')).toBe(2);
  // the two blocks of one run of a hook refused it once
  expect(state.stopRefusals.get('conductor')?.count).toBe(1);
  fold(
    [
      { t: 'turn', state: 'idle' },
      { t: 'turn', state: 'working' },
    ],
    state,
    10,
  );
  expect([of(state), of(state, 'B2')].map(({ stopCounts }) => stopCounts?.get('conductor') ?? 0)).toEqual([0, 0]);
  expect(state.stopRefusals.get('conductor')).toBeUndefined();
});

describe('what is stuck', () => {
  const guard = [{ tool: 'Read', path: 'a', until: 'ok' }];
  const plan = (rule?: string): object => ({
    t: 'plan',
    run: 'R1',
    rule,
    sha256: 'x',
    workers: [{ worker: 'W1', guard }],
  });
  const failed = [
    { t: 'spawn', worker: 'W1' },
    { t: 'exit', worker: 'W1', code: 1 },
  ];

  test('is mended for a guard of a rule by the next run of that, and else by another start of the worker', () => {
    const remedy = (...log: object[]): string | undefined => {
      const state = fold(log);
      return stuckReason(state, of(state))?.remedy;
    };
    expect(remedy(plan('load'), ...failed)).toBe(
      "the person's prompt starts the rule load again and its workers end well",
    );
    expect(remedy(plan(), ...failed)).toBe('W1 is started again and ends well');
    expect(remedy(...started(1), { ...block, until: 'ok:W1' }, failed[1] ?? {})).toBe(
      'W1 is started again and ends well',
    );
  });

  test('and a guard that the next run took over is released with all others', () => {
    const run = (name: string, worker: string): object => ({
      ...plan('load'),
      run: name,
      workers: [{ worker, guard }],
    });
    const state = fold([run('R1', 'W1'), ...failed, run('R2', 'W2')]);
    expect(of(state).worker).toBe('W2');
    fold([unblock('user', 'all')], state, 20);
    expect(active(state)).toEqual([]);
  });

  test('is no block whose worker is unknown, at work, or ended well', () => {
    const stuck = (...log: object[]) => {
      const state = fold(log);
      return stuckReason(state, of(state));
    };
    expect(stuck({ ...block, worker: 'gate' })).toBeUndefined();
    expect(stuck(...started(1), block)).toBeUndefined();
    expect(stuck(...started(1), block, { t: 'exit', worker: 'W1', code: 1 })?.why).toContain('exit code 1');
  });
});

test('a key names one block of its worker at one event: others with the same key are others', () => {
  const keyed = (more: object): object => ({ ...block, key: 'k', ...more });
  const all = [{}, { event: 'Stop' }, { event: 'SubagentStop' }, { worker: 'W2' }, { key: 'l' }];
  const texts = (...more: object[]): string[] =>
    [...fold([...all, ...more].map(keyed)).blocks.values()].map(({ text }) => text);
  expect(texts()).toHaveLength(all.length);
  all.forEach((each, i) => {
    const renewed = texts({ ...each, stderr: 'new' });
    expect(renewed.map((text) => text === 'new')).toEqual(all.map((_, at) => at === i));
  });
});

describe('the guards of a rule', () => {
  const guards = [
    { tool: 'Bash' },
    { tool: 'Read' },
    { tool: 'Read', path: 'a' },
    { tool: 'Bash', command: 'git merge*' },
    { tool: 'Bash', agent: 'a1' },
    { event: 'Stop' },
    {},
  ];
  const run = (name: string, worker: string, guard: object[], rule = 'load'): object => ({
    t: 'plan',
    run: name,
    rule,
    sha256: 'x',
    workers: [{ worker, guard: guard.map((each) => ({ until: 'ok', ...each })) }],
  });
  const failed = [
    { t: 'spawn', worker: 'W1' },
    { t: 'exit', worker: 'W1', code: 1 },
  ];
  const workers = (...log: object[]): string[] => {
    const blocks = [...fold(log).blocks.values()];
    return blocks.filter(({ cause }) => cause.kind === 'guard').map(({ worker }) => worker);
  };

  test('that are stuck are taken over by the next run of it, each by the one of the same calls', () => {
    expect(workers(run('R1', 'W1', guards), ...failed, run('R2', 'W2', guards))).toEqual(guards.map(() => 'W2'));
    for (const only of guards)
      expect(workers(run('R1', 'W1', guards), ...failed, run('R2', 'W2', [only]))).toEqual(
        guards.map((each) => (each === only ? 'W2' : 'W1')),
      );
  });

  test('are none of another rule, nor of a run without one', () => {
    const first = [run('R1', 'W1', guards.slice(0, 1)), ...failed];
    expect(workers(...first, run('R2', 'W2', guards.slice(0, 1), 'other'))).toEqual(['W1', 'W2']);
    const { rule: _, ...plain } = run('R2', 'W2', guards.slice(0, 1)) as Record<string, unknown>;
    expect(workers(...first, plain)).toEqual(['W1', 'W2']);
    const { rule: _also, ...plainFirst } = run('R1', 'W1', guards.slice(0, 1)) as Record<string, unknown>;
    expect(workers(plainFirst, ...failed, plain)).toEqual(['W1', 'W2']);
  });
});
