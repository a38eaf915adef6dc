import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs } from '../lib/tempDir.ts';
import { waitFor } from '../lib/waitFor.ts';
import { activityIcon, openWorkbench, webviewFrame } from '../lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { beginSession, type Orchestra } from './orchestra.ts';

let editor: Editor;
let orchestra: Orchestra;
let second: Page;

beforeAll(async () => {
  editor = await openEditor({ settings: { 'fermata.notify.blockAfterSeconds': 0 } });
  const browser = editor.page.context().browser();
  if (browser === null) throw new Error('the browser is gone');
  second = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await openWorkbench(second, editor.page.url());
  await activityIcon(second, 'Fermata').click();
  orchestra = beginSession(editor.fermataHome, editor.project, 'session-1');
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

const toasts = (page: Page): Promise<number> =>
  page.locator('.notifications-toasts .notification-list-item', { hasText: 'only once' }).count();

test('two windows on one project both show a block, and one of them tells of it', async () => {
  orchestra.say({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'say it only once' });
  orchestra.say({ t: 'held', block: 'B1', tool: 'Read', summary: 'data1.csv', id: 'h1' });
  for (const page of [editor.page, second]) await webviewFrame(page).locator('[data-block="B1"]').waitFor();
  const told = join(editor.fermataHome, 'cache', 'told');
  await waitFor(async () => (await toasts(editor.page)) + (await toasts(second)) > 0, { describe: 'a notification' });
  orchestra.say({ t: 'unblock', block: 'B1', by: 'W1' });
  for (const page of [editor.page, second])
    await webviewFrame(page).locator('[data-block="B1"]').waitFor({ state: 'detached' });
  // a second notification would come within the moment that a window behind another waits
  await second.waitForTimeout(1000);
  expect((await toasts(editor.page)) + (await toasts(second))).toBe(1);
  expect(readdirSync(told)).toHaveLength(1);
});
