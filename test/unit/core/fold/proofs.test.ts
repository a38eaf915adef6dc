import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeCondition, isCondition, parseCondition } from '#core/fold/conditions.ts';
import { covers, provableOf } from '#core/fold/provable.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';
import { blockReason } from '#core/policy/reason.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { eventsToArm, armedEvents } from '#core/session/armed.ts';
import { STATE_VERSION, type SessionState } from '#protocol/state.ts';
import { fold as foldAll, started, T0 } from './world.ts';

/** Folds events behind two workers that have started, or behind what a state has. */
const fold = (...events: object[]): SessionState => foldAll([...started(2), ...events]);
const after = (state: SessionState, ...events: object[]): SessionState =>
  foldAll(events, decodeState(encodeState(state)) ?? expect.fail(), state.events);

const OF = 'proven:npm test';
const block = { t: 'hook', worker: 'user', event: 'Stop', exit: 2, message: 'wait', until: OF };
const passed = { t: 'ran', of: OF, code: 0, ms: 5 };
const tree = (hash: string): object => ({ t: 'tree', of: OF, tree: hash });

const isOpen = (state: SessionState): boolean => state.blocks.get('B1')?.open !== undefined;
const view = (state: SessionState) => toViewModel(state, { now: T0 + 60_000, silentSeconds: 60, id: 's', live: true });

describe('the text of a condition', () => {
  test.each([
    ['proven:npm test', 'npm test', []],
    ['proven(src/**):npm test', 'npm test', ['src/**']],
    ['proven(app/(main)/**, !app/doc):cargo test', 'cargo test', ['app/(main)/**', '!app/doc']],
    ['proven():a:b', 'a:b', []],
  ])('%s', (text, command, globs) => {
    expect(isCondition(text)).toBe(true);
    expect(provableOf(text)).toEqual({ command, covers: globs });
    expect(parseCondition(text)).toEqual({ kind: 'proven', name: command });
    expect(describeCondition({ text, met: false })).toContain(`\`${command}\``);
  });
  test.each(['proven', 'proven:', 'proven(a)', 'proven(a:b', 'provenance:x'])('%s is none', (text) =>
    expect(isCondition(text)).toBe(false),
  );
  test('globs mean files of the project, and those with ! are left out', () => {
    const are = (text: string, path: string | undefined) => covers(provableOf(text) ?? expect.fail(), path);
    expect(are(OF, 'a.ts')).toBe(true);
    expect(are(OF, undefined)).toBe(true);
    expect(are(OF, '/etc/a')).toBe(false);
    expect(are('proven(src):x', 'src/a.ts')).toBe(true);
    expect(are('proven(src):x', 'lib/a.ts')).toBe(false);
    expect(are('proven(!docs/**,!**/*.md):x', 'a/b.md')).toBe(false);
    expect(are('proven(!docs/**,!**/*.md):x', 'a/b.ts')).toBe(true);
  });
});

describe('a block that waits for a proof', () => {
  test('is open while it holds, and stands again after an edit', () => {
    let state = fold(block);
    expect(isOpen(state)).toBe(false);
    state = after(state, passed);
    expect(isOpen(state)).toBe(true);
    expect(state.blocks.get('B1')?.ended).toBeUndefined();
    state = after(state, { t: 'edited', path: 'a.ts' });
    expect(isOpen(state)).toBe(false);
    expect(blockReason(state, [...state.blocks.values()], T0, 'fermata')).toContain('a.ts was edited since it passed');
    state = after(state, passed);
    expect(isOpen(state)).toBe(true);
    expect(isOpen(after(state, { t: 'ran', of: OF, code: 1 }))).toBe(false);
  });

  test('ends by the person, and not by a word of Claude', () => {
    const state = fold(block, { t: 'resolve', block: 'B1', by: 'conductor', word: 'they pass' });
    expect(state.blocks.get('B1')?.ended).toBeUndefined();
    expect(after(state, { t: 'unblock', block: 'B1', by: 'user' }).blocks.get('B1')?.ended).toBeDefined();
  });

  test('waits for its other conditions, too, each of which holds for good', () => {
    const both = { ...block, until: ['done:W1', OF] };
    let state = fold(both, passed);
    expect(isOpen(state)).toBe(false);
    state = after(state, { t: 'exit', worker: 'W1', code: 0 });
    expect(isOpen(state)).toBe(true);
  });

  test('is looked out for after each call, also before its first line is folded', () => {
    expect(eventsToArm(block as never)).toEqual(['PostToolUse', 'PostToolUseFailure']);
    expect([...armedEvents(fold(block))]).toEqual(['PostToolUse', 'PostToolUseFailure']);
  });
});

