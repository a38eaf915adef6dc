import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { remoteUri } from '#test/lib/vscodeServer.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { showView, openWorkbench, webviewFrame } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { openSession } from './openSession.ts';
import { createSession } from './testSession.ts';

let editor: Editor;

beforeAll(async () => {
  editor = await openEditor();
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('in a workspace of several folders sessions of each are there, and none of others', async () => {
  const { server, page } = editor;
  const [one, two, other] = ['one', 'two', 'other'].map((name) => tempDir(`fermata-${name}-`));
  const file = join(tempDir('fermata-workspace-'), 'both.code-workspace');
  writeFileSync(file, JSON.stringify({ folders: [{ path: one }, { path: two }] }));
  for (const [index, project] of [one, two, other].entries()) {
    const session = createSession(editor.fermataHome, project ?? '', `multi-${index}`);
    session.publish({ t: 'spawn', worker: 'W1', task: `in folder ${index}` });
  }
  const url = new URL(server.url);
  url.searchParams.set('workspace', remoteUri(server, file).replace(/^vscode-remote:\/\/[^/]+/, ''));
  await openWorkbench(page, url.toString());
  const panel = webviewFrame(page);
  const rows = panel.locator('[data-board]');
  const areShown = async (): Promise<boolean> => {
    // a new workspace may bring its own view back late
    await showView(page, 'Fermata');
    return rows.nth(1).isVisible();
  };
  await waitFor(areShown, { describe: 'both sessions', timeoutMs: 90_000, intervalMs: 200 });
  const ids = await rows.evaluateAll((all) => all.map((each) => each.getAttribute('data-board') ?? ''));
  expect(ids.toSorted()).toEqual(['multi-0', 'multi-1']);
  for (const id of ids) {
    await openSession(panel, id);
    await panel.locator('[data-worker="W1"]', { hasText: `in folder ${id.slice(-1)}` }).waitFor();
  }
});
