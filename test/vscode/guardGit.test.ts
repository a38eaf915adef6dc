import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { folderContents } from '#test/lib/folderContents.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { notification, runCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';

let editor: Editor;
let session: TestSession;
let project: string;
let other: string;

function git(cwd: string, ...args: string[]): { code: number | null; err: string } {
  const env = cleanEnv(editor.home, { GIT_CONFIG_NOSYSTEM: '1' });
  const { status, stderr } = spawnSync('git', args, { cwd, env, timeout: 120_000 });
  return { code: status, err: stderr.toString() };
}
const commit = (): { code: number | null; err: string } => git(project, 'commit', '-q', '--allow-empty', '-m', 'more');

beforeAll(async () => {
  project = realpathSync(tempDir('fermata-project-'));
  other = join(realpathSync(tempDir('fermata-worktree-')), 'refunds');
  editor = await openEditor({ project });
  writeFileSync(join(editor.home, '.gitconfig'), '[user]\n\tname = t\n\temail = t@example.org\n');
  git(project, 'init', '-q', '-b', 'main');
  writeFileSync(join(project, 'cart.ts'), 'one\n');
  git(project, 'add', '-A');
  expect(commit()).toEqual({ code: 0, err: '' });
  git(project, 'worktree', 'add', '-q', '-b', 'refunds', other);
  session = createSession(editor.fermataHome, project, 'session-1');
  session.publish({ t: 'spawn', worker: 'W1', task: 'Ship it' });
  await editor.panel.getByText('Ship it').first().waitFor();
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('Guard Git for Scripts and People… asks, guards a commit in a terminal, and takes its hooks out again', async () => {
  const { page } = editor;
  const hooks = join(project, '.git', 'hooks');
  mkdirSync(hooks, { recursive: true });
  const before = folderContents(hooks);
  const dialog = page.locator('.monaco-dialog-box');
  const match = { tool: 'Bash', command: 'git commit*' };
  session.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'wait for the tests', match });
  await runCommand(page, 'Fermata: Guard Git for Scripts and People');
  await dialog.getByText(`Guard ${project} for scripts and people, too?`).waitFor();
  expect(await dialog.innerText()).toContain(hooks);
  await editor.screenshot('vscode-guard-git');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(folderContents(hooks)).toEqual(before);
  expect(commit()).toEqual({ code: 0, err: '' });

  await runCommand(page, 'Fermata: Guard Git for Scripts and People');
  await dialog.getByRole('button', { name: 'Guard' }).click();
  await notification(page, `Hooks of git guard ${project} now.`);
  expect(existsSync(join(hooks, 'pre-commit'))).toBe(true);
  const held = commit();
  expect(held).toMatchObject({ code: 1, err: expect.stringContaining('wait for the tests') });
  await waitFor(() => session.events('denied').length > 0, { describe: 'the refusal in the log' });
  const [block = ''] = [...session.state().blocks.keys()];
  session.publish({ t: 'unblock', block, by: 'user' });
  expect(commit()).toEqual({ code: 0, err: '' });

  await runCommand(page, 'Fermata: Guard Git for Scripts and People');
  await dialog.getByText(`Hooks of git guard ${project}. Take them out?`).waitFor();
  await dialog.getByRole('button', { name: 'Take Out' }).click();
  await notification(page, `The hooks of git were taken out of ${project}.`);
  expect(folderContents(hooks)).toEqual(before);
  await runCommand(page, 'Notifications: Clear All Notifications');
});

test('a click on a file of Merges compares it in both worktrees', async () => {
  const { page, panel } = editor;
  writeFileSync(join(project, 'cart.ts'), 'the price is rounded\n');
  writeFileSync(join(other, 'cart.ts'), 'the price is refunded\n');
  const side = (root: string, branch: string, worker: string, name: string) => ({
    root,
    branch,
    commit: '0'.repeat(40),
    names: [branch],
    agents: [{ worker, session: 'session-1', name }],
  });
  const [a, b] = [side(project, 'main', 'conductor', 'Claude'), side(other, 'refunds', 'W1', 'Ship it')];
  session.publish({ t: 'mergeable', a, b, answer: 'conflict', files: ['cart.ts'] });
  // the only session is shown by itself
  const row = panel.locator('[data-section="merges"]');
  await row.getByText('cart.ts').first().waitFor();
  await row.locator('[data-action="compare-conflict"]').first().click();
  const diff = page.locator('.monaco-diff-editor', { hasText: 'the price is rounded' });
  await diff.first().waitFor();
  await page.locator('.monaco-diff-editor', { hasText: 'the price is refunded' }).first().waitFor();
  await page.locator('.tab', { hasText: /cart\.ts \(.*main.*↔.*refunds/ }).waitFor();
  await editor.screenshot('vscode-merges-diff');
});
