import { describe, expect, test } from 'vitest';
import {
  activeBlocks,
  canHold,
  doubtAbout,
  isWatched,
  needsCommand,
  passesOf,
  passOf,
  pendingNotes,
  type CallContext,
} from '#core/policy/activeBlocks.ts';
import { locksOfOthers } from '#core/policy/lockBypasses.ts';
import type { Fit } from '#core/policy/match/match.ts';
import type { HookEvent } from '#protocol/hookEvents.ts';
import type { Block, SeenCall, SessionState } from '#protocol/state.ts';
import { fold, started, T0 } from '#test/unit/core/fold/world.ts';

const hook = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait' };
const B1 = (state: SessionState): Block => state.blocks.get('B1') ?? expect.fail('there is no B1');
const bash = (command: string, fit?: (pattern: string) => Fit | undefined) => ({
  tool: 'Bash',
  input: { command },
  cwd: '/p',
  fit,
});
const at = (event: HookEvent, more: Partial<CallContext> = {}): CallContext => ({
  event,
  role: 'conductor',
  root: '/p',
  ...more,
});
const ids = (blocks: Block[]): string[] => blocks.map(({ id }) => id);

describe('a call that a person lets run past a block', () => {
  const seen: SeenCall = { call: 'c1', tool: 'Bash', summary: 'npm test', digest: 'd', agent: 'a1' };
  const log = [hook, { t: 'denied', block: 'B1', ...seen }, { t: 'unblock', block: 'B1', by: 'user', call: 'c1' }];
  const state = fold([...log, { ...hook, worker: 'W2' }, { ...hook, event: 'Stop' }]);
  const refusing = (now?: SeenCall): string[] =>
    ids(activeBlocks(state, at('PreToolUse', { call: bash('npm test'), ...(now && { seen: () => now }) }), T0));

  test.each<[string, SeenCall | undefined, string[]]>([
    ['passes that one', seen, ['B2']],
    ['passes it when it is made again', { ...seen, call: 'c2' }, ['B2']],
    ['passes no other tool', { ...seen, call: 'c2', tool: 'Read' }, ['B1', 'B2']],
    ['passes no other command', { ...seen, call: 'c2', summary: 'npm publish' }, ['B1', 'B2']],
    ['passes none that differs behind what is shown', { ...seen, call: 'c2', digest: 'e' }, ['B1', 'B2']],
    ['passes none of another agent', { ...seen, call: 'c2', agent: 'a2' }, ['B1', 'B2']],
    ['passes none that nobody looked at', undefined, ['B1', 'B2']],
  ])('%s', (_what, now, blocks) => {
    expect(refusing(now)).toEqual(blocks);
  });

  test('is recorded for the block that it passed, at the event of that', () => {
    const of = (event: HookEvent, now: SeenCall) => passesOf(state, at(event, { seen: () => now }));
    expect(of('PreToolUse', { ...seen, call: 'c2' })).toEqual([{ block: 'B1', call: 'c1' }]);
    expect(of('PreToolUse', { ...seen, call: 'c2', tool: 'Read' })).toEqual([]);
    expect(of('Stop', seen)).toEqual([]);
  });

  test('is the very one rather than one that looks the same', () => {
    const two = { passes: ['c1', 'c2'].map((call) => ({ ...seen, call })) } as Pick<Block, 'passes'> as Block;
    expect(passOf(two, at('PreToolUse', { seen: () => ({ ...seen, call: 'c2' }) }))?.call).toBe('c2');
    expect(passOf(two, at('PreToolUse', { seen: () => ({ ...seen, call: 'c3' }) }))?.call).toBe('c1');
    expect(passOf(two, at('PreToolUse'))).toBeUndefined();
  });
});

