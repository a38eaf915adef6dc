import { expect, test } from 'vitest';
import { activeBlocks, isWatched, pendingNotes, type CallContext } from '#core/policy/activeBlocks.ts';
import { fitsAgent } from '#core/policy/match/agent.ts';
import { scopeText } from '#core/projection/blockText.ts';
import { BY_IDS } from '#core/projection/wording.ts';
import { fold, T0 } from '#test/unit/core/fold/world.ts';

const agents = [
  { t: 'spawn', worker: 'a1', kind: 'subagent', task: 'Lint | all', command: 'Explore' },
  { t: 'spawn', worker: 'a2', kind: 'subagent', task: 'conductor', command: 'general-purpose' },
];
const call = { tool: 'Bash', input: { command: 'ls' }, cwd: '/p' };
const claude: CallContext = { event: 'PreToolUse', role: 'conductor', root: '/p', call };
const of = (agentId: string, agentType?: string): CallContext => ({ ...claude, agentId, agentType });

test.each([
  // pattern, then Claude, the first agent, the second one, one that the log does not know
  ['*', [false, true, true, true]],
  ['conductor', [true, false, false, false]],
  ['a1', [false, true, false, false]],
  ['Explore', [false, true, false, true]],
  ['Lint | all', [false, true, false, false]],
  ['Lint*', [false, true, false, false]],
  ['general-* | conductor', [true, false, true, false]],
  ['a1|a2', [false, true, true, false]],
  ['nobody', [false, false, false, false]],
  ['', [false, false, false, false]],
])('the agents that %j means', (pattern, expected) => {
  const state = fold(agents);
  const acting = [claude, of('a1'), of('a2'), of('a9', 'Explore')];
  expect(acting.map((each) => fitsAgent(pattern, state, each))).toEqual(expected);
});

test('a block of one agent concerns its calls alone, and only those that fit otherwise, at any event', () => {
  const hook = { t: 'hook', worker: 'W1', exit: 2, stderr: 'no' };
  const state = fold([
    ...agents,
    { ...hook, event: 'PreToolUse', match: { agent: 'a1', tool: 'Bash' } },
    { ...hook, event: 'SubagentStop', match: { agent: 'Explore' } },
  ]);
  const blocks = (context: CallContext): string[] => activeBlocks(state, context, T0).map(({ id }) => id);
  expect(blocks(of('a1'))).toEqual(['B1']);
  expect(blocks({ ...of('a1'), call: { ...call, tool: 'Read' } })).toEqual([]);
  expect(blocks(of('a2'))).toEqual([]);
  expect(blocks(claude)).toEqual([]);
  const { call: _, ...end } = of('a1');
  expect(blocks({ ...end, event: 'SubagentStop' })).toEqual(['B2']);
  expect(blocks({ ...end, agentId: 'a2', event: 'SubagentStop' })).toEqual([]);
});

test('an agent that comes later is meant by its name', () => {
  const later = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'no', match: { agent: 'Lint' } };
  expect(activeBlocks(fold([later]), of('a7'), T0)).toEqual([]);
  const state = fold([later, { t: 'spawn', worker: 'a7', kind: 'subagent', task: 'Lint' }]);
  expect(activeBlocks(state, of('a7'), T0)).toHaveLength(1);
});

test('information that names agents is told to those, after their next call or at its event, and not to Claude', () => {
  const hook = { t: 'hook', worker: 'W1', exit: 0 };
  const state = fold([
    ...agents,
    { ...hook, event: 'PostToolUse', message: 'for one', match: { agent: 'a1' } },
    { ...hook, event: 'SubagentStart', message: 'for a kind', match: { agent: 'Explore' } },
    { ...hook, event: 'PostToolUse', message: 'for Claude', match: { agent: 'conductor' } },
    { ...hook, event: 'PostToolUse', message: 'for nobody in particular' },
  ]);
  const told = (context: CallContext): string[] => pendingNotes(state, context).map(({ text }) => text);
  const after = { event: 'PostToolUse' } as const;
  expect(told({ ...of('a1'), ...after })).toEqual(['for one']);
  expect(told({ ...of('a2'), ...after })).toEqual([]);
  expect(told({ ...claude, ...after })).toEqual(['for Claude', 'for nobody in particular']);
  expect(told({ ...of('a9', 'Explore'), event: 'SubagentStart' })).toEqual(['for a kind']);
  expect(told({ ...of('a9', 'Plan'), event: 'SubagentStart' })).toEqual([]);
});

test('a watch of one agent sees its calls alone', () => {
  const state = fold([...agents, { t: 'watch', worker: 'W1', tool: 'Bash', agent: 'a1' }]);
  expect([claude, of('a1'), of('a2')].map((each) => isWatched(state, each))).toEqual([false, true, false]);
});

test('what a block of agents concerns is worded with their names', () => {
  const block = { event: 'PreToolUse', match: { tool: 'Bash', agent: 'a1|*|conductor' } } as const;
  const names = { ...BY_IDS.names, worker: (id: string) => (id === 'a1' ? 'Lint' : 'Claude') };
  expect(scopeText(fold(agents), block, { ...BY_IDS, names })).toBe('Bash by Lint, any agent, Claude');
});
