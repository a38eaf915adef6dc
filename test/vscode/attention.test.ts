import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, test } from 'vitest';
import { writeSessionInfo } from '#core/session/info.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { runCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';

// What the person looks at, with terminals of the real editor: only what they have looked at counts as seen.

let editor: Editor;
let startsFile: string;
const sessions: TestSession[] = [];

const pids = (): string[] => (existsSync(startsFile) ? readFileSync(startsFile, 'utf8').trim().split('\n') : []);
/** The row of a session among those whose end of turn is unseen, or at work. What is seen is folded away. */
const row = (index: number, group: string) =>
  editor.panel.locator(`[data-board="session-${index}"][data-group="${group}"]`);
const isSeen = (index: number) => row(index, 'yourTurn').waitFor({ state: 'detached', timeout: 60_000 });
const terminals = () => editor.page.locator('.terminal-wrapper:visible');

/** Starts a stand-in for Claude in a terminal of its own, as the active one. */
async function startSession(index: number): Promise<void> {
  await runCommand(editor.page, 'Fermata: New Session');
  await waitFor(() => pids().length === index, { describe: 'claude to start', timeoutMs: 60_000 });
  const { fermataHome, project } = editor;
  const id = `session-${index}`;
  const session = createSession(fermataHome, project, id);
  writeSessionInfo(session.dir, { session: id, project, pid: Number(pids()[index - 1]), started: Date.now() });
  sessions.push(session);
}

/** A turn of a session begins, and ends unseen. */
async function endTurn(index: number): Promise<void> {
  sessions[index - 1]?.publish({ t: 'turn', state: 'working' });
  await row(index, 'working').waitFor();
  sessions[index - 1]?.publish({ t: 'turn', state: 'idle' });
  await row(index, 'yourTurn').waitFor();
}

beforeAll(async () => {
  const home = tempDir('fermata-home-');
  startsFile = join(home, 'pids.txt');
  const claude = join(home, 'claude.sh');
  writeFileSync(claude, `#!/bin/sh\necho "$$" >>'${startsFile}'\nexec sleep 900\n`);
  chmodSync(claude, 0o755);
  editor = await openEditor({ home, machineSettings: { 'fermata.claudePath': claude } });
  await startSession(1);
  await startSession(2);
  await row(1, 'working').waitFor();
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('the end of a turn in a terminal that was left is unseen, until the person goes to that terminal', async () => {
  await endTurn(1);
  await runCommand(editor.page, 'Terminal: Focus Previous Terminal');
  await isSeen(1);
});

test('the active terminal counts no more once the person is in an editor, be it hidden or not', async () => {
  const { page } = editor;
  await runCommand(page, 'View: Toggle Terminal');
  if ((await terminals().count()) > 0) await runCommand(page, 'View: Toggle Terminal');
  await runCommand(page, 'File: New Untitled Text File');
  await page.locator('.editor-instance .monaco-editor.focused').waitFor();
  await page.keyboard.type('something else');
  await endTurn(1);
  await row(1, 'yourTurn').locator('.board-answer [data-action="focus-terminal"]').click();
  await isSeen(1);
  await terminals().first().waitFor();
});
