import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startModelServer, type ModelServer } from '#test/lib/modelServer.ts';
import { ensureRuntimes, repoRoot } from '#test/lib/runtimes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { openEditor, type Editor } from './editor.ts';
import { cleanMachine, firstMinutes, HOLD, oneCommand, openWalkthrough } from './firstMinutes.ts';

let model: ModelServer;
let editor: Editor;

beforeAll(async () => {
  await ensureRuntimes();
  model = await startModelServer(oneCommand);
  editor = await openEditor(cleanMachine(model.url));
});

afterAll(async () => {
  await editor?.close();
  await model?.stop();
  removeTempDirs();
});

test('on a clean machine the README leads from installing the package to the first released blocks', async () => {
  const readme = readFileSync(join(repoRoot, 'README.md'), 'utf8').replaceAll(/\s+/g, ' ');
  for (const phrase of [HOLD, '**Play the demo**', '**Watch all my Claude sessions**', '**Fermata: New Session**'])
    expect(readme).toContain(phrase);
  await firstMinutes(editor, (name) => editor.screenshot(`first-${name}`));
  // Claude ran its command, and only then
  expect(model.requests.filter(({ kind }) => kind === 'main')).toHaveLength(2);
}, 480_000);

test('the walkthrough ticks completed steps', async () => {
  const { page } = editor;
  const steps = await openWalkthrough(page);
  const done = (title: string) => steps.filter({ hasText: title }).locator('.codicon.complete');
  for (const title of ['Install the hooks', 'Play the demo', 'Let a held call run'])
    await done(title).first().waitFor();
  for (const title of ['Write a rule', 'Read the timeline']) expect(await done(title).count(), title).toBe(0);
  await editor.screenshot('first-walkthrough-after');
});