describe('a command that cannot be read', () => {
  const state = fold([
    { ...hook, match: { command: 'git push*' } },
    { ...hook, worker: 'W2' },
  ]);
  const doubt = (fit?: Fit): string | undefined =>
    doubtAbout(B1(state), at('PreToolUse', { call: bash('$X push', () => fit) }));

  test('is doubted where only its words are those of the pattern', () => {
    expect(doubt({ kind: 'might', reason: '$X is not known' })).toBe('$X is not known');
    expect(doubt(undefined)).toBeUndefined();
    expect(doubt({ kind: 'is' } as unknown as Fit)).toBeUndefined();
  });

  test('is not doubted by a block without a pattern, nor where there is no call or no reader', () => {
    const might = (): Fit => ({ kind: 'might', reason: 'x' });
    const other = state.blocks.get('B2') ?? expect.fail();
    expect(doubtAbout(other, at('PreToolUse', { call: bash('x', might) }))).toBeUndefined();
    expect(doubtAbout(B1(state), at('PreToolUse', { call: bash('x') }))).toBeUndefined();
    expect(doubtAbout(B1(state), at('PreToolUse'))).toBeUndefined();
  });

  test('has to be read only where a block or information of that event has a pattern of commands', () => {
    const match = { command: 'git*' };
    const inform = { ...hook, exit: 0, message: 'x', stderr: undefined };
    const needs = (event: HookEvent, ...log: object[]): boolean => needsCommand(fold(log), event);
    expect(needs('PreToolUse')).toBe(false);
    expect(needs('PreToolUse', hook, { ...hook, match: { tool: 'Bash' } })).toBe(false);
    expect(needs('PreToolUse', hook, { ...hook, match })).toBe(true);
    expect(needs('PreToolUse', { ...inform, match })).toBe(true);
    expect(needs('PostToolUse', { ...hook, match })).toBe(false);
  });
});

describe('a hook may hold a call', () => {
  const running = { t: 'spawn', worker: 'W1', pid: 7 };
  const stop = { ...hook, event: 'Stop' };
  const exit = (how: object): object => ({ t: 'exit', worker: 'W1', ...how });
  const ballot = { t: 'ballot', ballot: 'ship', voters: ['W1'], quorum: 1 };
  const plan = { t: 'plan', run: 'R1', sha256: 'a', workers: [{ worker: 'W1', after: ['clear:B9'] }] };

  test.each<[string, object[], boolean]>([
    ['for a block of a worker', [hook], true],
    ['not for one that is stuck', [...started(1), { ...hook, until: 'clear:B9' }], false],
    ['for the end of a turn while a process is left to clear it', [running, stop], true],
    ['not where that process is gone', [running, stop, exit({ code: 1 })], false],
    ['not where there never was one', [stop], false],
    ['not where it is not known', [{ t: 'progress', worker: 'W1' }, stop], false],
    [
      'also without one, where it ends by a condition',
      [
        { ...stop, until: 'free:db' },
        { t: 'acquire', worker: 'W2', resource: 'db' },
      ].toReversed(),
      true,
    ],
    ['also without one, where it ends by time', [{ ...stop, ttlMs: 60_000 }], true],
    // what follows from something else ends by the person or Claude alone, whoever is at work
    ['not for a critical error', [running, { t: 'error', worker: 'W1', message: 'disk full', critical: true }], false],
    ['not for a vote', [running, ballot, { t: 'vote', worker: 'W1', ballot: 'ship', decision: 'abort' }], false],
    ['not for a worker that was not started', [plan, running], false],
    ['not for a plan that was changed', [plan, { t: 'plan', run: 'R1', sha256: 'b', workers: [] }], false],
    ['not for an abort', [running, { t: 'abort', by: 'user' }], false],
    ['not for a cap on agents', [running, { ...hook, worker: 'user', until: 'agents:1' }], false],
    ['not for a word of the person at the end of a turn', [running, { ...stop, worker: 'user' }], false],
  ])('%s', (_what, log, may) => {
    const state = fold(log);
    expect(canHold(state, B1(state))).toBe(may);
  });
});

