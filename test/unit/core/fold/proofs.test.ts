import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeCondition, isCondition, parseCondition } from '#core/fold/conditions.ts';
import { awaitedProofs, covers, provableOf } from '#core/fold/provable.ts';
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
    ['proven(a,, b ): npm  test ', 'npm  test', ['a', 'b']],
    ['proven:a\nb', 'a\nb', []],
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
    expect(are('proven(src):x', 'src')).toBe(true);
    expect(are('proven(src):x', 'srcs/a.ts')).toBe(false);
    expect(are('proven(.):x', 'lib/a.ts')).toBe(true);
    expect(are('proven(/etc):x', '/etc/a')).toBe(true);
    expect(are('proven:x', 'C:/a')).toBe(false);
    expect(are('proven:x', 'a/b:/c')).toBe(true);
    expect(are('proven(src,lib/*.ts):x', 'lib/a.ts')).toBe(true);
    expect(are('proven(src,xsrc):x', 'src/a.ts')).toBe(true);
    expect(are('proven(src,!src/gen):x', 'src/gen/a.ts')).toBe(false);
    expect(are('proven(src,!src/gen):x', 'src/a.ts')).toBe(true);
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

  test('rests on the newest of the lines that show what it waits for', () => {
    const other = { ...passed, of: 'proven:lint' };
    const receipt = (...runs: object[]): number | undefined =>
      fold(
        { ...block, until: [OF, 'proven:lint', 'done:W1'] },
        { t: 'exit', worker: 'W1', code: 0 },
        ...runs,
      ).blocks.get('B1')?.open;
    expect([receipt(passed), receipt(passed, other), receipt(other, passed)]).toEqual([undefined, 600, 600]);
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

describe('what shows nothing', () => {
  const edit = { t: 'edited', path: 'a.ts', ts: T0 + 5000 };
  const start = { t: 'ran', of: OF, task: 'bg' };
  const shell = { t: 'spawn', worker: 'bg', kind: 'shell' };
  const finished = (result: string): object => ({ t: 'done', worker: 'bg', result });

  test.each<[what: string, events: object[], open: boolean]>([
    ['a run whose end nobody saw', [{ t: 'ran', of: OF }], false],
    ['a run that failed, though the files are as they were', [{ ...passed, code: 1, tree: 'a' }, tree('a')], false],
    ['files as they were, without a run', [tree('a')], false],
    ['files as they were, where the run has kept none', [passed, { t: 'edited' }, tree('a')], false],
    [
      'files as they were after a run that an edit has met',
      [edit, { ...passed, ts: T0 + 6000, ms: 2000, tree: 'a' }, tree('a')],
      false,
    ],
    ['the beginning of a task', [shell, start], false],
    ['the end of another task', [shell, start, { t: 'exit', worker: 'W1', code: 0 }], false],
    ['the exit code of a task that its text names', [shell, start, finished('failed (exit code 12)')], false],
    ['a task that is stopped', [passed, shell, start, { t: 'exit', worker: 'bg', signal: 'stop' }], true],
    ['a task that is lost', [passed, shell, start, { t: 'exit', worker: 'bg', lost: true }], true],
    [
      'the exit code of a task at the end of its text',
      [passed, shell, start, finished('failed (exit code 1)\n')],
      false,
    ],
    ['an edit of a file that it does not cover', [passed, { t: 'edited', path: '/etc/hosts' }], true],
    ['another end of the same run', [passed, passed], true],
    ['an edit as it begins', [edit, { ...passed, ts: T0 + 6000, ms: 1000 }], true],
    ['a task whose end is seen at once', [shell, { ...start, code: 0 }], true],
  ])('%s', (_what, events, open) => {
    expect(isOpen(fold(block, ...events))).toBe(open);
  });

  test('a task that ends well without a word shows it, unless an edit came while it ran', () => {
    const end = { t: 'exit', worker: 'bg', code: 0 };
    expect(isOpen(fold(block, shell, start, end))).toBe(true);
    expect(isOpen(fold(block, shell, start, { t: 'edited' }, end))).toBe(false);
    expect(isOpen(fold(block, shell, start, finished('(exit code 1) and more')))).toBe(true);
    // once it has ended it shows nothing more
    const again = after(fold(block, shell, start, end, { t: 'edited' }), { ...shell, worker: 'bg' }, end);
    expect(isOpen(again)).toBe(false);
  });

  test('what is kept is the last run with its time, its files and who made it, and what came since', () => {
    const by = { worker: 'W2', tree: 'a', ts: T0 + 9000 };
    const kept = (...events: object[]) => fold(block, ...events).proofs.get(OF);
    const run = { pos: 400, ts: T0 + 9000, sinceTs: T0 + 8995, worker: 'W2', tree: 'a' };
    expect(kept({ ...passed, ...by })).toEqual({ held: true, run: { ...run, code: 0 } });
    expect(kept({ ...passed, ...by, code: 3 })).toEqual({ held: false, run: { ...run, code: 3 } });
    expect(kept({ t: 'ran', of: OF, ts: T0 })?.run?.code).toBe(-1);
    expect(kept({ ...start, ...by })).toEqual({
      held: false,
      running: { task: 'bg', sinceTs: T0 + 9000, worker: 'W2', tree: 'a' },
    });
    const hidden = { t: 'ran', of: OF, hidden: 'a pipe' };
    expect(kept(hidden)).toEqual({ held: false, hidden: { pos: 400, ts: T0 + 4000, why: 'a pipe' } });
    expect(kept(hidden, passed)).not.toHaveProperty('hidden');
    // an edit is forgotten by a run that began after it
    const edited = { pos: 400, ts: T0 + 5000, path: 'a.ts', worker: 'W1' };
    const edits = { ...edit, worker: 'W1' };
    expect(kept(edits)).toEqual({ held: false, edited });
    expect(kept(edits, { ...passed, ts: T0 + 6000, ms: 2000 })).toMatchObject({ edited, run: { mixed: true } });
    expect(kept(edits, { ...passed, ts: T0 + 8000 })).not.toHaveProperty('edited');
  });

  test('a line about a condition of another kind makes no proof', () => {
    const state = fold({ ...block, until: 'done:W1' }, { t: 'ran', of: 'done:W1', code: 0 });
    expect([state.proofs.size, isOpen(state)]).toEqual([0, false]);
    expect(state.blocks.get('B1')?.ended).toBeUndefined();
  });

  test('looking for all that waits costs steps, and where too many were taken only what has run is concerned', () => {
    const other = { ...block, until: 'proven:other' };
    const edit: object = { t: 'edited', path: 'a.ts' };
    const state = fold(block, other, passed);
    const { steps } = after(state, edit);
    expect(steps - state.steps).toBeGreaterThanOrEqual(state.blocks.size + state.workers.size);
    state.steps = 400_000;
    const left = after(state, edit);
    expect([...left.proofs].map(([of, { edited }]) => [of, edited !== undefined])).toEqual([[OF, true]]);
    expect([...left.damaged.keys()]).toEqual([
      'left out: a line with more to compare than a log of this length may cost',
    ]);
  });

  test('of very many commands the first are dropped, and their blocks stand', () => {
    const count = 101;
    const blocks = Array.from({ length: count }, (_, i) => ({ ...block, until: `proven:c${i}` }));
    const state = fold(...blocks, ...blocks.map(({ until }) => ({ t: 'ran', of: until, code: 0 })));
    expect(awaitedProofs(state).size).toBe(100);
    expect([state.proofs.size, state.proofs.has('proven:c0'), state.proofs.has('proven:c1')]).toEqual([
      100,
      false,
      true,
    ]);
  });
});

test('a watch and a worker that is to start are looked out for, too, and not what has ended or begun', () => {
  const plan = (worker: string): object => ({
    t: 'plan',
    run: worker.replace('P', 'R9'),
    sha256: 'x',
    workers: [{ worker, after: [`proven:${worker}`, 'done:W1'] }],
  });
  const state = fold(block, { t: 'watch', worker: 'W1', until: ['proven:watched', 'done:W2'] }, plan('P1'), plan('P2'));
  expect([...awaitedProofs(state)]).toEqual([OF, 'proven:watched', 'proven:P1', 'proven:P2']);
  const later = after(state, { t: 'unblock', block: 'B1', by: 'user' }, { t: 'spawn', worker: 'P1' });
  expect([...awaitedProofs(later)]).toEqual(['proven:watched', 'proven:P2']);
  // an edit before the first run is kept for each of them
  expect([...after(later, { t: 'edited', path: 'a' }).proofs.keys()]).toEqual(['proven:watched', 'proven:P2']);
});

test('before any edit and any run nothing is called done without its proof', () => {
  expect(fold(block, { t: 'done', worker: 'W1' }).workers.get('W1')).not.toHaveProperty('unproven');
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
