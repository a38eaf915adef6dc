import { describe, expect, test } from 'vitest';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { HeldCallView, ViewModel } from '#protocol/viewModel.ts';
import { fold, started, T0 } from '#test/unit/core/fold/world.ts';

const NOW = T0 + 30_000;
const project = (events: object[], now = NOW): ViewModel =>
  toViewModel(fold(events), { id: 's1', now, live: true, silentSeconds: 120 });
const calls = (events: object[], now = NOW): HeldCallView[] => project(events, now).calls;

const blocks = (worker: string, fields: object = {}): object => {
  return { t: 'hook', worker, event: 'PreToolUse', exit: 2, message: `${worker} waits`, ...fields };
};
const held = (block: string, fields: object = {}): object => {
  return { t: 'held', id: `h-${block}`, block, tool: 'Bash', summary: 'sh merge.sh', call: 'toolu_1', ...fields };
};
const denied = (block: string, fields: object = {}): object => {
  return { t: 'denied', id: 'run-1', block, tool: 'Bash', summary: 'sh merge.sh', call: 'toolu_1', ...fields };
};

describe('blocks that hold one call are one held call', () => {
  const ten = Array.from({ length: 10 }, (_, i) => `W${i + 1}`);
  const log = [
    ...started(10),
    ...ten.map((w) => blocks(w)),
    ...ten.map((_, i) => held(`B${i + 1}`, { limitMs: 9000 })),
  ];

  test('by the id that Claude Code gives it', () => {
    const [call, ...others] = calls(log);
    expect(others).toEqual([]);
    expect(call).toMatchObject({ state: 'held', tool: 'Bash', summary: 'sh merge.sh', needsYou: false });
    expect(call?.reasons.map(({ from }) => from)).toEqual(ten);
    // the first of its hooks to give up ends it
    expect(call?.givesUpTs).toBe(T0 + 21_000 + 9000);
  });

  test('without an id by its tool, its summary and its start', () => {
    const old = [...started(2), blocks('W1'), blocks('W2')];
    const at = (ms: number): object => ({ call: undefined, ts: T0 + 20_000 + ms });
    expect(calls([...old, held('B1', at(0)), held('B2', at(40))])).toHaveLength(1);
    expect(calls([...old, held('B1', at(0)), held('B2', at(4000))])).toHaveLength(2);
    expect(calls([...old, held('B1', at(0)), held('B2', { ...at(0), summary: 'ls' })])).toHaveLength(2);
  });
});

test('two calls that one block holds are two decisions', () => {
  const log = [blocks('user'), held('B1'), held('B1', { id: 'h-2', call: 'toolu_2', agent: 'A1' })];
  expect(calls(log).map(({ call, agent }) => [call, agent])).toEqual([
    ['toolu_1', undefined],
    ['toolu_2', 'A1'],
  ]);
});

test('a hold that gave up is a refused call, and says that it was held', () => {
  const log = [blocks('user'), held('B1'), held('B1', { ms: 20_000 }), denied('B1')];
  expect(calls(log)).toMatchObject([{ state: 'refused', gaveUp: true, needsYou: true }]);
  expect(calls([blocks('user'), denied('B1')])[0]?.gaveUp).toBeUndefined();
});

describe('who can end it decides whether it needs the person', () => {
  const needs = (events: object[], now = NOW): boolean[] => calls(events, now).map(({ needsYou }) => needsYou);

  test.each<[string, object[], boolean]>([
    ['a block of the person', [blocks('user'), held('B1')], true],
    ['a worker at work', [...started(1), blocks('W1'), held('B1')], false],
    ['a worker without a process is a person’s voice', [blocks('review'), held('B1')], true],
    ['a voice whose block ends by time', [blocks('review', { ttlMs: 60_000 }), held('B1')], false],
    ['a condition that can be met', [...started(1), blocks('review', { until: 'done:W1' }), held('B1')], false],
    [
      'a condition that cannot be met any more',
      [...started(1), blocks('review', { until: 'ok:W1' }), held('B1'), { t: 'exit', worker: 'W1', code: 1 }],
      true,
    ],
    ['a worker that failed', [...started(1), blocks('W1'), held('B1'), { t: 'exit', worker: 'W1', code: 1 }], true],
    ['a block that no call has met', [blocks('user')], false],
  ])('%s', (_name, log, needsYou) => {
    expect(needs(log).some(Boolean)).toBe(needsYou);
    expect(project(log).counts.needsYou).toBe(Number(needsYou));
  });

  test('a worker that has become silent', () => {
    const log = [...started(1), blocks('W1'), held('B1')];
    expect(needs(log, T0 + 100_000)).toEqual([false]);
    expect(needs(log, T0 + 200_000)).toEqual([true]);
  });

  test('a worker in a ring of locks', () => {
    const acquire = (worker: string, resource: string): object => ({ t: 'acquire', worker, resource, wait: true });
    const ring = [acquire('W1', 'db'), acquire('W2', 'disk'), acquire('W1', 'disk'), acquire('W2', 'db')];
    expect(needs([...started(2), blocks('W1'), held('B1')])).toEqual([false]);
    expect(needs([...started(2), blocks('W1'), held('B1'), ...ring])).toEqual([true]);
  });
});

