import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Backtest } from '#core/backtest/backtest.ts';
import { JudgedCalls } from '#core/backtest/judgedCalls.ts';
import * as shell from '#core/backtest/shell.ts';
import * as git from '#core/policy/git/commandTakes.ts';
import type { TriedPolicy } from '#core/backtest/policy.ts';
import { trySession, type TriedSession } from '#core/backtest/sessionTrial.ts';
import { parseRules } from '#core/plans/rules/rules.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { PastSession, START } from '#test/lib/recordedSession.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const NOTHING: TriedPolicy = { blocks: [], locks: [], rules: [], recorded: false, holdSeconds: 20 };
const PUSH: TriedPolicy = {
  ...NOTHING,
  blocks: [{ event: 'PreToolUse', text: 'no push', match: { tool: 'Bash', command: 'git push*' } }],
};

/** A home with one past session. */
function stage(withLog = true) {
  const root = tempDir();
  const home = join(root, 'fermata');
  const past = new PastSession(root, join(root, 'shop'), 'past-1', withLog ? home : undefined);
  const attempt = (policy: TriedPolicy) => {
    const { id, dir, transcript } = past;
    const recorded = dir === undefined ? { id, transcript } : { id, dir };
    return trySession(recorded, policy, { home, config: join(root, '.claude'), calls: new JudgedCalls(shell, git) });
  };
  const tried = (policy: TriedPolicy): TriedSession => {
    const result = attempt(policy);
    if ('skipped' in result) throw new Error(result.skipped);
    return result;
  };
  /** What was held, as `tool outcome seconds`. */
  const held = (policy: TriedPolicy): string[] =>
    tried(policy).result.held.map(({ event, tool, outcome, ms }) => `${tool ?? event} ${outcome} ${ms / 1000}`);
  return { root, home, past, attempt, tried, held };
}

test('a block of the person waits for the person at each call that it means, read as the shell reads it', () => {
  const { past, tried, held } = stage();
  past.call(10, 'Bash', { command: 'cd x && git push origin main' });
  past.call(20, 'Bash', { command: 'echo "git push"' });
  past.call(30, 'Read', { file_path: '/a' });
  expect(held(PUSH)).toEqual(['Bash waiting 0']);
  const { result } = tried(PUSH);
  expect(result.judged).toBe(3);
  expect(result.held[0]).toMatchObject({ ts: START + 10_000, events: 2, reasons: ['no push'], call: 'toolu_1' });
});

test('a block with a condition holds until that is met in the record', () => {
  const { past, held } = stage();
  past.log(1, { t: 'spawn', worker: 'W1', pid: 1 });
  past.call(10, 'Bash', { command: 'git merge x' });
  past.log(25, { t: 'exit', worker: 'W1', code: 0 });
  past.call(30, 'Bash', { command: 'git merge y' });
  const policy: TriedPolicy = {
    ...NOTHING,
    blocks: [{ event: 'PreToolUse', text: 'wait', match: { command: 'git merge*' }, until: ['done:W1'] }],
  };
  expect(held(policy)).toEqual(['Bash released 15']);
});

test('a condition that can no longer hold refuses at once', () => {
  const { past, held } = stage();
  past.log(1, { t: 'spawn', worker: 'W1', pid: 1 }).log(2, { t: 'exit', worker: 'W1', code: 1 });
  past.call(10, 'Bash', { command: 'git merge x' });
  expect(held({ ...NOTHING, blocks: [{ event: 'PreToolUse', text: 'x', until: ['ok:W1'] }] })).toEqual([
    'Bash refused 0',
  ]);
});

