import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { listCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';

let editor: Editor;
let session: TestSession;

beforeAll(async () => {
  editor = await openEditor({
    trust: false,
    settings: { 'fermata.hold.seconds': 3, 'fermata.workers.silentSeconds': 60 },
  });
  session = createSession(editor.fermataHome, editor.project, 'session-1');
  session.publish(
    { t: 'spawn', worker: 'W1', task: 'Look' },
    { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'stay' },
  );
  session.publish({ t: 'denied', block: 'B1', tool: 'Read' });
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('in Restricted Mode the panel shows everything and offers no action', async () => {
  await editor.panel.locator('[data-block="B1"]').waitFor();
  await editor.panel.getByText('Restricted Mode').first().waitFor();
  const acting = [
    'release',
    'let-run',
    'let-run-and-say',
    'deny-call',
    'hold',
    'abort',
    'abort-session',
    'install-hooks',
  ];
  for (const action of acting) expect(await editor.panel.locator(`[data-action="${action}"]`).count(), action).toBe(0);
  await editor.screenshot('vscode-restricted');
});

test('commands that act are not offered there', async () => {
  const { page } = editor;
  await listCommand(page, 'Fermata: ', 'Fermata: Open Session Log');
  const titles = [
    'Watch All My Claude Sessions',
    'Release',
    'Abort Worker',
    'Approve Rules',
    'Pause Claude',
    'Share Session',
    'Follow a Session',
    'Give Up Worker',
  ];
  for (const title of titles) {
    expect(
      await page.locator('.quick-input-list .monaco-list-row', { hasText: `Fermata: ${title}` }).count(),
      title,
    ).toBe(0);
  }
  await page.keyboard.press('Escape');
  expect(existsSync(join(editor.fermataHome, 'hooks'))).toBe(false);
});