test('the reasons that wait for the person come first', () => {
  const log = [...started(1), blocks('W1'), blocks('user'), held('B1'), held('B2')];
  expect(calls(log)[0]?.reasons.map(({ from, needsYou }) => [from, needsYou])).toEqual([
    ['user', true],
    ['W1', false],
  ]);
});

test('it is known when it ends only if that is known of every reason', () => {
  const eta = (worker: string, etaMs: number): object => ({ t: 'progress', worker, pct: 50, etaMs, ts: T0 + 10_000 });
  const log = [...started(2), blocks('W1'), blocks('W2'), held('B1'), held('B2')];
  expect(calls([...log, eta('W1', 60_000)])[0]?.etaTs).toBeUndefined();
  expect(calls([...log, eta('W1', 60_000), eta('W2', 30_000)])[0]?.etaTs).toBe(T0 + 70_000);
});

describe('a call that the person lets run', () => {
  const pass = { t: 'unblock', block: 'B1', by: 'user', call: 'toolu_1' };

  test('is held no more, and the block stands', () => {
    const view = project([...started(1), blocks('W1'), held('B1'), pass]);
    expect(view.calls).toEqual([]);
    expect(view.blocks).toMatchObject([{ id: 'B1', standing: true }]);
  });

  test('means nothing from a worker, or for a call that the block has never seen', () => {
    const log = [...started(1), blocks('W1'), held('B1')];
    expect(calls([...log, { ...pass, by: 'W1' }])).toHaveLength(1);
    const state = fold([...log, { ...pass, call: 'toolu_9' }]);
    expect(state.blocks.get('B1')?.passes).toBeUndefined();
  });

  test('passes once', () => {
    const state = fold([...started(1), blocks('W1'), denied('B1'), pass]);
    expect(state.blocks.get('B1')?.passes).toMatchObject([{ call: 'toolu_1', tool: 'Bash', summary: 'sh merge.sh' }]);
    fold([{ t: 'passed', block: 'B1', call: 'toolu_1' }], state, 20);
    expect(state.blocks.get('B1')?.passes).toBeUndefined();
  });
});

describe('a call that the person refuses', () => {
  const deny = { t: 'deny', call: 'toolu_1', by: 'user', word: 'not today' };
  const two = [...started(1), blocks('W1'), blocks('user'), held('B1'), held('B2')];

  test('may be a tool call with an id, and nothing else', () => {
    expect(calls(two).map(({ canDeny }) => canDeny)).toEqual([true]);
    expect(calls([blocks('user'), held('B1', { call: undefined })])[0]?.canDeny).toBeUndefined();
    const stop = [blocks('user', { event: 'Stop' }), held('B1', { tool: 'Stop' })];
    expect(calls(stop)[0]?.canDeny).toBeUndefined();
    expect(fold([...stop, deny]).denials).toBeUndefined();
  });

  test('is refused by the hook that waits with it, whatever its blocks become; then nothing is left to decide', () => {
    const state = fold([...two, deny]);
    expect(state.denials).toEqual([{ call: 'toolu_1', word: 'not today' }]);
    expect(state.notes.size).toBe(0);
    const answered = ['B1', 'B2'].flatMap((block) => [held(block, { ms: 5 }), denied(block, { by: 'user' })]);
    expect(calls([...two, deny, ...answered])).toEqual([]);
    expect(project([...two, deny, ...answered]).blocks).toHaveLength(2);
  });

  test('is another one when Claude makes it again', () => {
    const again = { id: 'h-9', call: 'toolu_2' };
    const log = [blocks('user'), held('B1'), deny, held('B1', { ms: 5 }), denied('B1', { by: 'user' })];
    expect(calls([...log, held('B1', again)])).toMatchObject([{ state: 'held', call: 'toolu_2', needsYou: true }]);
  });

  test('that was refused before is decided as well, and Claude is told so once', () => {
    const state = fold([blocks('user'), denied('B1', { agent: 'A1' }), deny, deny]);
    expect([...state.notes.values()]).toMatchObject([
      {
        to: 'A1',
        worker: 'user',
        text: expect.stringMatching(/^The person refused this call: not today\n[^]*sh merge\.sh/),
      },
    ]);
    expect(calls([blocks('user'), denied('B1'), deny])).toEqual([]);
  });

  test('may be let run after all', () => {
    const letRun = { t: 'unblock', block: 'B1', by: 'user', call: 'toolu_1' };
    const state = fold([blocks('user'), held('B1'), deny, letRun]);
    expect(state.denials).toEqual([]);
    expect(state.blocks.get('B1')?.passes).toMatchObject([{ call: 'toolu_1' }]);
  });

  test.each([
    ['of a worker', { ...deny, by: 'W1' }],
    ['of a call that nothing holds', { ...deny, call: 'toolu_9' }],
  ])('a refusal %s is nothing', (_name, event) => {
    const state = fold([...two, event]);
    expect(state.denials).toBeUndefined();
    expect(state.notes.size).toBe(0);
  });

  test('has a word as long as an answer has room for', () => {
    const state = fold([blocks('user'), held('B1'), { ...deny, word: 'x'.repeat(20_000) }]);
    expect(state.denials?.[0]?.word).toHaveLength(4096);
  });
});
