import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { notification, runCommand, someWebview } from '#test/lib/workbench.ts';
import { openWalkthrough } from './firstMinutes.ts';
import { openEditor, type Editor } from './editor.ts';

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

/** Waits for a text in the preview of the report. */
const reportLine = (text: string): Promise<void> => someWebview(editor.page, `text=${text}`);

const chooseScope = (text: string): Promise<void> =>
  editor.page.locator('.quick-input-list .monaco-list-row', { hasText: text }).first().click();

test('settings that cannot be parsed are refused with line and column, and left alone', async () => {
  const broken = '{\n  "model": "opus",\n  "hooks": }\n';
  writeFileSync(settingsFile, broken);
  await runCommand(editor.page, 'Fermata: Watch All My Claude Sessions…');
  await chooseScope('For you, in every project');
  const toast = await notification(editor.page, 'line 3, column 12');
  await editor.screenshot('vscode-refused');
  expect(readFileSync(settingsFile, 'utf8')).toBe(broken);
  expect(existsSync(join(editor.fermataHome, 'hooks'))).toBe(false);
  await toast.hover();
  await toast.locator('.codicon-notifications-clear').click();
});

test('Watch all my Claude sessions shows the difference, asks, and adds to the existing settings', async () => {
  writeFileSync(settingsFile, handWritten);
  await runCommand(editor.page, 'Fermata: Watch All My Claude Sessions…');
  await chooseScope('For you, in every project');
  const question = editor.panel.locator('[data-guide="install"]');
  await question.waitFor();
  await editor.page.locator('.monaco-diff-editor', { hasText: 'gate.sh' }).first().waitFor();
  await editor.screenshot('vscode-install');
  expect(readFileSync(settingsFile, 'utf8')).toBe(handWritten);
  // the same command again brings the same question to the front, and closes nothing
  const tab = editor.page.locator('.tab', { hasText: "Install Fermata's hooks" });
  await runCommand(editor.page, 'File: New Untitled Text File');
  await waitFor(async () => !((await tab.getAttribute('class')) ?? '').includes('active'), { describe: 'another tab' });
  await runCommand(editor.page, 'Fermata: Watch All My Claude Sessions…');
  await chooseScope('For you, in every project');
  await waitFor(async () => ((await tab.getAttribute('class')) ?? '').includes('active'), {
    describe: 'the difference',
  });
  expect(await tab.count()).toBe(1);
  // the diff has the answers in its own title, too
  await editor.page.locator('.editor-actions', { hasText: 'Install Without Permission Rules' }).waitFor();
  expect(await question.innerText()).toContain('permission rules');
  await question.locator('[data-action="confirm-install"]').click();
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

test('a diff that is closed is an answer: nothing is installed, and the question is gone', async () => {
  const file = join(editor.project, '.claude', 'settings.local.json');
  await runCommand(editor.page, 'Fermata: Watch All My Claude Sessions…');
  await chooseScope('For you, in this project');
  const question = editor.panel.locator('[data-guide="install"]');
  await question.waitFor();
  await runCommand(editor.page, 'View: Close All Editors');
  await question.waitFor({ state: 'detached' });
  expect(existsSync(file)).toBe(false);
  // what was installed before still says what comes next
  await editor.panel.locator('[data-guide="watching"] [data-action="new-session"]').waitFor();
  await editor.panel.locator('[data-action="close-guide"]').click();
  await editor.panel.locator('[data-guide]').waitFor({ state: 'detached' });
});

test('a comment in the settings is reported in the panel, and Diagnose names the remedy', async () => {
  const { page, panel } = editor;
  // the settings that got the hooks have a comment, and Claude Code ignores such a file
  const banner = panel.locator('[data-banner="hooks"]');
  await banner.getByText('Claude Code does not run the hooks here.').waitFor();
  await banner.getByText('comment or trailing comma (line 2)').waitFor();
  await banner.locator('[data-action="diagnose"]').click();
  await reportLine('Claude Code ignores');
  await reportLine('Remove comments and trailing commas there');
  await editor.screenshot('vscode-diagnose');
  await runCommand(page, 'View: Close All Editors');
});

test('after that repair everything works: Diagnose has tried every entry', async () => {
  writeFileSync(settingsFile, readFileSync(settingsFile, 'utf8').replace('  // mine\n', ''));
  await runCommand(editor.page, 'Fermata: Diagnose');
  await reportLine('Fermata works.');
  await reportLine('PostToolUse answers');
  await runCommand(editor.page, 'View: Close All Editors');
  await editor.panel.locator('[data-banner="hooks"]').waitFor({ state: 'detached' });
  // a walkthrough that is opened only now shows what was done before
  const steps = await openWalkthrough(editor.page);
  const done = (title: string) => steps.filter({ hasText: title }).locator('.codicon.complete');
  await done('Install the hooks').first().waitFor();
  expect(await done('Play the demo').count()).toBe(0);
  await runCommand(editor.page, 'View: Close All Editors');
  writeFileSync(settingsFile, readFileSync(settingsFile, 'utf8').replace('{\n', '{\n  // mine\n'));
});

test('Install in Claude Code Too… names its folder and asks; Diagnose names one that others have changed', async () => {
  const { page, home } = editor;
  const folder = join(home, '.claude', 'skills', 'fermata');
  const dialog = page.locator('.monaco-dialog-box');
  await runCommand(page, 'Fermata: Install in Claude Code Too…');
  await dialog.waitFor();
  expect(await dialog.innerText()).toContain(folder);
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(existsSync(folder)).toBe(false);
  await runCommand(page, 'Fermata: Install in Claude Code Too…');
  await dialog.getByRole('button', { name: 'Install' }).click();
  const manifest = join(folder, 'fermata.json');
  await notification(page, 'The plugin is now in');
  expect(readFileSync(join(folder, 'hooks', 'register.js'), 'utf8')).toContain(editor.fermataHome);
  const module = readFileSync(manifest);
  writeFileSync(manifest, '{}');
  await runCommand(page, 'Fermata: Diagnose');
  await reportLine('was not made by Fermata');
  writeFileSync(manifest, module);
  await runCommand(page, 'View: Close All Editors');
});

test('Uninstall Hooks leaves the file as it was to the byte, and takes the plugin away', async () => {
  await runCommand(editor.page, 'Fermata: Uninstall Hooks');
  const items = editor.page.locator('.quick-input-widget .quick-input-list .monaco-list-row');
  await items.filter({ hasText: 'settings.json' }).waitFor();
  await items.filter({ hasText: 'The plugin in Claude Code' }).waitFor();
  await editor.page.keyboard.press('Enter');
  await waitFor(() => readFileSync(settingsFile, 'utf8') === handWritten, { describe: 'the file as it was' });
  await waitFor(() => !existsSync(join(editor.home, '.claude', 'skills')), { describe: 'the plugin to be gone' });
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
  await editor.panel.locator('[data-notice]', { hasText: 'One rule waits for your approval' }).waitFor();
  await runCommand(page, 'Fermata: Approve Rules');
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByText('tests: npm test').waitFor();
  await dialog.getByText('not the scripts and programs that they name').waitFor();
  await editor.screenshot('vscode-approve');
  await dialog.locator('.monaco-button', { hasText: 'Approve' }).click();
  const approved = join(fermataHome, 'approved.json');
  await waitFor(() => readFileSync(approved, 'utf8').includes(project), { describe: 'the approval' });
});
