import { describe, expect, test } from 'vitest';
import { LIMITS } from '#core/fold/state.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { fold, T0 } from './world.ts';

const block = { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: 'wait' };
const held = (call: string, more: object = {}): object => {
  return { t: 'held', block: 'B1', tool: 'Bash', id: `h-${call}`, call, limitMs: 9000, ...more };
};
const denied = (call: string, more: object = {}): object => ({ t: 'denied', block: 'B1', tool: 'Bash', call, ...more });
const letPass = (call: string): object => ({ t: 'unblock', block: 'B1', by: 'user', call });
const deny = (call: string, more: object = {}): object => ({ t: 'deny', call, by: 'user', ...more });
const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const B1 = (state: SessionState): Block => state.blocks.get('B1') ?? expect.fail();
const holding = (state: SessionState) => B1(state).holding.map(({ call }) => call);
const notes = (state: SessionState) => [...state.notes.values()].map(({ kind, to, text }) => [kind, to, text]);

describe('a call that a block holds', () => {
  test('is kept with what it is, until when and for whom, until a hook reports its end', () => {
    const state = fold([block, held('c1', { summary: 'ls', agent: 'a1' }), held('c2', { limitMs: undefined })]);
    expect(B1(state).holding).toEqual([
      { id: 'h-c1', tool: 'Bash', sinceTs: T0 + 1000, call: 'c1', summary: 'ls', agent: 'a1', untilTs: T0 + 10_000 },
      { id: 'h-c2', tool: 'Bash', sinceTs: T0 + 2000, call: 'c2' },
    ]);
    expect(B1(state).firstEnforcedTs).toBe(T0 + 1000);
    expect(holding(fold([held('c1', { ms: 5 })], state, 5))).toEqual(['c2']);
    expect(holding(fold([denied('c2', { id: 'h-c2' })], state, 6))).toEqual([]);
  });

  test('is another one without an id of its hook, and none where the block is unknown or has ended', () => {
    const { id: _, ...unnamed } = held('c1') as Record<string, unknown>;
    expect(holding(fold([block, unnamed, unnamed]))).toEqual(['c1', 'c1']);
    expect(holding(fold([block, { t: 'unblock', block: 'B1', by: 'user' }, held('c1')]))).toEqual([]);
    expect(fold([held('c1'), denied('c1')]).blocks.size).toBe(0);
  });

  test('is over with the turn, since its hook may have been killed; of very many the newest are kept', () => {
    const state = fold([block, ...many(LIMITS.heldCalls + 3, (i) => held(`c${i}`))]);
    expect(holding(state)).toEqual(many(LIMITS.heldCalls, (i) => `c${i + 3}`));
    expect(holding(fold([{ t: 'turn', state: 'waiting' }], state, 60))).toHaveLength(LIMITS.heldCalls);
    expect(holding(fold([{ t: 'turn', state: 'idle' }], state, 61))).toEqual([]);
  });
});

test('a refusal is counted, the last one kept, with whether it was held before', () => {
  const fields = { summary: 'ls', digest: 'd', agent: 'a1', by: 'user' };
  const state = fold([block, held('c1'), held('c1', { ms: 5 }), denied('c1', fields)]);
  expect([B1(state).deniedCount, B1(state).refused]).toEqual([
    1,
    { tool: 'Bash', ts: T0 + 3000, call: 'c1', wasHeld: true, ...fields },
  ]);
  fold([denied('c2')], state, 10);
  expect([B1(state).deniedCount, B1(state).refused]).toEqual([2, { tool: 'Bash', ts: T0 + 10_000, call: 'c2' }]);
  expect(B1(fold([block, { t: 'denied', block: 'B1', tool: 'Bash' }])).refused).toEqual({
    tool: 'Bash',
    ts: T0 + 1000,
  });
});

