import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { projectSettingsFile } from '#core/base/settings.ts';
import { applyInstall, planInstall } from '#core/install/installer.ts';
import { HookStage, type HookResult } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { runCommand } from '#test/lib/workbench.ts';
import { createSession } from './testSession.ts';
import { openEditor, type Editor } from './editor.ts';
import { pressUntilGone } from './pressUntilGone.ts';

let editor: Editor;
let stage: HookStage;

beforeAll(async () => {
  stage = new HookStage({});
  editor = await openEditor({ home: stage.root, settings: { 'fermata.hold.seconds': 600 } });
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

/** Changes the settings of the folder, while the window is open. */
function change(settings: Record<string, unknown>): void {
  mkdirSync(join(editor.project, '.vscode'), { recursive: true });
  writeFileSync(join(editor.project, '.vscode', 'settings.json'), JSON.stringify(settings));
}

test('a changed setting is in force at the next call of a hook', async () => {
  const { panel, project } = editor;
  const session = createSession(stage.home, project, stage.session);
  session.publish({ t: 'spawn', worker: 'W1' });
  session.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'not yet' });
  const call = (id: string): Promise<HookResult> => {
    const fields = { cwd: project, tool_name: 'Read', tool_input: { file_path: '/a' }, tool_use_id: id };
    return stage.fire('PreToolUse', fields, { CLAUDE_PROJECT_DIR: project });
  };
  const held = call('t1');
  await panel.getByText(/wants to read/).waitFor();
  change({ 'fermata.hold.seconds': 0 });
  const file = projectSettingsFile(stage.home, project);
  await waitFor(() => existsSync(file) && readFileSync(file, 'utf8').includes('"hold.seconds": 0'), {
    describe: 'the setting where hooks read it',
  });
  expect(JSON.parse((await call('t2')).stdout)).toMatchObject({ hookSpecificOutput: { permissionDecision: 'deny' } });
  await pressUntilGone(panel.locator('[data-block="B1"] :is([data-action="release"], [data-action="let-run"])'));
  expect(await held).toMatchObject({ code: 0, stdout: '' });
});

test('a changed setting is in force in the window, without a reload', async () => {
  const item = editor.page.locator('.statusbar-item[id="fermata.fermata.fermata.status"]');
  await item.waitFor();
  change({ 'fermata.statusBar': 'never' });
  await item.waitFor({ state: 'detached' });
  change({ 'fermata.statusBar': 'always' });
  await item.waitFor();
});

test('the settings of a folder choose no program, and the panel says where they are to be set', async () => {
  const { panel, project } = editor;
  const ran = join(project, 'ran');
  const program = join(project, 'evil.sh');
  writeFileSync(program, `#!/bin/sh\ntouch '${ran}'\n`, { mode: 0o755 });
  change({ 'fermata.nodePath': program, 'fermata.claudePath': program, 'fermata.hold.seconds': 7 });
  const file = projectSettingsFile(stage.home, project);
  await waitFor(() => readFileSync(file, 'utf8').includes('"hold.seconds": 7'), { describe: 'the other setting' });
  expect(readFileSync(file, 'utf8')).not.toMatch(/nodePath|claudePath|evil/);
  await panel.getByText('a folder chooses no program').waitFor();
  await runCommand(editor.page, 'Fermata: Diagnose');
  await editor.page.locator('.tab', { hasText: 'Fermata Diagnose' }).waitFor();
  await runCommand(editor.page, 'Fermata: New Session');
  await editor.page.locator('.terminal-tabs-entry, .single-terminal-tab', { hasText: 'Claude Code' }).first().waitFor();
  expect(existsSync(ran)).toBe(false);
  change({});
  await panel.getByText('a folder chooses no program').waitFor({ state: 'detached' });
});

test('the settings are in their groups, and link to each other and to commands', async () => {
  const { page } = editor;
  await runCommand(page, 'Fermata: Open Settings');
  const shown = page.locator('.settings-editor');
  await shown.locator('.setting-item', { hasText: 'How you hear of a permission request' }).waitFor();
  const groups = /Notifications[\s\S]*Hooks[\s\S]*Rules[\s\S]*Workers[\s\S]*History[\s\S]*Environment/;
  await shown.locator('.settings-toc-container', { hasText: groups }).waitFor();
  await editor.screenshot('vscode-settings');
  // only what is in sight is in the page
  await shown.locator('.settings-toc-container .monaco-list-row', { hasText: 'Rules' }).click();
  await shown.locator('.setting-item', { hasText: 'Prompt pattern and the command its workers run' }).waitFor();
  const links = shown
    .locator('.setting-item', { hasText: 'Prompt pattern' })
    .first()
    .locator('.setting-item-markdown a');
  expect(await links.allInnerTexts()).toEqual(['Open Rules', 'Approve Rules…', 'Try a Prompt…', 'Fermata: Spawn']);
  await links.first().click();
  await page.locator('.tab', { hasText: 'rules.json' }).waitFor();
});

test('the entries of hooks follow failClosed, without a reload', async () => {
  const plan = planInstall({ home: stage.home, scope: 'user', userHome: stage.root, permissions: false });
  if (!plan.ok || !applyInstall(plan).ok) throw new Error('not installed');
  const file = join(stage.root, '.claude', 'settings.json');
  const machine = join(editor.server.dir, 'data', 'Machine', 'settings.json');
  for (const failClosed of [true, false]) {
    writeFileSync(machine, JSON.stringify({ 'fermata.failClosed': failClosed }));
    await waitFor(() => readFileSync(file, 'utf8').includes('"onFailure": "block"') === failClosed, {
      describe: `entries with failClosed ${failClosed}`,
      timeoutMs: 30_000,
    });
    expect(existsSync(homePaths(stage.home).failClosed)).toBe(failClosed);
  }
});
