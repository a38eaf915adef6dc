import { describe, expect, test } from 'vitest';
import { COUNTS } from '#core/fold/limits.ts';
import { isActive } from '#core/fold/queries.ts';
import type { SessionState } from '#protocol/state.ts';
import { fold, started, T0 } from './world.ts';

const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const ask = (worker: string, more: object = {}): object => ({
  t: 'acquire',
  worker,
  resource: 'db',
  wait: true,
  ...more,
});
const release = (worker: string, more: object = {}): object => ({ t: 'release', worker, resource: 'db', ...more });
const holders = (state: SessionState, resource = 'db'): string[] =>
  state.locks.get(resource)?.holders.map(({ worker }) => worker) ?? [];
const queue = (state: SessionState, resource = 'db'): string[] =>
  state.locks.get(resource)?.queue.map(({ worker }) => worker) ?? [];
const former = (state: SessionState): [string, string | undefined][] =>
  state.locks.get('db')?.former.map(({ worker, why }) => [worker, why]) ?? [];
const losses = (state: SessionState): [string, string][] =>
  [...state.notes.values()].filter(({ kind }) => kind === 'lockLost').map(({ to, text }) => [to, text]);

describe('when Claude’s session ends', () => {
  const log = [
    ask('conductor', { id: 'plain' }),
    ask('conductor', { id: 'second', resource: 'port' }),
    ask('conductor', { id: 'lease', resource: 'gpu', ttlMs: 60_000 }),
    ask('W1'),
    ask('W1', { resource: 'gpu' }),
    ask('W2', { resource: 'disk' }),
    ask('conductor', { id: 'asked', resource: 'disk' }),
    ask('W3', { resource: 'disk' }),
  ];

  test('what it held without a lease passes on, and what it asked for is dropped; a lease lapses by itself', () => {
    const state = fold([...started(3), ...log, { t: 'end', reason: 'exit' }]);
    expect([holders(state), holders(state, 'port'), holders(state, 'gpu')]).toEqual([['W1'], [], ['conductor']]);
    expect(former(state)).toEqual([['conductor', "Claude's session ended"]]);
    expect(losses(state)).toEqual(
      ['db', 'port'].map((name) => ['conductor', `you no longer have ${name}: Claude's session ended`]),
    );
    // who never had it has lost nothing
    expect(state.locks.get('disk')).toMatchObject({
      holders: [{ worker: 'W2' }],
      queue: [{ worker: 'W3' }],
      former: [],
    });
  });

  test('by /clear the same process goes on, and holds what it held', () => {
    const state = fold([...started(3), ...log, { t: 'end', reason: 'clear' }]);
    expect([holders(state), queue(state)]).toEqual([['conductor'], ['W1']]);
    expect(losses(state)).toEqual([]);
  });
});

describe('when a worker ends', () => {
  test('its locks pass on, also two of one, and its requests are dropped; those of others stay as they are', () => {
    const state = fold([
      ...started(3),
      ask('W1', { mode: 'shared', id: 'a' }),
      ask('W1', { mode: 'shared', id: 'b' }),
      ask('W2'),
      ask('W3', { resource: 'port' }),
      ask('W1', { resource: 'port' }),
      ask('W2', { resource: 'port' }),
      { t: 'exit', worker: 'W1', code: 0 },
    ]);
    expect([holders(state), queue(state)]).toEqual([['W2'], []]);
    expect([holders(state, 'port'), queue(state, 'port')]).toEqual([['W3'], ['W2']]);
    expect(former(state)).toEqual([
      ['W1', 'its worker ended'],
      ['W1', 'its worker ended'],
    ]);
    // it reads nothing any more
    expect(losses(state)).toEqual([]);
  });
});

describe('what is given back', () => {
  const three = ['a', 'b', 'c'].map((id) => ask('W1', { mode: 'shared', id }));
  const ids = (state: SessionState): string[] => state.locks.get('db')?.holders.map(({ id }) => id) ?? [];

  test.each<[string, object, string[]]>([
    ['all of a worker', {}, []],
    ['one by its id', { id: 'b' }, ['a', 'c']],
    ['one by its token', { token: 200 }, ['a', 'b']],
    ['none, where id and token are of two', { id: 'a', token: 200 }, ['a', 'b', 'c']],
    ['none of an unknown id', { id: 'x' }, ['a', 'b', 'c']],
  ])('is %s', (_what, which, left) => {
    const state = fold([...three, release('W1', which)]);
    expect(ids(state)).toEqual(left);
    // a lock that nobody has or ever lost is none
    expect(state.locks.has('db')).toBe(left.length > 0);
  });

  test('is nothing of another, nor of a lock that is none; who breaks one is named, and its holder is told', () => {
    const state = fold([ask('W1'), release('W2'), release('W1', { resource: 'port' })]);
    expect(holders(state)).toEqual(['W1']);
    fold([ask('W2'), release('W1', { by: 'user' }), release('W2', { by: 'W2' })], state, 10);
    expect(former(state)).toEqual([['W1', 'broken by user']]);
    expect(losses(state)).toEqual([['W1', 'you no longer have db: broken by user']]);
  });

  test('a request that waits may be taken back: the next in the queue moves up', () => {
    const state = fold([ask('W1'), ask('W2'), ask('W3'), release('W2'), release('W1')]);
    expect([holders(state), queue(state)]).toEqual([['W3'], []]);
  });

  test('opens what waits for a lock that is free, once nobody has it, and not before', () => {
    const block = { t: 'hook', worker: 'gate', event: 'PreToolUse', exit: 2, until: 'free:db' };
    const shared = ['W1', 'W2'].map((worker) => ask(worker, { mode: 'shared' }));
    const state = fold([...shared, block, release('W1')]);
    expect(isActive(state.blocks.get('B1') ?? expect.fail(), T0)).toBe(true);
    fold([release('W2')], state, 10);
    expect(state.blocks.get('B1')?.ended?.how).toBe('until');
  });
});

