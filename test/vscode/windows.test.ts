import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { showView, openWorkbench, webviewFrame } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';
import { pressUntilGone } from './pressUntilGone.ts';

let editor: Editor;
let session: TestSession;
let second: Page;

beforeAll(async () => {
  editor = await openEditor({ settings: { 'fermata.notify.blockAfterSeconds': 0 } });
  const browser = editor.page.context().browser();
  if (browser === null) throw new Error('the browser is gone');
  second = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await openWorkbench(second, editor.page.url());
  await showView(second, 'Fermata');
  session = createSession(editor.fermataHome, editor.project, 'session-1');
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('two windows on one project both show a block, and a release in one is seen in the other', async () => {
  session.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait' });
  session.publish({ t: 'held', block: 'B1', tool: 'Read', summary: 'data1.csv', id: 'h1' });
  const cards = [editor.page, second].map((page) => webviewFrame(page).locator('[data-block="B1"]'));
  for (const card of cards) await card.waitFor();
  await pressUntilGone(
    webviewFrame(second).locator('[data-block="B1"]').locator(':is([data-action="release"], [data-action="let-run"])'),
  );
  for (const card of cards) await card.waitFor({ state: 'detached' });
  expect(session.events('unblock')).toMatchObject([{ block: 'B1', by: 'user' }]);
});

test('a notification appears in one of the windows, not in both', async () => {
  session.publish({ t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 2, message: 'wait for W2' });
  session.publish({ t: 'held', block: 'B2', tool: 'Edit', summary: 'data2.csv', id: 'h2' });
  const pages = [editor.page, second];
  // the status bar is drawn before notifications are made, and both are done within the next second
  for (const page of pages)
    await page.locator('.statusbar-item', { hasText: /data2\.csv waits for you · [1-9]/ }).waitFor();
  const toasts = async (): Promise<number[]> =>
    Promise.all(pages.map((page) => page.locator('.notification-toast', { hasText: 'wait for W2' }).count()));
  await waitFor(async () => (await toasts()).some((count) => count > 0), { describe: 'a notification' });
  expect((await toasts()).reduce((sum, count) => sum + count, 0)).toBe(1);
});