describe('a call that the person lets pass', () => {
  test('is taken from what is held and refused, and others stay', () => {
    const state = fold([block, held('c1'), held('c2'), denied('c3'), deny('c1'), deny('c2'), letPass('c1')]);
    expect([holding(state), B1(state).refused?.call, state.denials?.map(({ call }) => call)]).toEqual([
      ['c2'],
      'c3',
      ['c2'],
    ]);
    fold([letPass('c3')], state, 10);
    expect(B1(state).refused).toBeUndefined();
    expect(B1(state).passes?.map(({ call }) => call)).toEqual(['c1', 'c3']);
  });

  test('has passed once it ran, and others are still let pass', () => {
    const passed = (call: string, id = 'B1'): object => ({ t: 'passed', block: id, call });
    const state = fold([block, held('c1'), held('c2'), letPass('c1'), letPass('c2'), passed('c1')]);
    expect(B1(state).passes?.map(({ call }) => call)).toEqual(['c2']);
    fold([passed('c9'), passed('c2', 'B9')], state, 10);
    expect(B1(state).passes).toHaveLength(1);
    fold([passed('c2')], state, 11);
    expect(B1(state)).not.toHaveProperty('passes');
    expect(B1(fold([block, passed('c1')]))).not.toHaveProperty('passes');
  });

  test('is one of few: of very many the latest are kept', () => {
    const calls = many(LIMITS.passes + 3, (i) => `c${i}`);
    const state = fold([block, ...calls.map((call) => held(call)), ...calls.map(letPass)]);
    expect(B1(state).passes?.map(({ call }) => call)).toEqual(calls.slice(3));
  });
});

describe('a call that the person refuses', () => {
  test('after its refusal is told to the agent that made it, with what it was', () => {
    const refusal = 'Do not make it again, in this form or another, unless they ask for it.';
    const told = (call: object, ...more: object[]) => notes(fold([block, call, ...more, deny('c1')]));
    expect(told(denied('c1', { summary: 'ls -l', agent: 'a1' }))).toEqual([
      ['inform', 'a1', `The person refused this call.\n${refusal}\n(Bash ls -l)`],
    ]);
    expect(told(denied('c1'))).toEqual([['inform', 'conductor', `The person refused this call.\n${refusal}\n(Bash)`]]);
    // another call, one that the person has refused already, and one whose block has ended
    expect(told(denied('c2'))).toEqual([]);
    expect(told(denied('c1', { by: 'user' }))).toEqual([]);
    expect(told(denied('c1'), { t: 'unblock', block: 'B1', by: 'user' })).toEqual([]);
  });

  test('is refused by the hook that holds it beside others; of very many the latest are kept', () => {
    const calls = many(LIMITS.heldCalls, (i) => `c${i}`);
    const state = fold([block, ...calls.map((call) => held(call)), ...calls.map((call) => deny(call)), deny('c0')]);
    expect(state.denials?.map(({ call }) => call)).toEqual([...calls.slice(1), 'c0']);
    expect(fold([block, held('c1'), deny('c1')]).denials).toEqual([{ call: 'c1' }]);
  });

  test('costs steps by the blocks, and stays held where too many were taken', () => {
    const state = fold([block, { ...block, worker: 'W1' }, held('c1'), deny('c9')]);
    expect(state.steps).toBe(2);
    state.steps = 400_000;
    expect(fold([deny('c1')], state, 10).denials).toBeUndefined();
  });
});

test('the end of a turn that another program refuses is counted with those of Fermata', () => {
  const refused = { t: 'denied', block: 'B1', tool: 'Stop', id: 'run' };
  const turn = (state: string, reason?: string): object => ({ t: 'turn', state, reason });
  const count = (...events: object[]) => {
    const stop = { ...block, event: 'Stop' };
    return fold([stop, turn('working'), ...events]).stopRefusals.get('conductor')?.count;
  };
  expect(count(refused, { ...refused, id: 'run2' })).toBe(2);
  expect(count(turn('idle'))).toBeUndefined();
  expect(count(turn('idle'), turn('idle'))).toBe(1);
  expect(count(refused, turn('idle'), turn('idle'), turn('idle'))).toBe(3);
  // a refused call is none
  expect(count(denied('c1'))).toBeUndefined();
});
