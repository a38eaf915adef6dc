import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { notification, runCommand } from '#test/lib/workbench.ts';
import { openEditor, toastButton, type Editor } from './editor.ts';

const handWritten = `{
  // mine
  "model": "opus",
  "hooks": {
    "Stop": [{ "hooks": [{ "type": "command", "command": "say done" }] }]
  }
}
`;

let editor: Editor;
let settingsFile: string;

beforeAll(async () => {
  editor = await openEditor();
  settingsFile = join(editor.home, '.claude', 'settings.json');
  mkdirSync(join(editor.home, '.claude'));
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

const reportLine = (text: string): Locator =>
  editor.page.locator('.monaco-editor .view-line', { hasText: text }).first();

const chooseScope = (text: string): Promise<void> =>
  editor.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();

test('settings that cannot be parsed are refused with line and column, and left alone', async () => {
  const broken = '{\n  "model": "opus",\n  "hooks": }\n';
  writeFileSync(settingsFile, broken);
  await runCommand(editor.page, 'Fermata: Install Hooks…');
  await chooseScope('For you, in every project');
  const toast = await notification(editor.page, 'line 3, column 12');
  await editor.screenshot('vscode-refused');
  expect(readFileSync(settingsFile, 'utf8')).toBe(broken);
  expect(existsSync(join(editor.fermataHome, 'hooks'))).toBe(false);
  await toast.hover();
  await toast.locator('.codicon-notifications-clear').click();
});

test('Install Hooks shows the difference, asks, and adds to the existing settings', async () => {
  writeFileSync(settingsFile, handWritten);
  await runCommand(editor.page, 'Fermata: Install Hooks…');
  await chooseScope('For you, in every project');
  const toast = await notification(editor.page, 'Claude Code then asks Fermata before it acts');
  await editor.page.locator('.monaco-diff-editor', { hasText: 'gate.sh' }).first().waitFor();
  await editor.screenshot('vscode-install');
  expect(readFileSync(settingsFile, 'utf8')).toBe(handWritten);
  await toastButton(toast, 'Install').click();
  await waitFor(() => readFileSync(settingsFile, 'utf8').includes('gate.sh'), { describe: 'the hooks' });
  const text = readFileSync(settingsFile, 'utf8');
  expect(text).toContain('// mine');
  expect(text).toContain('say done');
  expect(text).toContain(`${editor.fermataHome}/hooks/gate.sh`);
  for (const name of ['hooks/gate.sh', 'hooks/hook.cjs', 'hooks/runner.cjs', 'bin/fermata', 'runtime', 'version']) {
    expect(existsSync(join(editor.fermataHome, name)), name).toBe(true);
  }
  await editor.panel.locator('[data-empty="session"]').waitFor();
  await editor.screenshot('vscode-installed');
});

test('a comment in the settings is reported in the panel, and Diagnose names the remedy', async () => {
  const { page, panel } = editor;
  // the settings that got the hooks have a comment, and Claude Code ignores such a file
  const banner = panel.locator('[data-banner="hooks"]');
  await banner.getByText('Claude Code does not run the hooks here.').waitFor();
  await banner.getByText('comment or trailing comma (line 2)').waitFor();
  await banner.locator('[data-action="diagnose"]').click();
  await reportLine('Claude Code ignores').waitFor();
  await reportLine('Remove comments and trailing commas there').waitFor();
  await editor.screenshot('vscode-diagnose');
  await runCommand(page, 'View: Close All Editors');
});

test('after that repair everything works: Diagnose has tried every entry', async () => {
  writeFileSync(settingsFile, readFileSync(settingsFile, 'utf8').replace('  // mine\n', ''));
  await runCommand(editor.page, 'Fermata: Diagnose');
  await reportLine('Fermata works.').waitFor();
  await reportLine('PostToolUse answers').waitFor();
  await runCommand(editor.page, 'View: Close All Editors');
  await editor.panel.locator('[data-banner="hooks"]').waitFor({ state: 'detached' });
  writeFileSync(settingsFile, readFileSync(settingsFile, 'utf8').replace('{\n', '{\n  // mine\n'));
});

test('Uninstall Hooks leaves the file as it was to the byte', async () => {
  await runCommand(editor.page, 'Fermata: Uninstall Hooks');
  await editor.page
    .locator('.quick-input-widget .quick-input-list .monaco-list-row', { hasText: 'settings.json' })
    .waitFor();
  await editor.page.keyboard.press('Enter');
  await waitFor(() => readFileSync(settingsFile, 'utf8') === handWritten, { describe: 'the file as it was' });
  await editor.panel.locator('[data-empty="hooks"]').waitFor();
});

test('rules start nothing until the person has seen the commands and approves', async () => {
  const { page, project, fermataHome } = editor;
  mkdirSync(join(project, '.fermata'));
  const good = { name: 'tests', prompt: 'run tests', workers: [{ run: ['npm', 'test'] }] };
  const bad = { name: 'typo', prompt: '(', workers: [{ run: ['x'] }] };
  writeFileSync(join(project, '.fermata', 'rules.json'), JSON.stringify({ version: 1, rules: [bad, good] }));
  // no session is needed to see the error, and the valid rule still waits for approval
  await editor.panel.locator('[data-notice]', { hasText: 'typo' }).waitFor();
  await editor.panel.locator('[data-notice]', { hasText: 'One rule in' }).waitFor();
  await runCommand(page, 'Fermata: Approve Rules');
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('tests: npm test').waitFor();
  await dialog.getByText('not the scripts and programs that they name').waitFor();
  await editor.screenshot('vscode-approve');
  await dialog.locator('.monaco-button', { hasText: 'Approve' }).click();
  const approved = join(fermataHome, 'approved.json');
  await waitFor(() => readFileSync(approved, 'utf8').includes(project), { describe: 'the approval' });
});
