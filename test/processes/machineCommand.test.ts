import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Handover } from '#protocol/fileFormats.ts';
import { isAlive } from '#core/base/processes.ts';
import { runMachineCommand } from '#runner/machineCommand.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const handover: Handover = {
  version: 1,
  session: 's1',
  seat: 'laptop',
  machine: 'gpu1',
  space: 't',
  run: 'R1',
  worker: 'W1',
  plan: 'x'.repeat(300_000),
  credentials: 'user: gpu1\npassword: swordfish\n',
};
const sh = (script: string, ...args: string[]) =>
  runMachineCommand(['sh', '-c', script, 'sh', ...args], handover, '/home/.fermata');

describe('the command that reaches another machine', () => {
  test('gets what it hands over on its standard input, and nothing secret in arguments or environment', async () => {
    const dir = tempDir();
    const running = sh('env >"$1/env"; tr "\\0" " " </proc/$$/cmdline >"$1/args"; cat >"$1/input"', dir);
    expect(await running.exited).toEqual({ code: 0, words: '' });
    expect(JSON.parse(readFileSync(join(dir, 'input'), 'utf8'))).toEqual(handover);
    for (const file of ['env', 'args']) expect(readFileSync(join(dir, file), 'utf8')).not.toContain('swordfish');
  });

  test('ends with its code and the end of what it complained of', async () => {
    const running = sh('seq 100000 >&2; echo "Permission denied (publickey)." >&2; exit 255');
    const { code, words } = await running.exited;
    expect(code).toBe(255);
    expect(words).toMatch(/\n100000\nPermission denied \(publickey\)\.$/);
    expect(words.length).toBeLessThanOrEqual(2000);
  });

  test.each([
    [['/nowhere/ssh'], 127, '/nowhere/ssh is not there'],
    [['/etc'], 126, expect.stringContaining('EACCES')],
    [['\0'], 126, expect.stringContaining('null bytes')],
  ])('that cannot be started: %j', async (command, code, words) => {
    expect(await runMachineCommand(command, handover, '/home/.fermata').exited).toEqual({ code, words });
  });

  test('is attached once it prints that line, whatever greets before it', async () => {
    const running = sh('printf "Welcome to gpu1\\natta"; sleep 0.1; printf "ched\\n"; exec sleep 300');
    await running.attached;
    running.stop();
    expect((await running.exited).code).toBeNull();
  });

  test('is stopped with all that it started here', async () => {
    const dir = tempDir();
    const running = sh('sleep 300 & echo $! >"$1/pid.tmp"; mv "$1/pid.tmp" "$1/pid"; wait', dir);
    const pid = Number(await waitFor(() => readFileSync(join(dir, 'pid'), 'utf8'), { describe: 'the pid' }));
    running.stop();
    await running.exited;
    await waitFor(() => isAlive(pid) !== true, { describe: 'its process to end' });
  });
});
