import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionPaths } from '#core/base/paths.ts';
import { installPrograms } from '#test/lib/fermata.ts';
import { PastSession } from '#test/lib/recordedSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { notification, runCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession } from './testSession.ts';

let editor: Editor;
let past: PastSession;

beforeAll(async () => {
  editor = await openEditor();
  installPrograms(editor.fermataHome);
  createSession(editor.fermataHome, editor.project, 'at-work').publish({
    t: 'spawn',
    worker: 'W1',
    task: 'Present task',
  });
  await editor.panel.getByText('Present task').first().waitFor();
  past = new PastSession(editor.home, editor.project, 'past-1', editor.fermataHome);
  past.prompt(1, 'Ship it').call(10, 'Bash', { command: 'npm test && git push origin main' });
  past.call(20, 'Bash', { command: 'grep "git push" README.md' });
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

/** Types an answer into the box that is open, once it is that of the question. */
async function answer(question: string, text: string): Promise<void> {
  const box = editor.page.locator('.quick-input-widget', { hasText: question });
  await box.waitFor();
  await box.locator('input').first().fill(text);
  await editor.page.keyboard.press('Enter');
}

const rows = () => editor.page.locator('.quick-input-widget .monaco-list-row');

test('a block is tried on past sessions: the call it would have held leads into the replay, and nothing is written', async () => {
  const { page, panel } = editor;
  const log = sessionPaths(past.dir ?? '').log;
  const before = [log, past.transcript].map((path) => readFileSync(path, 'utf8'));
  await runCommand(page, 'Fermata: Try on Past Sessions');
  await rows().filter({ hasText: 'A block of commands' }).click();
  await answer('A pattern of commands', 'git push*');
  await page.locator('.quick-input-widget', { hasText: '1 call would have been held, in 1 of' }).waitFor();
  await rows().filter({ hasText: 'npm test && git push origin main' }).waitFor();
  expect(await rows().filter({ hasText: 'grep' }).count()).toBe(0);
  await editor.screenshot('vscode-try-on-past');
  await rows().filter({ hasText: 'npm test && git push origin main' }).click();
  await panel.locator('main[data-past]').waitFor();
  await panel.getByText('Ship it').first().waitFor();
  expect([log, past.transcript].map((path) => readFileSync(path, 'utf8'))).toEqual(before);
});

test('a pattern that would have held nothing is said to, and one that cannot be read names its fault', async () => {
  const { page } = editor;
  await runCommand(page, 'Fermata: Try on Past Sessions');
  await rows().filter({ hasText: 'A block of tools' }).click();
  await answer('Names of tools', 'Write');
  await page.locator('.quick-input-widget', { hasText: 'nothing would have been held' }).waitFor();
  await page.keyboard.press('Escape');
  await runCommand(page, 'Fermata: Try on Past Sessions');
  await rows().filter({ hasText: 'Another time to hold' }).click();
  await answer('Seconds for which', 'soon');
  await notification(page, 'It could not be tried');
});