describe('what another agent has not committed', () => {
  const files = (...names: string[]) => names.map((path) => ({ path, status: ' M' }));
  /** A repository in which agent a1 has edited a file that it commits after 40 seconds. */
  function edited() {
    const { past, ...rest } = stage();
    execFileSync('git', ['init', '-q'], { cwd: past.project });
    writeFileSync(join(past.project, 'cart.ts'), '');
    const root = realpathSync(past.project);
    const uncommitted = (...names: string[]) =>
      ({ t: 'uncommitted', worker: 'a1', name: 'Fix the rounding', root, files: files(...names) }) as const;
    past.log(1, { t: 'spawn', worker: 'a1', task: 'Fix the rounding', kind: 'subagent' });
    return { past, uncommitted, ...rest };
  }

  test('is held until that is committed, and the agent’s own call is not', () => {
    const { past, uncommitted, held, tried } = edited();
    past.log(5, uncommitted('cart.ts'));
    past.call(10, 'Bash', { command: 'git status' });
    past.call(15, 'Bash', { command: 'git add -A' });
    past.call(20, 'Bash', { command: 'git add -A' }, 1, 'a1');
    past.log(30, uncommitted());
    past.call(40, 'Bash', { command: 'git add -A' });
    expect(held({ ...NOTHING, git: true })).toEqual(['Bash released 15']);
    expect(tried({ ...NOTHING, git: true }).result.held[0]?.reasons[0]).toContain('Fix the rounding');
    expect(held(NOTHING)).toEqual([]);
  });

  test('waits for the person under a block of sweeps', () => {
    const { past, uncommitted, held } = edited();
    past.log(5, uncommitted('cart.ts'));
    past.call(15, 'Bash', { command: 'git stash' });
    past.call(16, 'Bash', { command: 'git stash list' });
    const blocks = [{ event: 'PreToolUse', text: 'look first', match: { git: 'sweep' } }] as const;
    expect(held({ ...NOTHING, blocks })).toEqual(['Bash waiting 0']);
  });

  test('takes no name of a recorded block, whose release stays its own', () => {
    const { past, uncommitted, held, tried } = edited();
    past.log(5, uncommitted('cart.ts'));
    past.log(6, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'no push' });
    past.log(8, { t: 'unblock', worker: 'W1', block: 'B1' });
    past.call(15, 'Bash', { command: 'git add .' });
    past.log(16, uncommitted());
    const policy = { ...NOTHING, git: true };
    expect(held(policy)).toEqual(['Bash released 1']);
    expect(tried(policy).result.held[0]?.events).toBe(5);
  });

  test('that the log has under the setting already is held as it was', () => {
    const { past, uncommitted, held } = edited();
    past.log(5, { ...uncommitted('cart.ts'), hold: true });
    past.call(10, 'Bash', { command: 'git add -A' });
    past.log(12, { ...uncommitted(), hold: true });
    expect(held({ ...NOTHING, git: true })).toEqual(['Bash released 2']);
    expect(held({ ...NOTHING, recorded: true })).toEqual(['Bash released 2']);
  });

  test('is not known of a session without a log, which is counted', () => {
    const { past, tried } = stage(false);
    past.call(10, 'Bash', { command: 'git add -A' });
    past.call(20, 'Bash', { command: 'git status' });
    const { result } = tried({ ...NOTHING, git: true });
    expect([result.judged, [...result.unjudged]]).toEqual([1, [['noLog', 1]]]);
  });
});

test('a block that runs out lets the call go then', () => {
  const { past, held } = stage();
  past.call(10, 'Read', { file_path: '/a' });
  past.call(40, 'Read', { file_path: '/a' });
  expect(held({ ...NOTHING, blocks: [{ event: 'PreToolUse', text: 'x', ttlMs: 30_000 }] })).toEqual([
    'Read released 20',
  ]);
});

test('a lock on a folder refuses edits in it after hold.seconds, and nothing else', () => {
  const { past, held } = stage();
  past.call(10, 'Edit', { file_path: join(past.project, 'src/a.ts') });
  past.call(20, 'Edit', { file_path: join(past.project, 'docs/a.md') });
  past.call(30, 'Read', { file_path: join(past.project, 'src/a.ts') });
  expect(held({ ...NOTHING, locks: ['file:src'] })).toEqual(['Edit refused 20']);
  expect(held({ ...NOTHING, locks: ['file:src'], holdSeconds: 0 })).toEqual(['Edit refused 0']);
});

test('the end of a turn and of an agent are held where the block is there', () => {
  const { past, held } = stage();
  past.prompt(1, 'go').stop(10, 'a1').stop(20);
  expect(held({ ...NOTHING, blocks: [{ event: 'Stop', text: 'x' }] })).toEqual(['Stop refused 0']);
  expect(held({ ...NOTHING, blocks: [{ event: 'SubagentStop', text: 'x' }] })).toHaveLength(1);
});

test('agents are known by their ids and types', () => {
  const { root, past, held } = stage();
  past.call(10, 'Read', { file_path: '/a' }, 1, 'a1');
  past.call(20, 'Read', { file_path: '/a' });
  const folder = join(past.transcript.replace(/\.jsonl$/, ''), 'subagents');
  writeFileSync(join(folder, 'agent-a1.meta.json'), JSON.stringify({ agentType: 'Explore', description: 'look' }));
  const by = (agent: string): string[] =>
    held({ ...NOTHING, blocks: [{ event: 'PreToolUse', text: 'x', match: { agent } }] });
  expect(by('Explore')).toHaveLength(1);
  expect(by('a1')).toHaveLength(1);
  expect(by('conductor')).toHaveLength(1);
  expect(by('*')).toHaveLength(1);
  expect(by('Plan')).toHaveLength(0);
  expect(root).not.toBe('');
});