describe('what counts', () => {
  test('a run that an edit has met, one that is hidden, and one that nobody waits for', () => {
    const edit = { t: 'edited', path: 'a.ts', ts: T0 + 5000 };
    expect(isOpen(fold(block, edit, { ...passed, ts: T0 + 6000, ms: 2000 }))).toBe(false);
    expect(isOpen(fold(block, edit, { ...passed, ts: T0 + 6000, ms: 500 }))).toBe(true);
    const hidden = { t: 'ran', of: OF, hidden: 'why' };
    expect(isOpen(fold(block, hidden))).toBe(false);
    expect(isOpen(fold(block, passed, hidden))).toBe(true);
    expect(fold({ ...passed, of: 'proven:x' }).proofs.size).toBe(0);
  });

  test('the hash of the files, once it is known', () => {
    const state = fold(block, { ...passed, tree: 'a' });
    expect(isOpen(after(state, tree('b')))).toBe(false);
    expect(isOpen(after(state, tree('a')))).toBe(true);
    expect(isOpen(after(state, tree('a')))).toBe(true);
    expect(isOpen(after(state, { t: 'edited' }, tree('a')))).toBe(true);
  });

  test('the end of a task in the background, by its exit code', () => {
    const start = [block, { t: 'spawn', worker: 'bg', kind: 'shell' }, { t: 'ran', of: OF, task: 'bg' }];
    const result = 'Background command "t" completed (exit code 0)';
    expect(isOpen(fold(...start, { t: 'done', worker: 'bg', result }))).toBe(true);
    expect(isOpen(fold(...start, { t: 'exit', worker: 'bg', code: 1 }))).toBe(false);
    expect(isOpen(fold(...start, { t: 'exit', worker: 'bg', lost: true }))).toBe(false);
  });
});

test('what is called done without it is marked, and the panel has the line that shows it', () => {
  const edit = { t: 'edited', path: 'a.ts' };
  const state = fold(block, edit, { t: 'done', worker: 'W1' }, passed, { t: 'done', worker: 'W2' });
  const { workers, proofs } = view(state);
  expect(workers.find(({ id }) => id === 'W1')?.notShown).toEqual(['npm test']);
  expect(workers.find(({ id }) => id === 'W2')?.notShown).toBeUndefined();
  const pos = state.proofs.get(OF)?.run?.pos;
  expect(proofs).toMatchObject([{ command: 'npm test', state: 'shown', receipt: { pos } }]);
});

test('from any snapshot it goes on as from the beginning, whatever comes', () => {
  const event = fc.constantFrom<object>(
    block,
    { ...block, event: 'PreToolUse', until: ['proven(src/**):make', 'done:W1'] },
    passed,
    { ...passed, tree: 'a' },
    { t: 'ran', of: 'proven(src/**):make', code: 0 },
    { t: 'ran', of: OF, code: 2 },
    { t: 'ran', of: OF, hidden: 'x' },
    { t: 'ran', of: OF, task: 'bg' },
    { t: 'spawn', worker: 'bg', kind: 'shell' },
    { t: 'done', worker: 'bg' },
    { t: 'done', worker: 'W1' },
    { t: 'edited' },
    { t: 'edited', path: 'src/a.ts', worker: 'W1' },
    tree('a'),
    tree('b'),
    { t: 'unblock', block: 'all', by: 'user' },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 25 }), fc.nat(25), (events, cut) => {
      const whole = fold(...events);
      const half = decodeState(encodeState(fold(...events.slice(0, cut)))) ?? expect.fail();
      const rest = foldAll(events.slice(cut), half, half.events);
      // a block is open just when all that it waits for holds
      for (const { until, ended, open } of whole.blocks.values())
        if (ended === undefined)
          expect(open !== undefined).toBe(until.every(({ text, met }) => met || whole.proofs.get(text)?.held === true));
      expect(encodeState(rest)).toBe(encodeState(whole));
    }),
  );
});

test('a snapshot of the version before is read, unless its log has lines that it did not know', () => {
  const plain = JSON.parse(encodeState(fold(block)).split('\n')[0] ?? '') as Record<string, unknown>;
  const old: Record<string, unknown> = { ...plain, version: 23 };
  delete old['proofs'];
  expect(decodeState(`${JSON.stringify(old)}\n[]`)).toMatchObject({ version: STATE_VERSION, proofs: new Map() });
  expect(decodeState(`${JSON.stringify({ ...old, unknownTypes: [['ran', 1]] })}\n[]`)).toBeUndefined();
  expect(decodeState(`${JSON.stringify({ ...old, version: 21 })}\n[]`)).toBeUndefined();
});
