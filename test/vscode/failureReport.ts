import type { Locator } from 'playwright-core';
import { afterEach } from 'vitest';
import { openEditors } from './editor.ts';

// A setup file: of a test that fails it prints what the editor shows, since nothing else is left of it on another machine.

const MAX_CHARS = 2000;

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const editor of openEditors) {
    const text = async (of: Locator): Promise<string> =>
      (await of.innerText({ timeout: 2000 }).catch(String)).replaceAll(/\s*\n\s*/g, ' | ').slice(0, MAX_CHARS);
    console.error(`${task.name}: the editor shows: ${await text(editor.page.locator('body'))}`);
    console.error(`${task.name}: the panel shows: ${await text(editor.panel.locator('body'))}`);
    await editor.screenshot(`failed-${task.name.replaceAll(/\W+/g, '-').slice(0, 80)}`).catch(() => undefined);
  }
});