const RULES = parseRules(
  JSON.stringify({
    version: 1,
    rules: [
      {
        name: 'load',
        prompt: 'process (?<items>.+)',
        forEach: 'items',
        workers: [{ run: ['true'], guard: [{ tool: 'Read', path: '{item}', reason: '{worker} loads {item}' }] }],
      },
    ],
  }),
).rules;

test('the guards of a rule stand from the prompt on that it means, until its workers are taken to have ended', () => {
  const { past, held } = stage();
  past.call(5, 'Read', { file_path: 'a.csv' });
  past.prompt(10, 'process a.csv');
  past.call(12, 'Read', { file_path: 'a.csv' });
  past.call(13, 'Read', { file_path: 'b.csv' });
  past.stop(60).prompt(70, 'go on');
  past.call(80, 'Read', { file_path: 'a.csv' });
  expect(held({ ...NOTHING, rules: RULES })).toEqual(['Read refused 20']);
  expect(held({ ...NOTHING, rules: RULES, workersTakeMs: 15_000 })).toEqual(['Read released 13']);
});

test('where the workers of a rule did run, its guards end as they ended', () => {
  const { past, held } = stage();
  past.prompt(10, 'process a.csv');
  past.log(10, { t: 'plan', run: 'R1', sha256: 'x', rule: 'load', workers: [{ worker: 'W1' }] });
  past.log(11, { t: 'spawn', worker: 'W1', pid: 1 });
  past.call(12, 'Read', { file_path: 'a.csv' });
  past.log(20, { t: 'exit', worker: 'W1', code: 0 });
  past.call(25, 'Read', { file_path: 'a.csv' });
  past.stop(60);
  expect(held({ ...NOTHING, rules: RULES })).toEqual(['Read released 8']);
});

test('recorded blocks are judged with another time to hold, and those of the log keep their names', () => {
  const { past, held } = stage();
  past.log(1, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'busy', match: { tool: 'Read' } });
  past.call(10, 'Read', { file_path: '/a' });
  past.log(50, { t: 'unblock', block: 'B1', by: 'W1' });
  past.call(60, 'Read', { file_path: '/a' });
  expect(held({ ...NOTHING, recorded: true, holdSeconds: 60 })).toEqual(['Read released 40']);
  expect(held({ ...NOTHING, recorded: true, holdSeconds: 5 })).toEqual(['Read refused 5']);
  const backtest = new Backtest(PUSH, '/none', new JudgedCalls(shell, git), undefined);
  const events = [
    { t: 'session', session: 's', ts: START },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'busy', ts: START },
  ];
  for (const [pos, value] of events.entries()) backtest.add({ pos, value });
  expect(backtest.state.blocks.get('B1')?.text).toBe('busy');
  expect(backtest.state.blocks.size).toBe(2);
  expect(backtest.state.events).toBe(2);
});

test('what the person has decided in the record counts for recorded blocks', () => {
  const { past, held } = stage();
  past.log(1, { t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, stderr: 'x', match: { tool: 'Read' } });
  past.call(10, 'Read', { file_path: '/a' });
  past.log(10, { t: 'held', block: 'B1', id: 'h', tool: 'Read', summary: '/a', call: 'toolu_1' });
  past.log(18, { t: 'unblock', block: 'B1', by: 'user', call: 'toolu_1' });
  past.call(30, 'Read', { file_path: '/b' });
  expect(held({ ...NOTHING, recorded: true })).toEqual(['Read released 8', 'Read waiting 0']);
});

test('a worker whose clock is a day ahead moves no time of Claude', () => {
  const { past, held } = stage();
  past.log(1, { t: 'spawn', worker: 'W1', pid: 1 });
  past.log(2, { t: 'progress', worker: 'W1', pct: 1, ts: START + 86_400_000 });
  past.call(10, 'Read', { file_path: '/a' });
  past.log(15, { t: 'turn', state: 'working' });
  past.log(20, { t: 'exit', worker: 'W1', code: 0 });
  past.log(30, { t: 'turn', state: 'idle' });
  expect(held({ ...NOTHING, blocks: [{ event: 'PreToolUse', text: 'x', until: ['done:W1'] }] })).toEqual([
    'Read released 10',
  ]);
});

