import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { notification } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from '#test/vscode/editor.ts';
import { createSession } from '#test/vscode/testSession.ts';

// In the real editor, where two minutes have to pass.

let editor: Editor | undefined;
afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('who was away while they were needed is offered once that it rings, and their choice is a setting', async () => {
  editor = await openEditor();
  const { page, fermataHome, project } = editor;
  const session = createSession(fermataHome, project, 'session-1');
  await editor.panel.locator('[data-session="session-1"], [data-board="session-1"]').first().waitFor();
  const setFocus = (focused: boolean): Promise<void> =>
    page.evaluate((has) => {
      document.hasFocus = () => has;
      window.dispatchEvent(new Event(has ? 'focus' : 'blur'));
    }, focused);
  await setFocus(false);
  // the extension host hears of it
  await delay(2000);
  const since = Date.now();
  session.publish({ t: 'turn', state: 'working' }, { t: 'ask', ask: 'a1', tool: 'Bash', summary: 'npm publish' });
  await waitFor(() => Date.now() - since > 122_000, { describe: 'two minutes to pass', timeoutMs: 150_000 });
  await setFocus(true);
  const offer = await notification(page, 'You were needed for 2 min');
  await offer.getByRole('button', { name: 'Ring the Bell' }).click();
  // where the hooks read it
  const settings = join(fermataHome, 'settings.json');
  await waitFor(() => existsSync(settings) && /"notify.system":\s*"bell"/.test(readFileSync(settings, 'utf8')), {
    describe: 'the setting',
    timeoutMs: 30_000,
  });
});
