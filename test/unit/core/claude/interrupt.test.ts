import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { interruptClaude, isAbortPending } from '#core/claude/interrupt.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { fold } from '#test/unit/core/fold/world.ts';

const abort = { t: 'abort', by: 'user' };
const working = { t: 'turn', state: 'working' };

test.each([
  ['no abort', [working], false],
  ['an abort while Claude works', [working, abort], true],
  [
    'an abort while Claude waits for a permission',
    [working, { t: 'ask', ask: 'p', tool: 'Bash', summary: 'x' }, abort],
    true,
  ],
  ['a call that was refused since', [working, abort, { t: 'denied', block: 'B1', tool: 'Read' }], false],
  ['a turn that has ended since', [working, abort, { t: 'turn', state: 'idle' }], false],
  ['an abort of an idle session', [working, { t: 'turn', state: 'idle' }, abort], false],
  ['an abort that the person took back', [working, abort, { t: 'unblock', block: 'B1', by: 'user' }], false],
])('%s: unheard %s', (_name, events, expected) => expect(isAbortPending(fold(events))).toBe(expected));

test('the recorded process gets SIGINT; one of the same number that is another gets none', async () => {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' });
  const pid = child.pid ?? -1;
  const ended = once(child, 'exit');
  const info = {
    session: 's',
    project: '/p',
    started: 0,
    pid,
    host: hostIdentity(),
    startTime: startTimeOf(pid) ?? '',
  };
  const sent: number[] = [];
  const send = (to: number): void => void sent.push(to);
  expect(interruptClaude({ ...info, startTime: '1' }, send)).toBeUndefined();
  expect(interruptClaude({ ...info, host: 'elsewhere' }, send)).toBeUndefined();
  expect(interruptClaude({ session: 's', project: '/p', started: 0, pid }, send)).toBeUndefined();
  expect(interruptClaude(undefined, send)).toBeUndefined();
  expect(sent).toEqual([]);
  expect(interruptClaude(info)).toBe(pid);
  expect((await ended)[1]).toBe('SIGINT');
  expect(interruptClaude(info)).toBeUndefined();
});