test('calls of which the log alone is left are judged by their tool, and counted where that does not decide', () => {
  const { past, tried } = stage();
  past.log(10, { t: 'denied', block: 'B1', tool: 'Bash', summary: 'git push', call: 'toolu_x' });
  past.log(10, { t: 'denied', block: 'B2', tool: 'Bash', summary: 'git push', call: 'toolu_x' });
  past.log(11, { t: 'denied', block: 'B1', tool: 'Stop', call: 'run' });
  writeFileSync(past.transcript, '');
  expect(tried(PUSH).result).toMatchObject({ judged: 0, held: [] });
  expect([...tried(PUSH).result.unjudged.values()]).toEqual([1]);
  const byTool: TriedPolicy = { ...NOTHING, blocks: [{ event: 'PreToolUse', text: 'x', match: { tool: 'Bash' } }] };
  expect(tried(byTool).result.held).toMatchObject([{ summary: 'git push', tool: 'Bash' }]);
  expect(tried(byTool).result.unjudged.size).toBe(0);
});

test('lines of a transcript that cannot be read are counted', () => {
  const { past, tried } = stage(false);
  past.call(10, 'Bash', { command: 'git push' });
  appendFileSync(past.transcript, `{"type":"assistant"\n${JSON.stringify({ a: 'x'.repeat(300_000) })}\n`);
  const { result } = tried(PUSH);
  expect(result.held).toHaveLength(1);
  expect([...result.unjudged.values()]).toEqual([2]);
});

test('a log that cannot be read is skipped with its reason, and damaged lines of another are passed over', () => {
  const { past, attempt, tried } = stage();
  past.call(10, 'Bash', { command: 'git push' });
  const { log } = sessionPaths(past.dir ?? '');
  appendFileSync(log, '\n{"t":"vote"}\nnonsense\n');
  expect(tried(PUSH)).toMatchObject({ damaged: 2, result: { held: [{}] } });
  writeFileSync(log, 'nonsense\n');
  expect(attempt(PUSH)).toMatchObject({ skipped: expect.stringContaining('damaged') as string });
  writeFileSync(log, '{"t":"open","format":99,"nonce":"x"}\n');
  expect(attempt(PUSH)).toMatchObject({ skipped: expect.stringContaining('newer Fermata') as string });
});

test('nothing is written', () => {
  const { root, home, past, tried } = stage();
  past.call(10, 'Bash', { command: 'git push' });
  const all = (): string[] =>
    readdirSync(root, { recursive: true, withFileTypes: true })
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return `${path} ${entry.isFile() ? readFileSync(path, 'utf8') : ''}`;
      })
      .toSorted();
  const before = all();
  tried({ ...PUSH, rules: RULES, locks: ['file:src'] });
  expect(all()).toEqual(before);
  expect(home).not.toBe('');
});

test.each(['budget:$5', 'reset:5h'])('%s is not known before a log has the figures, which is counted', (until) => {
  const { past, tried } = stage();
  past.call(10, 'Bash', { command: 'ls' });
  past.log(15, { t: 'usage', costUsd: 7, limits: [{ kind: 'five_hour', pct: 100 }] });
  past.call(20, 'Bash', { command: 'ls' });
  const { result } = tried({ ...NOTHING, blocks: [{ event: 'PreToolUse', text: 'enough', until: [until] }] });
  expect([result.judged, [...result.unjudged]]).toEqual([1, [['noFigures', 1]]]);
  expect(result.held).toMatchObject([{ ts: START + 20_000 }]);
});

test.each([true, false])('a budget holds from the call on whose message crosses it, with a log: %s', (withLog) => {
  const { past, tried, held } = stage(withLog);
  const spend = (seconds: number, tokens: number, agent?: string) =>
    past.call(seconds, 'Bash', { command: `echo ${seconds}` }, 1, agent, tokens);
  spend(10, 6000);
  spend(20, 1000, 'a1');
  spend(30, 6000);
  spend(40, 1000, 'a1');
  const budget = (until: string, agent?: string): TriedPolicy => ({
    ...NOTHING,
    blocks: [
      { event: 'PreToolUse', text: 'spent.', match: agent === undefined ? undefined : { agent }, until: [until] },
    ],
  });
  expect(held(budget('budget:10k'))).toEqual(['Bash waiting 0', 'Bash waiting 0']);
  const [first] = tried(budget('budget:10k')).result.held;
  expect(first?.reasons).toEqual(['spent. This session has spent 13k of 10k tokens (from the transcripts, now).']);
  expect(held(budget('budget:20k'))).toEqual([]);
  // of each agent alone: Claude itself has spent 12,000
  expect(tried(budget('budget:2k', '*')).result.held.map(({ agent }) => agent)).toEqual(['a1']);
  // without a log it begins with its first moment
  expect(held(budget('budget:25s'))).toHaveLength(withLog ? 2 : 1);
});
