import { expect, test } from 'vitest';
import { blockReason } from '#core/policy/reason.ts';
import { activeBlocks, pendingNotes, type CallContext } from '#core/policy/activeBlocks.ts';
import { ownCommand } from '#core/base/ownCommand.ts';
import { isExemptCall, isExemptCommand } from '#core/policy/shell/exemptCommand.ts';
import { fold, started, T0 } from '#test/unit/core/fold/world.ts';

const HOME = '/home/me/.fermata';
const CLI = `${HOME}/bin/fermata`;
const read: CallContext = {
  event: 'PreToolUse',
  role: 'conductor',
  root: '/p',
  call: { tool: 'Read', input: { file_path: '/p/a' }, cwd: '/p' },
};

test.each([
  [`${CLI} wait done:W1`, true],
  [`${CLI} wait done:W1 --timeout 30s`, true],
  [`${CLI} resolve B1 "restarted the deployment; it works"`, true],
  [`${CLI} status`, true],
  [`${CLI} status && rm -rf /`, false],
  [`${CLI} resolve B1 "$(rm -rf /)"`, false],
  [`${CLI} resolve B1 "a" "b"`, false],
  [`${CLI} resolve B1 "a\nb"`, false],
  [`${CLI} resolve B1 'a\rb'`, false],
  [`${CLI} status > /etc/passwd`, false],
  [`${CLI} status\nrm x`, false],
  [`${CLI} release-block B1`, false],
  [`${CLI}x status`, false],
  [`${CLI} status &`, false],
  [`${CLI} status # x`, false],
  [`${CLI} status\u00a0x`, false],
  [`\u00a0${CLI} status`, false],
  [`X=1 ${CLI} status`, false],
  [`${CLI} status ~`, false],
  [`${CLI} status *`, false],
  [`'${CLI}' status`, true],
  [`fermata status`, false],
  [`env ${CLI} status`, false],
])('exempt command %j: %s', (command, expected) => expect(isExemptCommand(command, CLI)).toBe(expected));

test.each([
  ['Bash', `${CLI} resolve B1 "it’s there"`, true],
  ['PowerShell', `${CLI} resolve B1 "restarted the deployment; it works"`, true],
  // to PowerShell each of these is two commands
  ['PowerShell', `${CLI} resolve B1 "a\\"; rm x; "b"`, false],
  ['PowerShell', `${CLI} resolve B1 'a’; rm x; ‘b'`, false],
  ['PowerShell', `${CLI} status; rm x`, false],
  ['PowerShell', `& '${CLI}' wait clear:B1 --timeout 5s`, true],
  ['PowerShell', `'${CLI}' status`, false],
  ['PowerShell', `& ${CLI} resolve B1 'it''s done'`, true],
  ['PowerShell', `& ${CLI} status | rm x`, false],
  ['PowerShell', `& ${CLI} status (rm x)`, false],
  ['PowerShell', `& ${CLI} resolve B1 "$(rm x)"`, false],
  ['PowerShell', `& ${CLI} resolve B1 "a" "b"`, false],
  ['PowerShell', `& ${CLI} status\nrm x`, false],
  ['PowerShell', `. ${CLI} status`, false],
  ['Other', `${CLI} status`, false],
])('exempt in %s: %j: %s', (tool, command, expected) =>
  expect(isExemptCall(tool, command, HOME, 'linux')).toBe(expected),
);

const WINDOWS_HOME = String.raw`C:\Users\Jo Doe\.fermata`;

test.each<[tool: string, command: string, expected: boolean]>([
  ['Bash', `'C:/Users/Jo Doe/.fermata/bin/fermata' wait clear:B1`, true],
  ['Bash', String.raw`'c:\users\jo doe\.fermata\bin\fermata' status`, true],
  ['Bash', `"/c/Users/Jo Doe/.fermata/bin/fermata" status`, true],
  ['Bash', String.raw`C:\Users\Jo\ Doe\.fermata\bin\fermata status`, false],
  ['Bash', `'C:/Users/Jo Doe/.fermata/bin/fermata.cmd' status`, false],
  ['PowerShell', String.raw`& 'C:\Users\Jo Doe\.fermata\bin\fermata.cmd' wait clear:B1 --timeout 5s`, true],
  ['PowerShell', `& 'c:/users/jo doe/.fermata/bin/FERMATA.cmd' resolve B1 "it's done"`, true],
  // Windows offers to choose a program for this file
  ['PowerShell', String.raw`& 'C:\Users\Jo Doe\.fermata\bin\fermata' status`, false],
  // cmd.exe, which runs the launcher, would start another program
  ...['x&calc', 'a|b', 'a>b', '%PATH%', 'a^b', String.raw`a b\ `.trim()].map((text): [string, string, boolean] => [
    'PowerShell',
    String.raw`& 'C:\Users\Jo Doe\.fermata\bin\fermata.cmd' resolve B1 '${text}'`,
    false,
  ]),
])('on Windows exempt in %s: %j: %s', (tool, command, expected) =>
  expect(isExemptCall(tool, command, WINDOWS_HOME, 'win32')).toBe(expected),
);

