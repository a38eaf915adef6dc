import { spawn } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { notification, showTooltip } from '#test/lib/workbench.ts';
import { openEditor, pressInToast, toastButton, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';

let editor: Editor;
let first: TestSession;
let second: TestSession;

beforeAll(async () => {
  editor = await openEditor({
    settings: { 'fermata.notify.done': 'notification', 'fermata.notify.block': 'off' },
    // with an argument, but without a confirmation anywhere
    keybindings: [{ key: 'ctrl+alt+9', command: 'fermata.abortWorker', args: { worker: 'W1' } }],
  });
  const { fermataHome, project } = editor;
  first = createSession(fermataHome, project, 'aaaaaaaa-1111');
  second = createSession(fermataHome, project, 'aaaaaaaa-2222');
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

const statusItem = () => editor.page.locator('.statusbar-item[id="fermata.fermata.fermata.status"]');

test('the status bar warns only when something needs the person, and its tooltip leads there', async () => {
  const { page } = editor;
  first.publish({ t: 'spawn', worker: 'W9' });
  await statusItem().filter({ hasText: '1 worker' }).waitFor();
  expect(await statusItem().getAttribute('class')).not.toContain('warning-kind');
  second.publish({ t: 'spawn', worker: 'W2' });
  second.publish({ t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 2, message: 'no' });
  second.publish({ t: 'held', block: 'B1', tool: 'Read', summary: 'data1.csv', id: 'h1' });
  await page.locator('.statusbar-item.warning-kind', { hasText: /data1\.csv waits for you · \d+ s/ }).waitFor();
  const before = await statusItem().innerText();
  await waitFor(async () => (await statusItem().innerText()) !== before, { describe: 'the seconds to run on' });
  const hover = page.locator('.monaco-hover:visible');
  await showTooltip(page, statusItem(), hover.getByText('1 item needs you').first());
  // one row for each session, then these
  const links = hover.locator('a', { hasText: /^(Open Panel|Release…|Switch Session…|fermata-project-.*)$/ });
  await waitFor(async () => (await links.count()) === 5, { describe: 'the links of the tooltip' });
  const then = await statusItem().innerText();
  await waitFor(async () => (await statusItem().innerText()) !== then, { describe: 'another second' });
  expect(await links.count()).toBe(5);
  await editor.screenshot('vscode-tooltip');
  second.publish({ t: 'unblock', block: 'B1', by: 'user' });
  await page.locator('.statusbar-item.warning-kind').waitFor({ state: 'detached' });
});

test('sessions without a prompt are called by folder and time, and else by what they were asked', async () => {
  const { panel } = editor;
  const rows = panel.locator('[data-action="open-session"]');
  if ((await rows.count()) === 0) await panel.locator('[data-action="show-board"]').click();
  await waitFor(async () => (await rows.count()) === 2, { describe: 'both sessions' });
  for (const text of await rows.allInnerTexts()) expect(text).toMatch(/^fermata-project-\w+ \d\d:\d\d( \(.*\))?$/);
  first.publish({ t: 'prompt', text: 'Fix the rounding' });
  second.publish({ t: 'prompt', text: 'Rename discount' });
  const names = async () => (await rows.allInnerTexts()).toSorted();
  await waitFor(async () => (await names()).join() === 'Fix the rounding,Rename discount', { describe: 'their names' });
});

test('a worker is aborted by a key only after the person has confirmed', async () => {
  const { page } = editor;
  const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  first.publish({ t: 'spawn', worker: 'W1', task: 'Sleep', pid, startTime: startTimeOf(pid), host: hostIdentity() });
  // a command without a session acts on the one that is shown
  await editor.panel.locator('.board-name', { hasText: 'Fix the rounding' }).click();
  await editor.panel.locator('[data-worker="W1"]').waitFor();
  const dialog = page.locator('.monaco-dialog-box', { hasText: 'Abort Sleep?' });
  await page.keyboard.press('Control+Alt+9');
  await dialog.locator('.monaco-button', { hasText: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(first.events('abort')).toEqual([]);
  await page.keyboard.press('Control+Alt+9');
  await dialog.locator('.monaco-button', { hasText: /^Abort$/ }).click();
  await ended;
  await waitFor(() => first.state().workers.get('W1')?.state === 'aborted', { describe: 'W1 to be aborted' });
});

test('the end of all workers makes one notification, which shows their session', async () => {
  const { page, panel } = editor;
  second.publish({ t: 'spawn', worker: 'W3' });
  second.publish({ t: 'exit', worker: 'W2', code: 0 }, { t: 'exit', worker: 'W3', code: 1 });
  const toast = await notification(page, 'have ended: 1 done, 1 failed');
  expect(await page.locator('.notifications-toasts .notification-list-item').count()).toBe(1);
  await pressInToast(toastButton(toast, 'Look'), () => panel.locator('[data-worker="W3"]').isVisible());
});