describe('information is delivered', () => {
  const agent = { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' };
  const session = { t: 'spawn', worker: 'W2', kind: 'session', pid: 8 };
  const inform = (event: HookEvent, match?: object): object => ({
    ...hook,
    event,
    exit: 0,
    stderr: undefined,
    message: 'news',
    match,
  });
  const tell = (to: string): object => ({ t: 'tell', by: 'W1', to, text: 'news' });
  const a1 = { agentId: 'a1', agentType: 'Explore' };

  test.each<[string, object, CallContext, boolean]>([
    ['to Claude at its event', inform('Stop'), at('Stop'), true],
    ['not at another', inform('Stop'), at('PreToolUse'), false],
    ['after a tool call at any event that follows one', inform('PostToolUse'), at('PostToolBatch'), true],
    ['also with the next prompt', inform('PostToolUseFailure'), at('UserPromptSubmit'), true],
    ['not before the next call', inform('PostToolUse'), at('PreToolUse'), false],
    [
      'after any call, whatever tool it names',
      inform('PostToolUse', { tool: 'Read' }),
      at('PostToolUse', { call: bash('ls') }),
      true,
    ],
    ['not with a prompt what is meant for another event', inform('PreToolUse'), at('UserPromptSubmit'), false],
    ['to Claude, not to its subagent', inform('PostToolUse'), at('PostToolUse', a1), false],
    [
      'to a subagent of the kind that it names',
      inform('PostToolUse', { agent: 'Explore' }),
      at('PostToolUse', a1),
      true,
    ],
    ['to no other kind', inform('PostToolUse', { agent: 'Plan' }), at('PostToolUse', a1), false],
    ['to a subagent that begins, where it is for that', inform('SubagentStart'), at('SubagentStart', a1), true],
    ['not at its end', inform('SubagentStart'), at('SubagentStop', a1), false],
    ['not after a call, where it is for the begin of subagents', inform('SubagentStart'), at('PostToolUse'), false],
    ['to Claude, not to the session of a worker', inform('PostToolUse'), at('PostToolUse', { role: 'W2' }), false],
    ['to the subagent that it is for, after its call', tell('a1'), at('PostToolUse', a1), true],
    ['at its end', tell('a1'), at('SubagentStop', a1), true],
    ['and not before its call', tell('a1'), at('PreToolUse', a1), false],
    ['and to no other', tell('a1'), at('PostToolUse', { agentId: 'a2' }), false],
    ['nor to Claude', tell('a1'), at('PostToolUse'), false],
    ['to the session of a worker, after its call', tell('W2'), at('PostToolUse', { role: 'W2' }), true],
    ['at the end of its turn', tell('W2'), at('Stop', { role: 'W2' }), true],
    ['with its next prompt', tell('W2'), at('UserPromptSubmit', { role: 'W2' }), true],
    ['and not as it waits', tell('W2'), at('Notification', { role: 'W2' }), false],
    ['and not to its subagents', tell('W2'), at('PostToolUse', { role: 'W2', ...a1 }), false],
    ['and not to Claude', tell('W2'), at('Stop'), false],
  ])('%s', (_what, event, context, is) => {
    expect(pendingNotes(fold([agent, session, event]), context)).toHaveLength(is ? 1 : 0);
  });

  test('before the calls that its match fits, and before none where that cannot be judged', () => {
    const before = (match: object | undefined, context: CallContext): number =>
      pendingNotes(fold([inform('PreToolUse', match)]), context).length;
    const git = at('PreToolUse', {
      call: bash('git push', (pattern) => (pattern === 'git*' ? ({ kind: 'is' } as unknown as Fit) : undefined)),
    });
    expect([before(undefined, git), before({ tool: 'Bash' }, git), before({ tool: 'Read' }, git)]).toEqual([1, 1, 0]);
    const broken = at('PreToolUse', {
      call: bash('git push', () => {
        throw new RangeError('too deep');
      }),
    });
    expect(before({ command: 'git*' }, broken)).toBe(0);
    expect(before({ command: 'git*' }, at('PreToolUse'))).toBe(1);
  });

  test('once', () => {
    const claimed = { t: 'claim', ref: 0, hook: 'h1' };
    const state = fold([inform('Stop'), claimed, { t: 'delivered', ref: 0, hook: 'h1' }]);
    expect(pendingNotes(state, at('Stop'))).toEqual([]);
  });
});

describe('a call is watched', () => {
  const watch = (more: object): object => ({ t: 'watch', worker: 'W1', ...more });
  const is = (context: CallContext, ...watches: object[]): boolean => isWatched(fold(watches), context);
  const call = at('PreToolUse', { call: bash('ls') });

  test('by any watch of its tool and its agent', () => {
    expect(is(call)).toBe(false);
    expect(is(call, watch({ tool: 'Bash' }))).toBe(true);
    expect(is(call, watch({ tool: 'Read' }))).toBe(false);
    expect(is(call, watch({ tool: 'Read' }), watch({ worker: 'W2', tool: 'Ba*' }))).toBe(true);
    expect(is(call, watch({ tool: 'Bash', agent: 'Explore' }))).toBe(false);
    expect(is({ ...call, agentId: 'a1', agentType: 'Explore' }, watch({ tool: 'Bash', agent: 'Explore' }))).toBe(true);
    expect(is(at('Stop'), watch({}))).toBe(false);
    expect(is(call, watch({}))).toBe(true);
  });
});

describe('a block concerns', () => {
  const refusing = (log: object[], context: CallContext): [string, string][] =>
    activeBlocks(fold(log), context, T0).map(({ id, text }) => [id, text]);
  const call = at('PreToolUse', { call: bash('ls') });

  test('also the agent that has set it, whom its lock does not bind', () => {
    const lock = { t: 'acquire', worker: 'a1', resource: 'file:/p/a' };
    const edit = { tool: 'Edit', input: { file_path: '/p/a' }, cwd: '/p' };
    const of = (agentId: string): string[] =>
      refusing([{ ...hook, worker: 'a1' }, lock], at('PreToolUse', { call: edit, agentId })).map(([id]) => id);
    expect(of('a1')).toEqual(['B1']);
    expect(of('a2')).toEqual(['B1', 'B2']);
  });

  test('an event without a call, whatever tool it names', () => {
    expect(refusing([{ ...hook, event: 'Stop', match: { tool: 'Bash' } }], at('Stop'))).toEqual([['B1', 'wait']]);
  });

  test('those of the run that it names', () => {
    const log = [...started(1), { ...hook, worker: 'user', match: { run: 'R1' } }];
    expect(refusing(log, { ...call, agentId: 'W1' })).toHaveLength(1);
    expect(refusing(log, { ...call, agentId: 'a1' })).toEqual([]);
    expect(refusing(log, call)).toEqual([]);
    expect(refusing([...started(1), { ...hook, match: { run: 'R2' } }], { ...call, agentId: 'W1' })).toEqual([]);
  });

  test('a call of which it cannot be judged, with a text that explains that', () => {
    const broken = bash('git push', () => {
      throw new RangeError('too deep');
    });
    expect(refusing([{ ...hook, match: { command: 'git*' } }], at('PreToolUse', { call: broken }))).toEqual([
      ['B1', 'wait (Whether it means this call cannot be judged, so it counts: too deep)'],
    ]);
  });

  test('the session of a worker only where it is a lock, an abort, of git, or a budget', () => {
    const worker = { ...call, role: 'W2' };
    expect(refusing([hook], worker)).toEqual([]);
    expect(refusing([{ ...hook, until: 'agents:1' }], worker)).toEqual([]);
    expect(refusing([{ t: 'abort', by: 'user' }], { ...at('Stop'), role: 'W2' })).toEqual([]);
    expect(refusing([{ t: 'abort', by: 'user' }], worker)).toHaveLength(1);
  });
});

test('the locks that bind a caller are those of others, while they stand', () => {
  const acquire = (worker: string, name: string): object => ({ t: 'acquire', worker, resource: `file:/p/${name}` });
  const state = fold([
    acquire('W1', 'a'),
    acquire('W2', 'b'),
    hook,
    acquire('W1', 'c'),
    { t: 'release', worker: 'W1', resource: 'file:/p/c' },
    acquire('conductor', 'd'),
  ]);
  const of = (more: Partial<CallContext>): string[] => ids(locksOfOthers(state, at('PostToolUse', more), T0));
  expect(of({ role: 'W1' })).toEqual(['B2', 'B5']);
  expect(of({ role: 'W2', agentId: 'W1' })).toEqual(['B2', 'B5']);
  expect(of({})).toEqual(['B1', 'B2']);
  // one that a worker's own hook set is none
  expect(ids(activeBlocks(state, at('PreToolUse', { role: 'W2', call: bash('x') }), T0))).not.toContain('B3');
});
