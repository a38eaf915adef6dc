import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { claudeProcesses } from '#core/claude/processes.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** A running session as Claude Code 2.1.332 records it, with these fields. */
function named(fields: object): unknown {
  const config = tempDir();
  mkdirSync(join(config, 'sessions'));
  const record = { pid: process.pid, sessionId: 's1', cwd: '/p', version: '2.1.332', entrypoint: 'cli', ...fields };
  writeFileSync(join(config, 'sessions', `${process.pid}.json`), JSON.stringify(record));
  return claudeProcesses(config)?.[0]?.named;
}

test('a running session has the name that the person or Claude gave it, and not the one made from its folder', () => {
  const table: [object, unknown][] = [
    [{ name: 'project-9e', nameSource: 'derived' }, undefined],
    [
      { name: 'ok', nameSource: 'auto' },
      { by: 'claude', name: 'ok' },
    ],
    [{ name: 'Rate limiter' }, { by: 'person', name: 'Rate limiter' }],
    [
      { name: 'Rate limiter', nameSource: 'user' },
      { by: 'person', name: 'Rate limiter' },
    ],
    [{ name: 'x', nameSource: 'of a later version' }, undefined],
    [{ name: '' }, undefined],
    [{ name: ['x'] }, undefined],
    [{}, undefined],
  ];
  for (const [fields, expected] of table) expect(named(fields), JSON.stringify(fields)).toEqual(expected);
  expect(named({ name: `token ghp_0123456789abcdefghij0123456789abcdef ${'x'.repeat(10_000)}` })).toMatchObject({
    name: expect.stringMatching(/^token ghp_…\[masked\] x{1,300}$/) as string,
  });
});

test('the status of a session: in a terminal, and elsewhere where the version reports every dialog; a shell is no turn', () => {
  const statusOf = (fields: object): unknown => {
    const config = tempDir();
    mkdirSync(join(config, 'sessions'));
    const record = { pid: process.pid, sessionId: 's1', cwd: '/p', version: '2.1.332', ...fields };
    writeFileSync(join(config, 'sessions', `${process.pid}.json`), JSON.stringify({ statusUpdatedAt: 7, ...record }));
    return claudeProcesses(config)?.[0]?.status;
  };
  expect(statusOf({ entrypoint: 'cli', status: 'busy', version: '2.1.163' })).toBe('busy');
  expect(statusOf({ entrypoint: 'sdk-cli', status: 'busy' })).toBe('busy');
  expect(statusOf({ entrypoint: 'claude-vscode', status: 'waiting' })).toBe('waiting');
  expect(statusOf({ entrypoint: 'sdk-ts', status: 'busy', version: '2.1.270' })).toBeUndefined();
  expect(statusOf({ entrypoint: 'cli', kind: 'bg', status: 'shell' })).toBe('idle');
  expect(statusOf({ entrypoint: 'cli', status: 'constructor' })).toBeUndefined();
  expect(statusOf({ entrypoint: 'cli', status: 'busy', statusUpdatedAt: 'now' })).toBeUndefined();
});

test('a session in the background is known by the id of its job', () => {
  const jobOf = (fields: object): unknown => {
    const config = tempDir();
    mkdirSync(join(config, 'sessions'));
    const record = { pid: process.pid, sessionId: 's1', cwd: '/p', version: '2.1.332', ...fields };
    writeFileSync(join(config, 'sessions', `${process.pid}.json`), JSON.stringify(record));
    return claudeProcesses(config)?.[0]?.job;
  };
  expect(jobOf({ kind: 'bg', jobId: 'c64c627d' })).toBe('c64c627d');
  for (const fields of [{ kind: 'interactive', jobId: 'c64c627d' }, { kind: 'bg' }, { kind: 'bg', jobId: 'a; rm b' }])
    expect(jobOf(fields)).toBeUndefined();
});
