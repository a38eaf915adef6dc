import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeSessionInfo } from '#core/session/info.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { notification, runCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';

let editor: Editor;
let session: TestSession;
let startsFile: string;

/** The pid, arguments and PATH that the stand-in for Claude Code wrote at each start. */
const starts = (): string[] => (existsSync(startsFile) ? readFileSync(startsFile, 'utf8').trim().split('\n') : []);

beforeAll(async () => {
  const home = tempDir('fermata-home-');
  startsFile = join(home, 'told.txt');
  const claude = join(home, 'a claude.sh');
  writeFileSync(claude, `#!/bin/sh\necho "$$|$*|$PATH" >>'${startsFile}'\nexec sleep 600\n`);
  chmodSync(claude, 0o755);
  // the programs are installed
  mkdirSync(join(home, '.fermata', 'bin'), { recursive: true });
  writeFileSync(join(home, '.fermata', 'bin', 'fermata'), '');
  editor = await openEditor({ home, machineSettings: { 'fermata.claudePath': claude } });
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('New Session starts Claude Code in a terminal of this folder, where fermata is on the PATH', async () => {
  await runCommand(editor.page, 'Fermata: New Session');
  await waitFor(() => starts().length === 1, { describe: 'claude to start', timeoutMs: 60_000 });
  const [pid = '', args, path = ''] = starts()[0]?.split('|') ?? [];
  expect(args).toBe('');
  expect(path.split(delimiter)).toContain(join(editor.fermataHome, 'bin'));
  session = createSession(editor.fermataHome, editor.project, 'session-1');
  writeSessionInfo(session.dir, {
    session: 'session-1',
    project: editor.project,
    pid: Number(pid),
    started: Date.now(),
  });
});

test('the panel leads to the terminal in which a session runs', async () => {
  const { page, panel } = editor;
  const terminal = page.locator('.terminal-wrapper');
  await runCommand(page, 'View: Toggle Terminal');
  await terminal.first().waitFor({ state: 'hidden' });
  await panel.locator('[data-action="focus-terminal"]').click();
  await terminal.first().waitFor();
  await editor.screenshot('vscode-terminal');
});

test('a session that has ended is resumed in a new one, and one of another program is reported as such', async () => {
  const { page, panel } = editor;
  const info = { session: 'session-1', project: editor.project, started: Date.now() };
  writeSessionInfo(session.dir, { ...info, pid: process.pid });
  session.publish({ t: 'turn', state: 'idle' });
  await panel.locator('[data-conductor="idle"]').waitFor();
  await panel.locator('[data-action="focus-terminal"]').click();
  await notification(page, `runs in no terminal of this window (process ${process.pid})`);
  session.publish({ t: 'end' });
  await panel.locator('[data-conductor="ended"]').waitFor();
  await panel.locator('[data-action="focus-terminal"]').click();
  await waitFor(() => starts().length === 2, { describe: 'claude to start again', timeoutMs: 60_000 });
  expect(starts()[1]?.split('|')[1]).toBe('--resume session-1');
});