describe('a request', () => {
  test('that does not wait is granted at once, or none', () => {
    const state = fold([ask('W1'), ask('W2', { wait: false })]);
    expect([holders(state), queue(state)]).toEqual([['W1'], []]);
    const later = fold([ask('W3'), ask('W4', { wait: false, mode: 'shared' }), release('W1')], state, 10);
    expect([holders(later), queue(later)]).toEqual([['W3'], []]);
  });

  test('that is made again with its id is the same one: it keeps its place and its token, and has a new end', () => {
    const state = fold([
      ask('W1', { id: 'a', ttlMs: 5000 }),
      ask('W2', { id: 'b' }),
      ask('W1', { id: 'a', ttlMs: 9000 }),
    ]);
    expect(state.locks.get('db')?.holders).toMatchObject([
      { id: 'a', mode: 'exclusive', token: 0, renewedPos: 200, dueTs: T0 + 11_000, grantedTs: T0 },
    ]);
    // of another worker, or of another lock, the same id is another one
    fold([ask('W3', { id: 'a' }), ask('W1', { id: 'a', resource: 'port' })], state, 10);
    expect([queue(state), holders(state, 'port')]).toEqual([['W2', 'W3'], ['W1']]);
  });

  test('without an id is one for each line', () => {
    const state = fold([ask('W1', { mode: 'shared' }), ask('W1', { mode: 'shared' })]);
    expect(state.locks.get('db')?.holders.map(({ id }) => id)).toEqual(['@0', '@100']);
  });

  test('that is shared waits behind one that is not, also where the holders are shared', () => {
    const state = fold([ask('W1', { mode: 'shared' }), ask('W2'), ask('W3', { mode: 'shared' })]);
    expect([holders(state), queue(state)]).toEqual([['W1'], ['W2', 'W3']]);
    const both = fold([ask('W1'), ask('W2', { mode: 'shared' }), ask('W3', { mode: 'shared' }), release('W1')]);
    expect([holders(both), queue(both)]).toEqual([['W2', 'W3'], []]);
  });

  test('beyond what is followed is not granted, and counted', () => {
    const crowd = fold(many(COUNTS.requestsOfLock + 2, (i) => ask(`W${i}`)));
    expect(queue(crowd)).toHaveLength(COUNTS.requestsOfLock - 1);
    const requests = `left out: more than ${COUNTS.requestsOfLock} requests for a lock, or ${COUNTS.requests} for all`;
    expect([...crowd.damaged]).toEqual([[requests, 2]]);
    const locks = fold(many(COUNTS.locks + 2, (i) => ask('W1', { resource: `r${i}` })));
    expect(locks.locks.size).toBe(COUNTS.locks);
    expect([...locks.damaged]).toEqual([[`left out: more than ${COUNTS.locks} locks`, 2]]);
    // one that is known is asked for as before
    expect(queue(fold([ask('W2', { resource: 'r1' })], locks, 5000), 'r1')).toEqual(['W2']);
  });
});

describe('a lease', () => {
  const expire = (ref: string, seen: number, ts: number): object => ({
    t: 'expire',
    what: 'lock',
    ref,
    seen,
    ts: T0 + ts,
  });

  test('that is over passes the lock on, and tells who had it; one that has time left, or is another, does not', () => {
    const state = fold([ask('W1', { id: 'a', ttlMs: 3000 }), ask('W2', { id: 'b' })]);
    fold([expire('a', 0, 2999), expire('b', 0, 9000), expire('a', 100, 9000)], state, 2);
    expect(holders(state)).toEqual(['W1']);
    expect(state.locks.get('db')?.holders[0]).not.toHaveProperty('reports');
    fold([expire('a', 0, 3000)], state, 5);
    expect(holders(state)).toEqual(['W2']);
    expect(losses(state)).toEqual([['W1', 'you no longer have db: lease expired']]);
    // one without an end has none
    fold([expire('b', 100, 99_000)], state, 6);
    expect(holders(state)).toEqual(['W2']);
  });

  test('of a place in the queue lapses as well', () => {
    const state = fold([ask('W1'), ask('W2', { id: 'b', ttlMs: 1000 }), ask('W3'), expire('b', 100, 9000)]);
    expect(queue(state)).toEqual(['W3']);
  });
});

