import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { showView, notification, runCommand, showTooltip } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';
import { pressUntilGone } from './pressUntilGone.ts';

// The panel is hidden and shown, reloaded and moved to the other side; and texts that would do harm as markup stay text.

let editor: Editor;
let session: TestSession;

beforeAll(async () => {
  editor = await openEditor({ settings: { 'fermata.notify.blockAfterSeconds': 0, 'fermata.statusBar': 'always' } });
  session = createSession(editor.fermataHome, editor.project, 'session-1');
  session.publish({ t: 'spawn', worker: 'W1', task: 'Load data1.csv' });
  await editor.panel.locator('[data-worker="W1"]').waitFor();
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('hidden and shown again in mid-run it has the events since, and the same layout', async () => {
  const { page, panel } = editor;
  await panel.locator('[data-section="activity"] summary').click();
  await panel.locator('[data-action="filter"]').fill('row');
  await showView(page, 'Explorer');
  await page.locator('.explorer-folders-view').first().waitFor();
  session.publish({ t: 'progress', worker: 'W1', pct: 70, phase: 'half', message: 'row 700' });
  await showView(page, 'Fermata');
  await panel.locator('[data-worker="W1"]', { hasText: 'row 700' }).waitFor();
  expect(await panel.locator('[data-action="filter"]').inputValue()).toBe('row');
  await panel.locator('[data-activity]', { hasText: 'row 700' }).waitFor();
});

test('a reload in mid-run changes nothing', async () => {
  const { page, panel } = editor;
  await page.reload();
  session.publish({ t: 'progress', worker: 'W1', pct: 80, message: 'row 800' });
  await panel.locator('[data-worker="W1"]', { hasText: 'row 800' }).waitFor();
});

test('the menu of a worker copies its id, which its row does not show', async () => {
  const { page, panel } = editor;
  const item = page.locator('.monaco-menu .action-label', { hasText: 'Copy Id' });
  const copied = page.locator('.statusbar-item', { hasText: 'Copied: W1' });
  const copy = async (): Promise<boolean> => {
    // a menu of the editor closes when anything else takes the focus, and takes no click in its first tenth of a second
    if (!(await item.isVisible())) await panel.locator('[data-worker="W1"] .worker-name').click({ button: 'right' });
    await item.click({ timeout: 5000 });
    await copied.waitFor({ timeout: 5000 });
    return true;
  };
  await waitFor(copy, { describe: 'the id to be copied', timeoutMs: 60_000 });
});

test('it works on in the secondary sidebar', async () => {
  const { page, panel } = editor;
  await runCommand(page, 'View: Move View');
  const pick = page.locator('.quick-input-list .monaco-list-row');
  await pick
    .filter({ has: page.getByText('Now', { exact: true }) })
    .first()
    .click();
  await pick.filter({ hasText: 'New Secondary Side Bar Entry' }).first().click();
  await page.locator('.part.auxiliarybar').waitFor();
  session.publish({ t: 'progress', worker: 'W1', pct: 90, message: 'row 900' });
  await panel.locator('[data-worker="W1"]', { hasText: 'row 900' }).waitFor();
  await editor.screenshot('vscode-secondary-sidebar');
  session.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'stay' });
  await pressUntilGone(panel.locator('[data-block="B1"] :is([data-action="release"], [data-action="let-run"])'));
  await panel.locator('[data-block="B1"]').waitFor({ state: 'detached' });
  expect(session.events('unblock')).toMatchObject([{ block: 'B1', by: 'user' }]);
});

const HOSTILE =
  '<img src=x onerror="window.pwned=1"> [click](command:workbench.action.quit) **bold** $(bell) `x` \u001b[31mred \u202egnp.exe';

test('markup, links, icons and control characters of workers are text on every surface', async () => {
  const { page, panel } = editor;
  session.publish({ t: 'spawn', worker: 'W2', task: HOSTILE });
  session.publish({
    t: 'hook',
    worker: 'W2',
    event: 'PreToolUse',
    exit: 2,
    message: HOSTILE,
    match: { tool: 'Read', path: HOSTILE.slice(0, 60) },
  });
  const id = [...session.state().blocks.keys()].at(-1) ?? '';
  session.publish({ t: 'held', block: id, tool: '$(bell) <b>Read</b>', summary: `$(bell) ${HOSTILE}`, id: 'h9' });
  const card = panel.locator(`[data-block="${id}"]`);
  await card.getByText('<img src=x').first().waitFor();
  expect(await panel.locator('main img, main b, main a').count()).toBe(0);

  const toast = await notification(page, 'click] (command:workbench.action.quit)');
  // its only links are those of the extension
  const links = await toast.locator('.notification-list-item-message a').allInnerTexts();
  expect(links).toEqual(['Let It Run', 'Look', 'Less of These…']);
  expect(await toast.locator('.notification-list-item-message :is(img, b, .codicon)').count()).toBe(0);

  const item = page.locator('.statusbar-item', { hasText: '$(bell) <img' });
  await item.waitFor();
  expect(await item.locator('.codicon-bell').count()).toBe(0);
  const tooltip = page.locator('.monaco-hover', { hasText: 'Fermata' }).last();
  await showTooltip(page, item, tooltip);
  expect(await tooltip.locator('a[data-href*="quit"], img').count()).toBe(0);
  await page.mouse.move(640, 450);

  expect(await page.evaluate(() => (window as unknown as { pwned?: number }).pwned)).toBeUndefined();
  await editor.screenshot('vscode-hostile');
});
