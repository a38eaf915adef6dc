import { existsSync, readFileSync, readdirSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { append, createLog, type NewEvent } from '#core/log/append.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { launchBrowser } from '#test/lib/browser.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { chooseBy, notification, runCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession } from './testSession.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
let editor: Editor;
let scratch: string;

/** A session whose Claude has ended, and whose log was last written that long ago. */
function past(id: string, agoMs: number, ...events: NewEvent[]): void {
  // made in another folder, so that the window sees it only when it is complete
  const dir = join(scratch, id);
  const from = Date.now() - agoMs - events.length * 60_000;
  createLog(dir, from);
  append(dir, from, { t: 'session', session: id, cwd: editor.project }, { t: 'prompt', text: `The prompt of ${id}` });
  events.forEach((event, i) => append(dir, from + (i + 1) * 60_000, event));
  const then = new Date(Date.now() - agoMs);
  utimesSync(sessionPaths(dir).log, then, then);
  const deadProcess = { pid: process.pid, startTime: '1', host: hostIdentity() };
  writeSessionInfo(dir, { session: id, project: editor.project, started: from, ...deadProcess });
  renameSync(dir, sessionDir(editor.fermataHome, id));
}

const pane = (): Locator => editor.page.locator('.pane', { hasText: 'History' });
const row = (text: string | RegExp): Locator => pane().locator('.monaco-list-row', { hasText: text });
const dialog = (): Locator => editor.page.locator('.monaco-dialog-box');
const ids = (): string[] => readdirSync(join(editor.fermataHome, 'sessions'));

async function choose(target: Locator, label: string): Promise<void> {
  const { page } = editor;
  await target.click({ button: 'right' });
  // a menu ignores the mouse in its first moments
  await page.locator('.monaco-menu .action-item', { hasText: label }).first().hover();
  await page.keyboard.press('Enter');
  await page.locator('.monaco-menu').waitFor({ state: 'detached' });
}

beforeAll(async () => {
  // of a session at work no list offers it, but a person's own key may
  editor = await openEditor({
    keybindings: [{ key: 'ctrl+alt+9', command: 'fermata.deleteSession', args: { session: 'at-work' } }],
  });
  scratch = tempDir();
  createSession(editor.fermataHome, editor.project, 'at-work').publish({
    t: 'spawn',
    worker: 'W1',
    task: 'Present task',
  });
  // before the past ones: of a folder without a session the window lists the newest past one
  await editor.panel.getByText('Present task').first().waitFor();
  past(
    'well-done',
    DAY,
    { t: 'spawn', worker: 'W1', task: 'Old task' },
    { t: 'usage', worker: 'W1', inputTokens: 12_000, outputTokens: 500 },
    { t: 'checkpoint', worker: 'W1', name: 'half' },
    { t: 'exit', worker: 'W1', code: 0 },
    { t: 'end' },
  );
  past('gone-wrong', 2 * DAY, { t: 'spawn', worker: 'W1' }, { t: 'exit', worker: 'W1', code: 3 }, { t: 'end' });
  for (let i = 0; i < 33; i++) past(`long-ago-${i}`, 5 * DAY + i * HOUR, { t: 'end' });
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('past sessions are below the others, by day, with their outcome, a page at a time', async () => {
  await pane().locator('.pane-header').click();
  const all = row(/Past Sessions\s*35/);
  await all.waitFor();
  // folded at first: no past session is read
  expect(await row('tokens').count()).toBe(0);
  expect(existsSync(join(editor.fermataHome, 'cache', 'history.json'))).toBe(false);
  await all.click();
  await row('Yesterday').waitFor();
  await row(/The prompt of well-done.*ended · 5 min · 1 worker · 13K tokens/s).waitFor();
  await row(/The prompt of gone-wrong.*a worker failed · 3 min · 1 worker/s).waitFor();
  await waitFor(() => existsSync(join(editor.fermataHome, 'cache', 'history.json')), {
    describe: 'the read sessions to be cached',
  });
  await editor.screenshot('vscode-history');
  // rows out of sight are not in the page, and more of them may still come
  const isAtEnd = async (): Promise<boolean> => {
    await pane().locator('.monaco-list').focus();
    await editor.page.keyboard.press('End');
    return row('Show More').isVisible();
  };
  await waitFor(isAtEnd, { describe: 'the end of the list', timeoutMs: 60_000, intervalMs: 200 });
  expect(await row('Show More').innerText()).toContain('5 older');
  await row('Show More').click();
  await row('Show More').waitFor({ state: 'detached' });
  await editor.page.keyboard.press('Home');
});

test('a click shows a past session as it ended', async () => {
  await row(/13K tokens/).click();
  await editor.panel.getByText('Old task').first().waitFor();
  await editor.panel.locator('[data-conductor="ended"]').waitFor();
});

test('it is replayed from its row', async () => {
  const { panel } = editor;
  await choose(row(/· shown/), 'Replay Session');
  await panel.locator('main[data-past]').waitFor();
  await panel.getByRole('slider').press('End');
  await panel.locator('[data-worker="W1"]', { hasText: 'done' }).waitFor();
  await panel.locator('[data-action="back-to-now"]').click();
  await panel.locator('main:not([data-past])').waitFor();
});

test.each(['HTML', 'JSON'] as const)('it is exported as %s', async (format) => {
  const { page, project } = editor;
  const file = join(project, `report.${format.toLowerCase()}`);
  await chooseBy(page, 'Fermata: Export Session', format);
  const path = page.locator('.quick-input-widget .quick-input-box input');
  await waitFor(async () => (await path.inputValue()).includes('fermata-'), { describe: 'the name that is offered' });
  await path.fill(file);
  await page.keyboard.press('Enter');
  await waitFor(() => existsSync(file), { describe: 'the report', timeoutMs: 60_000 });
  await notification(page, 'The session was exported');
  await page.locator('.notifications-toasts .codicon-notifications-clear').first().click();
  if (format === 'JSON') {
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      fermataExport: 1,
      status: { session: 'well-done' },
    });
    return;
  }
  const browser = await launchBrowser();
  try {
    const plain = await browser.newPage();
    const asked: string[] = [];
    plain.on('request', (request) => asked.push(request.url()));
    await plain.goto(`file://${file}`);
    await plain.locator('td:visible', { hasText: 'Old task' }).first().waitFor();
    expect(await plain.locator('svg').count()).toBeGreaterThan(0);
    expect(asked).toEqual([`file://${file}`]);
  } finally {
    await browser.close();
  }
});

test('it is deleted from its row once the person has confirmed its name and size', async () => {
  await choose(row(/a worker failed/), 'Delete Session');
  await dialog().waitFor();
  expect(await dialog().innerText()).toMatch(
    /Delete the session “The prompt of gone-wrong”[^]*a worker failed[^]*2 files[^]*cannot be undone/,
  );
  await editor.screenshot('vscode-delete');
  await dialog().getByRole('button', { name: 'Cancel' }).click();
  await dialog().waitFor({ state: 'detached' });
  expect(ids()).toContain('gone-wrong');
  await choose(row(/a worker failed/), 'Delete Session');
  await dialog().getByRole('button', { name: 'Delete' }).click();
  await waitFor(() => !ids().includes('gone-wrong'), { describe: 'it to be gone' });
  await row(/a worker failed/).waitFor({ state: 'detached' });
});

test('by the Delete key as well, and never one at work', async () => {
  const { page } = editor;
  await row(/· shown/).click();
  await page.keyboard.press('Delete');
  await dialog().waitFor();
  expect(await dialog().innerText()).toContain('The prompt of well-done');
  await dialog().getByRole('button', { name: 'Delete' }).click();
  await waitFor(() => !ids().includes('well-done'), { describe: 'it to be gone' });
  // its row goes a moment later, and the focus may move with it
  await row(/· shown/).waitFor({ state: 'detached' });
  await editor.panel.getByText('Present task').first().waitFor();
  expect(await row(/working/).count()).toBe(0);
  await page.keyboard.press('Control+Alt+9');
  await notification(page, 'This session is not deleted: its Claude is there');
  expect(ids()).toContain('at-work');
});

test('by keys alone, in the row that has the focus, which neither selects nor shows that session', async () => {
  const { page } = editor;
  const rows = pane().locator('.monaco-list-row');
  const focused = pane().locator('.monaco-list-row.focused');
  await pane().locator('.monaco-list').focus();
  await page.keyboard.press('Home');
  await waitFor(async () => /Past Sessions/.test(await focused.innerText()), {
    describe: 'the focus on the first row',
  });
  for (let index = 0; !/ended/.test(await focused.innerText()); index++) {
    await page.keyboard.press('ArrowDown');
    await waitFor(async () => Number(await focused.getAttribute('data-index')) > index, {
      describe: `row ${index + 1}`,
    });
  }
  const before = ids();
  const selected = await rows.and(page.locator('.selected')).allInnerTexts();
  await page.keyboard.press('Delete');
  await dialog().waitFor();
  await page.keyboard.press('Escape');
  await dialog().waitFor({ state: 'detached' });
  expect(ids()).toEqual(before);
  expect(await rows.and(page.locator('.selected')).allInnerTexts()).toEqual(selected);
  await page.keyboard.press('Delete');
  await dialog().waitFor();
  await page.keyboard.press('Enter');
  await waitFor(() => ids().length === before.length - 1, { describe: 'one to be gone' });
  // the newest of them comes first
  expect(before.filter((id) => !ids().includes(id))).toEqual(['long-ago-0']);
  await editor.panel.getByText('Present task').first().waitFor();
});

test('all of them can be searched, and the chosen one is shown', async () => {
  const { page } = editor;
  await runCommand(page, 'Fermata: Find Past Session');
  // before that the rows are those of the command palette, which would take the keys
  await page.locator('.quick-input-title', { hasText: 'Past Sessions' }).waitFor();
  const found = page.locator('.quick-input-list .monaco-list-row');
  await found.first().waitFor();
  await page.keyboard.type('long-ago-27');
  await waitFor(async () => (await found.count()) === 1, { describe: 'one to be found' });
  await editor.screenshot('vscode-find-session');
  await page.keyboard.press('Enter');
  // the list may be scrolled, and rows out of sight are not in the page
  const isShown = async (): Promise<boolean> => {
    await pane().locator('.monaco-list').focus();
    await page.keyboard.press('Home');
    return (await row(/· shown/).count()) > 0;
  };
  await waitFor(isShown, { describe: 'the chosen session to be marked in the list' });
  await editor.panel.locator('[data-conductor="ended"]').waitFor();
});
