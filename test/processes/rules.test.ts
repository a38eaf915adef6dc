import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { sessionPaths } from '#core/base/paths.ts';
import { Stage } from '#test/lib/fermata.ts';
import { PastSession } from '#test/lib/recordedSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

const PUSH = ['--tool', 'Bash', '--command', 'git push*'];

test('the installed command tries a block on past sessions, reads commands as a shell does, and writes nothing', async () => {
  const stage = new Stage();
  const past = new PastSession(stage.root, stage.project, 'past-1', stage.home);
  past.call(10, 'Bash', { command: 'npm test && git push origin main' });
  past.call(20, 'Bash', { command: 'grep "git push" README.md' });
  const log = sessionPaths(past.dir ?? '').log;
  const before = [log, past.transcript].map((path) => readFileSync(path, 'utf8'));
  const tried = await stage.cli({ FERMATA_SESSION_DIR: '' }, 'rules', 'try', '--on', 'history', ...PUSH, '--json');
  expect(tried).toMatchObject({ code: 0, err: '' });
  const { totals, sessions } = JSON.parse(tried.out) as Record<string, unknown>;
  expect(totals).toMatchObject({ held: 1, judged: 2, waiting: 1 });
  expect(sessions).toMatchObject([{ session: 'past-1', held: [{ events: 2, call: 'toolu_1' }] }]);
  expect([log, past.transcript].map((path) => readFileSync(path, 'utf8'))).toEqual(before);
});

test('a recorded session is a regression test with an exit code', async () => {
  const stage = new Stage();
  const past = new PastSession(stage.root, stage.project, 'past-1');
  past.call(10, 'Bash', { command: 'git push' });
  const file = join(stage.project, 'policy.json');
  const expectHeld = (held: object): void =>
    writeFileSync(
      file,
      JSON.stringify({ version: 1, session: past.transcript, blocks: [{ command: 'git push*' }], ...held }),
    );
  expectHeld({ held: [{ tool: 'Bash' }] });
  expect(await stage.cli('', 'rules', 'test', 'policy.json')).toMatchObject({ code: 0 });
  expectHeld({ free: [{ tool: 'Bash' }] });
  expect(await stage.cli('', 'rules', 'test', 'policy.json')).toMatchObject({ code: 1 });
});