describe('files in common', () => {
  const file = (worker: string, path: string, more: object = {}): object =>
    ask(worker, { resource: `file:${path}`, ...more });
  const giveBack = (worker: string, path: string): object => release(worker, { resource: `file:${path}` });
  const heldBy = (state: SessionState): Record<string, string[]> =>
    Object.fromEntries([...state.locks.keys()].map((name) => [name.slice('file:'.length), holders(state, name)]));
  const blocks = (state: SessionState) => [...state.blocks.values()].filter(({ ended }) => ended === undefined);

  test('a folder waits for the files in it, and each of them for it, in the order of asking', () => {
    const state = fold([file('W1', 'src/a'), file('W2', 'src'), file('W3', 'src/b'), file('W4', 'docs')]);
    expect(heldBy(state)).toEqual({ 'src/a': ['W1'], src: [], 'src/b': [], docs: ['W4'] });
    fold([giveBack('W1', 'src/a')], state, 10);
    expect(heldBy(state)).toEqual({ src: ['W2'], 'src/b': [], docs: ['W4'] });
    fold([giveBack('W2', 'src')], state, 11);
    expect(heldBy(state)).toEqual({ 'src/b': ['W3'], docs: ['W4'] });
  });

  test('that are not granted, and not waited for, leave nothing', () => {
    const state = fold([file('W1', 'src'), file('W2', 'src/a', { wait: false })]);
    expect([...state.locks.keys()]).toEqual(['file:src']);
    fold([giveBack('W1', 'src')], state, 10);
    expect([...state.locks.keys()]).toEqual([]);
  });

  test.each([
    ['a', 'b'],
    ['b', 'a'],
  ])('that become free together are granted in the order of asking: %s before %s', (...names) => {
    const waiting = names.map((name, i) => file(`W${i + 2}`, `src/${name}`));
    const state = fold([file('W1', 'src'), ...waiting, giveBack('W1', 'src')]);
    expect(blocks(state).map(({ match }) => match?.path)).toEqual(names.map((name) => `src/${name}`));
  });

  test('of one worker are not in its own way, and shared ones share', () => {
    const state = fold([file('W1', 'src'), file('W1', 'src/a')]);
    expect(heldBy(state)).toEqual({ src: ['W1'], 'src/a': ['W1'] });
    const shared = fold([
      file('W1', 'src', { mode: 'shared' }),
      file('W2', 'src/a', { mode: 'shared' }),
      file('W3', 'src/b'),
    ]);
    expect(heldBy(shared)).toEqual({ src: ['W1'], 'src/a': ['W2'], 'src/b': [] });
  });

  test('a block stands for each holder, of the tools that write, with what it is about, and ends with the lock', () => {
    const state = fold([file('W1', 'src/a', { id: 'x' }), file('W2', 'src/a')]);
    expect(blocks(state)).toMatchObject([
      {
        worker: 'W1',
        event: 'PreToolUse',
        text: 'src/a is locked by W1',
        cause: { kind: 'lock', resource: 'file:src/a', token: 0 },
        match: { tool: 'Edit|MultiEdit|Write|NotebookEdit', path: 'src/a' },
      },
    ]);
    fold([giveBack('W1', 'src/a')], state, 10);
    expect(blocks(state).map(({ worker }) => worker)).toEqual(['W2']);
    expect(state.blocks.get('B1')?.ended).toMatchObject({ how: 'lock passed on', by: 'W1' });
    // what is no file is guarded by those who ask for it alone
    expect(fold([ask('W1')]).blocks.size).toBe(0);
  });
});

test('each lock of a file has its own block, which ends with it and leaves the others', () => {
  const lock = (path: string): object => ({ t: 'acquire', worker: 'W1', resource: `file:${path}` });
  const standing = (...events: object[]): (string | undefined)[] =>
    [...fold([lock('a'), lock('b'), lock('c'), ...events]).blocks.values()]
      .filter(({ ended }) => ended === undefined)
      .map(({ match }) => match?.path);
  expect(standing()).toEqual(['a', 'b', 'c']);
  expect(standing({ t: 'release', worker: 'W1', resource: 'file:a' })).toEqual(['b', 'c']);
  expect(standing({ t: 'release', worker: 'W1', resource: 'file:b' })).toEqual(['a', 'c']);
  // taken again it has another one
  expect(standing({ t: 'release', worker: 'W1', resource: 'file:a' }, lock('a'))).toEqual(['b', 'c', 'a']);
});

test('files that were given back cost nothing any more', () => {
  const lock = (t: string, path: string): object => ({ t, worker: 'W1', resource: `file:${path}` });
  const paths = Array.from({ length: 100 }, (_, i) => `d/${i}`);
  const steps = (...events: object[]): number => {
    const state = fold(events);
    const before = state.steps;
    return fold([lock('acquire', 'd')], state, 1000).steps - before;
  };
  const taken = paths.map((path) => lock('acquire', path));
  expect(steps(...taken)).toBeGreaterThanOrEqual(paths.length);
  expect(steps(...taken, ...paths.map((path) => lock('release', path)))).toBe(steps());
});