test('the way out as it is printed is exempt in its shell', () => {
  for (const [platform, home] of [
    ['win32', WINDOWS_HOME],
    ['win32', String.raw`D:\it's & (x)\.fermata`],
    ['linux', "/home/it's $x/.fermata"],
  ] as const)
    for (const [tool, shell] of [
      ['Bash', 'sh'],
      ['PowerShell', 'powershell'],
    ] as const) {
      const way = `${ownCommand(home, shell, platform)} wait clear:B1`;
      expect(isExemptCall(tool, way, home, platform), way).toBe(true);
      if (tool === 'Bash') expect(way).not.toMatch(/(^|\s)[^'\s]*\\(?!')/);
    }
});

test('a reason has the worker’s text, its state, the end condition, and the exempt command', () => {
  const state = fold([
    ...started(1),
    { t: 'progress', worker: 'W1', pct: 60, etaMs: 30_000, ts: T0 },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'still loading', until: 'done' },
  ]);
  const [block] = activeBlocks(state, read, T0);
  expect(block).toBeDefined();
  expect(blockReason(state, [block!], T0, CLI)).toBe(
    `still loading\n[Fermata B1, from W1 (60%, ETA 30 s); it ends when W1 has ended; to wait for it: ${CLI} wait clear:B1]`,
  );
});

test('{workers} in a text is the state of its run at that moment', () => {
  const state = fold([
    ...started(3),
    { t: 'progress', worker: 'W1', pct: 80 },
    { t: 'exit', worker: 'W2', code: 0 },
    { t: 'progress', worker: 'W3', pct: 45 },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'Workers still processing: {workers}' },
  ]);
  expect(blockReason(state, activeBlocks(state, read, T0), T0, CLI)).toContain(
    'Workers still processing: W1 (80%), W2 (done), W3 (45%)',
  );
});

test('a subagent is bound by blocks but gets no notes to the Conductor', () => {
  const state = fold([
    ...started(1),
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'no' },
    { t: 'hook', worker: 'W1', event: 'PostToolUse', exit: 0, message: 'news' },
  ]);
  expect(activeBlocks(state, { ...read, agentId: 'a1' }, T0)).toHaveLength(1);
  const after: CallContext = { ...read, event: 'PostToolUse' };
  expect(pendingNotes(state, { ...after, agentId: 'a1' })).toEqual([]);
  expect(pendingNotes(state, after).map((n) => n.text)).toEqual(['news']);
});

test('a worker’s own session obeys the locks of others, and nothing else', () => {
  const state = fold([
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'no' },
    { t: 'acquire', worker: 'W1', resource: 'file:/p/a', id: 'x' },
  ]);
  const edit = (role: string): CallContext => ({
    ...read,
    role,
    call: { tool: 'Edit', input: { file_path: '/p/a' }, cwd: '/p' },
  });
  expect(activeBlocks(state, edit('W2'), T0).map((b) => b.cause.kind)).toEqual(['lock']);
  expect(activeBlocks(state, edit('W1'), T0)).toEqual([]);
  expect(activeBlocks(state, edit('conductor'), T0)).toHaveLength(2);
});

test('a block past its time is not active, even before that is logged', () => {
  const state = fold([{ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'no', ttlMs: 1000 }]);
  expect(activeBlocks(state, read, T0 + 999)).toHaveLength(1);
  expect(activeBlocks(state, read, T0 + 1000)).toEqual([]);
});

test('a block that throws while it is judged counts as standing and is named; the others are judged by themselves', () => {
  const hook = { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2 };
  const state = fold([
    { ...hook, stderr: 'not that command', match: { command: 'rm*' } },
    { ...hook, stderr: 'the broken one', match: { command: 'git push*' } },
    { ...hook, stderr: 'all of them' },
  ]);
  const fit = (pattern: string): undefined => {
    if (pattern === 'git push*') throw new RangeError('too deep');
  };
  const context: CallContext = { ...read, call: { tool: 'Bash', input: { command: 'ls' }, cwd: '/p', fit } };
  const blocks = activeBlocks(state, context, T0);
  expect(blocks.map(({ id }) => id)).toEqual(['B2', 'B3']);
  const reason = blockReason(state, blocks, T0, CLI);
  expect(reason).toContain('the broken one');
  expect(reason).toContain('cannot be judged, so it counts: too deep');
});
