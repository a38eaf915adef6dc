import { describe, expect, test } from 'vitest';
import { activeBlocks, type CallContext } from '#core/policy/activeBlocks.ts';
import { sweepBlock, takenFrom } from '#core/policy/sweepBlock.ts';
import type { Uncommitted } from '#protocol/state.ts';
import { fold, T0 } from '#test/unit/core/fold/world.ts';

const edits = (worker: string, more: object = {}): object => ({
  t: 'uncommitted',
  worker,
  name: `task of ${worker}`,
  root: '/p',
  files: [{ path: `${worker}.ts`, status: ' M' }],
  ...more,
});
const held = (worker: string, more: object = {}): object => edits(worker, { hold: true, ...more });

/** A call that takes all that is not committed, or of some agents alone. */
const sweeping = (only?: string, more: Partial<CallContext> = {}): CallContext => ({
  event: 'PreToolUse',
  role: 'conductor',
  root: '/p',
  call: {
    tool: 'Bash',
    input: { command: 'git add -A' },
    cwd: '/p',
    takes: ({ worker, files }: Uncommitted) =>
      only === undefined || only === worker ? `takes ${files.length} of ${worker}` : undefined,
  },
  ...more,
});

/** The blocks of a call, each with what the call takes. */
const blocksOf = (log: object[], context: CallContext): string[] =>
  activeBlocks(fold(log), context, T0).map(({ text, cause }) =>
    cause.kind === 'git' ? (cause.takes ?? 'nothing') : text,
  );

describe('a call that takes what another agent has not committed', () => {
  test('is held by the block of each whose files it takes, and by no other', () => {
    const log = [held('a1'), held('a2')];
    expect(blocksOf(log, sweeping())).toEqual(['takes 1 of a1', 'takes 1 of a2']);
    expect(blocksOf(log, sweeping('a2'))).toEqual(['takes 1 of a2']);
    expect(blocksOf(log, sweeping('a3'))).toEqual([]);
  });

  test('is not held for the own files of the agent that calls, whose session it is, too', () => {
    const log = [held('a1'), held('conductor'), held('conductor', { session: 's2' })];
    expect(blocksOf(log, sweeping())).toEqual(['takes 1 of a1', 'takes 1 of conductor']);
    expect(blocksOf(log, sweeping(undefined, { agentId: 'a1' }))).toEqual([
      'takes 1 of conductor',
      'takes 1 of conductor',
    ]);
  });

  test('is not held where nobody can tell what it takes', () => {
    const { call, ...context } = sweeping();
    expect(blocksOf([held('a1')], context)).toEqual([]);
    const { takes, ...rest } = call ?? expect.fail();
    expect(takes).toBeDefined();
    expect(blocksOf([held('a1')], { ...context, call: rest })).toEqual([]);
  });

  test('is held by a block of a person about such calls, for what all agents have, with what it takes', () => {
    const block = {
      t: 'hook',
      worker: 'user',
      event: 'PreToolUse',
      exit: 2,
      message: 'ask first',
      match: { git: 'sweep' },
    };
    const log = [edits('a1'), edits('a2'), block];
    expect(blocksOf(log, sweeping())).toEqual(['ask first\ntakes 1 of a1\ntakes 1 of a2']);
    expect(blocksOf(log, sweeping('a2'))).toEqual(['ask first\ntakes 1 of a2']);
    expect(blocksOf(log, sweeping('a3'))).toEqual([]);
  });
});

test('a block of which nothing is left that is not committed holds no call', () => {
  const state = fold([held('a1')]);
  const [block] = state.blocks.values();
  expect(sweepBlock({ ...state, uncommitted: new Map() }, block ?? expect.fail(), sweeping())).toEqual([]);
});

test('a warning is about the files of others alone', () => {
  const { uncommitted } = fold([edits('a1'), edits('conductor'), edits('conductor', { session: 's2' })]);
  expect(takenFrom(uncommitted.values(), sweeping())).toEqual(['takes 1 of a1', 'takes 1 of conductor']);
});
