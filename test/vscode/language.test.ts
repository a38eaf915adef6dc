import { afterAll, beforeAll, expect, test } from 'vitest';
import { pseudo } from '#test/lib/pseudoLocale.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { listCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession } from './testSession.ts';

let editor: Editor;

beforeAll(async () => {
  editor = await openEditor({ pseudoLocale: true, settings: { 'fermata.statusBar': 'always' } });
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('in another display language the panel, the status bar, the tree and the commands speak it', async () => {
  const { page, panel, fermataHome, project } = editor;
  await panel.locator('[data-action="watch-all"]', { hasText: pseudo('Watch all my Claude sessions') }).waitFor();
  const session = createSession(fermataHome, project, 'session-1');
  session.publish(
    { t: 'spawn', worker: 'W1' },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'no' },
  );
  await panel
    .locator('[data-block="B1"] :is([data-action="release"], [data-action="let-run"])', { hasText: pseudo('Release') })
    .waitFor();
  await page.locator('.statusbar', { hasText: '[!!1 ŵöŕķéŕ ' }).waitFor();
  await page.locator('.pane-header', { hasText: pseudo('History') }).waitFor();
  await listCommand(page, 'fermata: release all', pseudo('Release All Blocks'));
  await editor.screenshot('vscode-language');
  expect(await panel.locator('html').getAttribute('lang')).toBe('qps-ploc');
});
