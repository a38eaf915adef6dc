import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { openEditor, pressInToast, toastButton, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';

let editor: Editor;
let first: TestSession;
let second: TestSession;

beforeAll(async () => {
  editor = await openEditor({ settings: { 'fermata.notify.blockAfterSeconds': 1 } });
  const { fermataHome, project } = editor;
  first = createSession(fermataHome, project, 'session-1');
  second = createSession(fermataHome, project, 'session-2');
  first.publish({ t: 'prompt', text: 'Load the warehouse' });
  second.publish({ t: 'prompt', text: 'Deploy a preview' });
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

const toasts = () => editor.page.locator('.notifications-toasts .notification-list-item');
const badge = () => editor.page.locator('.activitybar .badge-content:visible');
const statusItem = () => editor.page.locator('.statusbar-item[id="fermata.fermata.fermata.status"]');

test('a call held by ten blocks is one message and one number, and goes when the call does', async () => {
  const blocks = Array.from({ length: 10 }, (_, i) => `B${i + 1}`);
  for (const block of blocks)
    first.publish({ t: 'hook', worker: 'user', event: 'PreToolUse', exit: 2, message: `look at ${block}` });
  for (const block of blocks)
    first.publish({ t: 'held', id: 'h1', block, tool: 'Bash', summary: 'sh merge.sh', call: 'toolu_1' });
  await toasts().getByText('wants to run sh merge.sh. It waits for you: look at B1').waitFor();
  expect(await toasts().count()).toBe(1);
  expect(await badge().innerText()).toBe('1');
  await statusItem().filter({ hasText: 'sh merge.sh waits for you' }).waitFor();
  await editor.screenshot('vscode-news');
  const letRun = toasts().getByRole('link', { name: 'Let It Run' });
  await pressInToast(letRun, () => first.events('unblock').length === 10);
  await waitFor(async () => (await toasts().count()) === 0, { describe: 'the message to be withdrawn' });
  await badge().waitFor({ state: 'detached' });
});

test('a permission is answered in its message, and one that was answered elsewhere takes it away', async () => {
  const ask = (id: string) => ({ t: 'ask' as const, ask: id, tool: 'Bash', answerable: true });
  second.publish({ ...ask('a1'), summary: 'vercel deploy --prebuilt' });
  await toasts().getByText('wants to run vercel deploy --prebuilt').waitFor();
  const flags = join(second.dir, 'flags');
  const isAnswered = (): boolean => existsSync(flags) && readdirSync(flags).includes('answer-a1');
  await pressInToast(toasts().getByRole('link', { name: 'Allow' }), isAnswered);
  second.publish({ t: 'answer', ask: 'a1', decision: 'allow', by: 'user' });
  await waitFor(async () => (await toasts().count()) === 0, { describe: 'the message to be withdrawn' });
  second.publish({ ...ask('a2'), summary: 'npm publish' });
  await toasts().getByText('wants to run npm publish').waitFor();
  second.publish({ t: 'answer', ask: 'a2', decision: 'gone', by: 'user' });
  await waitFor(async () => (await toasts().count()) === 0, { describe: 'the message to be withdrawn' });
});

test('a message that the person puts off is gone, and what it was about is not', async () => {
  second.publish({ t: 'ask', ask: 'a5', tool: 'Bash', summary: 'npm audit' });
  const toast = toasts().filter({ hasText: 'wants to run npm audit' });
  await toast.waitFor();
  await pressInToast(toastButton(toast, 'Later'), async () => (await toast.count()) === 0);
  expect(await badge().innerText()).toBe('1');
  second.publish({ t: 'answer', ask: 'a5', decision: 'gone', by: 'user' });
  await badge().waitFor({ state: 'detached' });
});

test('Less of These names what it covers, changes the setting, and is undone', async () => {
  const { page } = editor;
  const settings = (): string => {
    const file = join(editor.fermataHome, 'settings.json');
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  };
  first.publish({ t: 'log', level: 'warn', message: 'the disk is almost full' });
  const toast = toasts().filter({ hasText: 'the disk is almost full' });
  await toast.waitFor();
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: 'Only in the status bar' });
  await pressInToast(toastButton(toast, 'Less of These…'), () => row.isVisible());
  expect(await row.innerText()).toContain('escalations, warnings and collisions');
  await row.click();
  await waitFor(() => /notify\.escalation"\s*:\s*"statusBar/.test(settings()), { describe: 'the setting' });
  const done = toasts().filter({ hasText: 'From now on only in the status bar' });
  await pressInToast(toastButton(done, 'Undo'), () => !settings().includes('notify.escalation'));
});

test('a click on the status bar gives the first that needs the person the focus, and a key the next', async () => {
  const { page, panel } = editor;
  second.publish({ t: 'ask', ask: 'a3', tool: 'Bash', summary: 'psql -f split.sql' });
  await waitFor(async () => (await statusItem().innerText()).includes('waits for your permission'), {
    describe: 'the request in the status bar',
  });
  first.publish({ t: 'ask', ask: 'a4', tool: 'AskUserQuestion', summary: 'Redis, or in memory?' });
  await waitFor(async () => (await statusItem().innerText()).includes('2 wait for you'), { describe: 'both' });
  const focused = panel.locator('[data-row]:focus');
  await statusItem().click();
  await focused.filter({ hasText: 'psql -f split.sql' }).waitFor();
  await editor.screenshot('vscode-board');
  await page.locator('.part.editor').click();
  for (const text of ['Redis, or in memory?', 'psql -f split.sql']) {
    await page.keyboard.press('Control+Alt+n');
    await focused.filter({ hasText: text }).waitFor();
  }
});
