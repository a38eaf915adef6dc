import { expect, test } from 'vitest';
import { refusal, type MachineRole } from '#core/machines/admit.ts';
import { SenderLimits } from '#core/machines/senderLimits.ts';
import { fold } from '../fold/world.ts';

const state = fold([
  {
    t: 'plan',
    run: 'R1',
    sha256: 'x',
    workers: [
      { worker: 'W1', machine: 'gpu1', task: 'train' },
      { worker: 'W2', task: 'lint' },
    ],
  },
  { t: 'progress', worker: 'W3', via: 'gpu2/a', off: 10 },
  { t: 'tell', by: 'W2', to: 'conductor', text: 'to Claude' },
  { t: 'tell', by: 'W2', to: 'W1', text: 'to W1' },
  { t: 'ask', ask: 'of-W1', tool: 'Bash', summary: 'ls', worker: 'W1' },
  { t: 'ask', ask: 'of-Claude', tool: 'Bash', summary: 'ls' },
]);
const aborted = fold([
  { t: 'progress', worker: 'W1', via: 'gpu1/a', off: 10 },
  { t: 'progress', worker: 'W2' },
  { t: 'abort', by: 'user' },
]);
const judge = (event: object, role: MachineRole = 'worker') =>
  refusal(state, { machine: 'gpu1', role }, event as Record<string, unknown>);

test.each([
  { t: 'progress', worker: 'W1', pct: 5 },
  { t: 'spawn', worker: 'W7', parent: 'conductor' },
  { t: 'done', task: 'train' },
  { t: 'vote', worker: 'W1', decision: 'proceed' },
  { t: 'acquire', worker: 'W1', resource: 'db' },
  { t: 'release', worker: 'W1', resource: 'db' },
  { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2 },
  { t: 'unblock', block: 'B1', by: 'W1' },
  { t: 'abort', worker: 'W1', by: 'W1' },
  { t: 'tell', by: 'W1', to: 'conductor', text: 'x' },
  { t: 'handoff', worker: 'W1', to: 'W2' },
  { t: 'claim', ref: 300, hook: 'h' },
  { t: 'delivered', ref: 300, hook: 'h' },
  { t: 'denied', block: 'B1', tool: 'Bash', agent: 'W1' },
  { t: 'log', level: 'info', message: 'x' },
  { t: 'answer', ask: 'of-W1', decision: 'allow', by: 'user' },
  { t: 'answer', ask: 'unknown', decision: 'allow', by: 'user' },
])('a machine of workers may publish %o', (event) => {
  expect(judge(event)).toBeUndefined();
});

test.each([
  ...['session', 'turn', 'end', 'prompt', 'plan', 'consent', 'decide', 'deny', 'resolve', 'dismiss'].map((t) => ({
    t,
  })),
  ...['open', 'expire', 'taken'].map((t) => ({ t })),
  { t: 'progress', worker: 'W2' },
  { t: 'progress', worker: 'W3' },
  { t: 'vote', worker: 'user', decision: 'proceed' },
  { t: 'tell', by: 'conductor', to: 'W1', text: 'x' },
  { t: 'done', task: 'lint' },
  { t: 'release', worker: 'W2', resource: 'db', by: 'W1' },
  { t: 'release', worker: 'W1', resource: 'db', by: 'user' },
  { t: 'abort', by: 'W1' },
  { t: 'abort', worker: 'W2', by: 'W1' },
  { t: 'abort', worker: 'W1', by: 'user' },
  { t: 'unblock', block: 'all', by: 'user' },
  { t: 'unblock', block: 'B1', by: 'W1', call: 'c' },
  { t: 'claim', ref: 200, hook: 'h' },
  { t: 'delivered', ref: 200, hook: 'h' },
  { t: 'tool', tool: 'Bash' },
  { t: 'denied', block: 'B1', tool: 'Bash', agent: 'W1', by: 'user' },
  { t: 'ask', ask: 'a', tool: 'Bash', summary: 'x' },
  { t: 'answer', ask: 'of-Claude', decision: 'allow', by: 'user' },
  { t: 'answer', ask: 'of-Claude', decision: 'allow', by: 'W1' },
  { t: 'usage', costUsd: 5 },
  { t: 'collision', worker: 'conductor', file: 'a', other: 'W1' },
])('a machine of workers may not publish %o', (event) => {
  expect(judge(event)).toBeDefined();
});

test.each([
  [{ t: 'unblock', block: 'all', by: 'user' }, true],
  [{ t: 'abort', by: 'user' }, true],
  [{ t: 'abort', worker: 'W2', by: 'user' }, true],
  [{ t: 'vote', worker: 'user', decision: 'proceed' }, true],
  [{ t: 'decide', ballot: 'b', decision: 'proceed', by: 'user' }, true],
  [{ t: 'claim', ref: 200, hook: 'h' }, true],
  [{ t: 'progress', worker: 'W2' }, false],
  [{ t: 'expire', what: 'lock', ref: 'a', seen: 0 }, false],
  [{ t: 'open', format: 99, nonce: 'x' }, false],
])('a machine of a person: %o %s', (event, may) => {
  expect(judge(event, 'person') === undefined).toBe(may);
});

test('a worker of an aborted session ends in the name of whoever has aborted that, and no other worker does', () => {
  const sender = { machine: 'gpu1', role: 'worker' } as const;
  expect(refusal(aborted, sender, { t: 'abort', worker: 'W1', by: 'user' })).toBeUndefined();
  expect(refusal(aborted, sender, { t: 'abort', worker: 'W2', by: 'user' })).toBe('abort as user');
  expect(refusal(aborted, sender, { t: 'abort', worker: 'W1', by: 'conductor' })).toBe('abort as conductor');
  expect(refusal(aborted, sender, { t: 'abort', by: 'user' })).toBe('abort as user');
});

/** A state with two outboxes of a machine, each taken so far. */
function generationsOf(machine: string, ...ends: number[]) {
  const result = fold([]);
  for (const [i, end] of ends.entries()) result.machines.set(`${machine}/${i}`, end);
  return result;
}

test('the rate of a machine fills up again, its sum does not, and machines are bounded', () => {
  const limits = new SenderLimits();
  const mb = 1 << 20;
  expect(limits.judge(state, 'gpu1', 2 * mb, 0)).toBe('taken');
  expect(limits.judge(state, 'gpu1', mb, 0)).toEqual({ waitMs: 500 });
  expect(limits.judge(state, 'gpu2', mb, 0)).toBe('taken');
  expect(limits.judge(state, 'gpu1', mb, 500)).toBe('taken');
  expect(limits.judge(generationsOf('gpu1', 40 * mb, 24 * mb), 'gpu1', 1, 9000)).toEqual({ why: 'more than 64 MB' });
  expect(limits.judge(generationsOf('gpu1', 40 * mb, 24 * mb - 1), 'gpu1', 1, 9000)).toBe('taken');
  const many = fold([]);
  for (let i = 0; i < 1000; i++) many.machines.set(`m${i}/a`, 1);
  expect(limits.judge(many, 'gpu1', 1, 9000)).toEqual({ why: 'more than 1000 machines' });
  expect(limits.judge(many, 'm5', 1, 9000)).toBe('taken');
});
