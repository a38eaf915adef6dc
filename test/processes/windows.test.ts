import { afterAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { runHere, runOnWindows, windowsIsMissing } from '#test/lib/windows.ts';

afterAll(removeTempDirs);

const missing = windowsIsMissing();
if (missing !== undefined) console.log(missing);

/** What is installed starts, a block refuses, and the way out that it names passes in its shell. */
const WAY_OUT = `
begin();
cli('block', 'wait', '--worker', 'W1');
for (const tool of ['Bash', 'PowerShell']) {
  const { permissionDecision, permissionDecisionReason: reason } = decide(tool, { command: 'dir' });
  check(tool + ' is refused', permissionDecision === 'deny');
  const way = /to wait for it: (.*)\\]/s.exec(reason)[1];
  check(tool + ': ' + way + ' passes', decide(tool, { command: way }).permissionDecision === 'allow');
  check(tool + ': ' + way + ' is for that shell', way.startsWith('& ') === (tool === 'PowerShell'));
}
check('a path is what it means', (cli('unblock', '--worker', 'W1'), cli('block', 'no', '--path', 'src/**', '--worker', 'W1'),
  decide('Read', { file_path: path.join(project, 'src', 'a.ts') }).permissionDecision === 'deny'));
`;

test('hooks that are installed answer, and the way out of a block passes it', async () => {
  expect(await runHere(WAY_OUT)).toBe('');
});

test.skipIf(missing !== undefined)(
  'the same on Windows',
  async () => {
    expect(await runOnWindows(WAY_OUT)).toBe('');
  },
  300_000,
);
