import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FrameLocator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { chooseBy, runCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';

// The timeline in the real editor: opened, followed, clicked, hidden, loaded again, deleted.

let editor: Editor;
let session: TestSession;
let other: TestSession;

beforeAll(async () => {
  editor = await openEditor();
  session = createSession(editor.fermataHome, editor.project, 'session-1');
  session.publish(
    { t: 'spawn', worker: 'W1', task: 'Process data1.csv' },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'data1.csv is in memory' },
    { t: 'denied', block: 'B1', tool: 'Read', summary: 'data1.csv' },
    { t: 'checkpoint', worker: 'W1', name: 'half' },
  );
  await editor.panel.locator('[data-block="B1"]').waitFor();
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

/** The one of the editor's webviews that has something in it. */
async function pageWith(selector: string): Promise<FrameLocator> {
  const frames = editor.page.locator('iframe.webview.ready[src*="extensionId=fermata.fermata"]');
  return waitFor(
    async () => {
      for (let i = 0; i < (await frames.count()); i++) {
        const frame = frames.nth(i).contentFrame().frameLocator('#active-frame');
        if ((await frame.locator(selector).count()) > 0) return frame;
      }
      return undefined;
    },
    { describe: `a page with ${selector}`, timeoutMs: 60_000 },
  );
}

const timelinePage = (): Promise<FrameLocator> => pageWith('main .bar h1');

const tab = (name: string) => editor.page.locator('.tabs-container .tab', { hasText: name });

/** The line number of the cursor in the log's editor, which need not have the focus. */
const cursorLine = async (): Promise<number> =>
  Number(await editor.page.locator('.editor-instance .line-numbers.active-line-number').first().innerText());

/** The line number of the first event of a type in the log. */
const lineOf = (type: string): number =>
  readFileSync(join(session.dir, 'events.jsonl'), 'utf8')
    .split('\n')
    .findIndex((line) => line.includes(`"t":"${type}"`)) + 1;

test('the command opens the timeline of the only session', async () => {
  await runCommand(editor.page, 'Fermata: Open Timeline');
  await tab('Timeline:').waitFor();
  const page = await timelinePage();
  expect(await page.locator('.bar h1').innerText()).toMatch(/^Timeline of fermata-project-/);
  await page.locator('.legend li', { hasText: 'refused' }).waitFor();
  await editor.screenshot('vscode-timeline');
});

test('it follows the session', async () => {
  const page = await timelinePage();
  expect(await page.locator('.legend li', { hasText: 'vote' }).count()).toBe(0);
  session.publish({ t: 'vote', worker: 'W1', decision: 'proceed', reason: 'all is well' });
  await page.locator('.legend li', { hasText: 'vote' }).waitFor();
});

test('Enter leads to the line in the log, beside it', async () => {
  const page = await timelinePage();
  await page.locator('.cursor').focus();
  await editor.page.keyboard.press('ArrowDown');
  await editor.page.keyboard.press('Home');
  await waitFor(
    async () => (await page.locator('.cursor').getAttribute('aria-label'))?.startsWith('Process data1.csv'),
    {
      describe: 'the lane of W1',
    },
  );
  await editor.page.keyboard.press('Enter');
  await tab('events.jsonl').waitFor();
  await waitFor(async () => (await cursorLine()) === lineOf('spawn'), { describe: 'the cursor to be in the line' });
});

test('a click leads to the line, and leaves the focus with the timeline', async () => {
  const page = await timelinePage();
  await page.locator('[data-action="table"]').click();
  await page.locator('tr[data-kind="checkpoint"] button').click();
  await waitFor(async () => (await cursorLine()) === lineOf('checkpoint'), { describe: 'the cursor to be there' });
  const focused = await page.locator('body').evaluate(() => document.activeElement?.tagName);
  expect(focused).toBe('BUTTON');
  await page.locator('[data-action="table"]').click();
  await page.locator('canvas[aria-hidden]').first().waitFor();
});

test('hidden and shown again it is unchanged, with the events that came since', async () => {
  let page = await timelinePage();
  await page.locator('.cursor').focus();
  await editor.page.keyboard.press('+');
  await editor.page.keyboard.press('+');
  await page.locator('main[data-mode="free"]').waitFor();
  await page.locator('html:not([data-saving])').waitFor();
  await tab('Timeline:').click();
  await runCommand(editor.page, 'File: New Untitled Text File');
  await tab('Untitled-1').waitFor();
  session.publish({ t: 'error', worker: 'W1', message: 'disk full' });
  await tab('Timeline:').click();
  page = await timelinePage();
  await page.locator('main[data-mode="free"]').waitFor();
  await page.locator('.legend li', { hasText: 'error' }).waitFor();
});

test('it is there after the window was reloaded', async () => {
  // by the command, not by the browser: only then the editor saves its open tabs first
  const loaded = editor.page.waitForEvent('load', { timeout: 60_000 });
  await runCommand(editor.page, 'Developer: Reload Window');
  await loaded;
  await editor.page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
  await tab('Timeline:').waitFor({ timeout: 60_000 });
  await tab('Timeline:').click();
  const page = await timelinePage();
  await page.locator('main[data-mode="free"]').waitFor();
  await page.locator('.legend li', { hasText: 'error' }).waitFor();
});

test('with several sessions the command asks for one', async () => {
  other = createSession(editor.fermataHome, editor.project, 'session-2');
  other.publish({ t: 'prompt', text: 'The second' }, { t: 'spawn', worker: 'W9', task: 'Only in the second' });
  await pageWith('[data-board^="session-2"]');
  await chooseBy(editor.page, 'Fermata: Open Timeline', 'The second');
  await waitFor(async () => (await tab('Timeline:').count()) === 2, { describe: 'two timelines' });
});

test('the timeline of a deleted session says so', async () => {
  rmSync(other.dir, { recursive: true });
  const frames = editor.page.locator('iframe.webview.ready[src*="extensionId=fermata.fermata"]');
  await waitFor(
    async () => {
      for (let i = 0; i < (await frames.count()); i++) {
        const alert = frames.nth(i).contentFrame().frameLocator('#active-frame').locator('[role="alert"]');
        if ((await alert.count()) > 0 && (await alert.first().innerText()).includes('its log was deleted')) return true;
      }
      return false;
    },
    { describe: 'that it is gone', timeoutMs: 60_000 },
  );
});
