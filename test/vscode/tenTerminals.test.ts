import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { prepareClaudeHome } from '#test/lib/claudeHome.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { startModelServer, type ModelServer, type Turn } from '#test/lib/modelServer.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { openTerminalClaude, type TerminalClaude } from '#test/lib/terminal.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { openEditor, type Editor } from './editor.ts';

// Ten real CLIs in pseudo-terminals over three folders: who needs the person is seen at once, and answered in two keys.

interface Terminal {
  folder: 'shop-api' | 'shop-web' | 'infra';
  prompt: string;
  reply: (turn: Turn) => Reply;
}

const works = (): Reply => ({ tools: [{ name: 'Bash', input: { command: 'sleep 600', description: 'Work' } }] });
const says = (text: string) => (): Reply => ({ text });
const needsPermission =
  (file: string) =>
  ({ lastToolResults }: Turn): Reply =>
    lastToolResults.length > 0
      ? { text: 'Done.' }
      : { tools: [{ name: 'Bash', input: { command: `touch ${file}`, description: 'Deploy' } }] };

const TERMINALS: Terminal[] = [
  { folder: 'shop-api', prompt: 'Migrate the orders table', reply: needsPermission('migrated.txt') },
  {
    folder: 'shop-api',
    prompt: 'Explain how pricing works',
    reply: says('Two discounts can stack. Shall I fix that?'),
  },
  { folder: 'shop-api', prompt: 'Fix the rounding', reply: works },
  { folder: 'shop-api', prompt: 'Rename the discounts', reply: works },
  { folder: 'shop-web', prompt: 'Deploy a preview', reply: needsPermission('deployed.txt') },
  { folder: 'shop-web', prompt: 'Hunt the flaky test', reply: works },
  { folder: 'shop-web', prompt: 'Add rate limiting', reply: works },
  { folder: 'infra', prompt: 'Port the scripts', reply: works },
  { folder: 'infra', prompt: 'Upgrade the runner image', reply: works },
  { folder: 'infra', prompt: 'Review the firewall', reply: says('Nothing to change.') },
];

let editor: Editor;
let model: ModelServer;
let root: string;
const claudes: TerminalClaude[] = [];
const folder = (name: string): string => join(root, name);
const isTrusted = [...new Set(TERMINALS.map((each) => each.folder))];

beforeAll(async () => {
  const home = tempDir('fermata-home-');
  root = realpathSync(tempDir('fermata-projects-'));
  for (const name of isTrusted) mkdirSync(folder(name));
  prepareClaudeHome(home, ...isTrusted.map(folder));
  execFileSync(process.execPath, [cliProgram, 'install'], { env: cleanEnv(home), cwd: home });
  const find = (text: string): Terminal | undefined => TERMINALS.find(({ prompt }) => text.includes(prompt));
  model = await startModelServer(
    (turn) => find(turn.allText)?.reply(turn) ?? { text: 'Nothing to do.' },
    (prompt) => find(prompt)?.prompt ?? 'Another session',
  );
  editor = await openEditor({
    home,
    project: folder('shop-api'),
    settings: { 'fermata.permissions': 'answer', 'fermata.notify.permission': 'off' },
  });
  await editor.page.keyboard.press('Escape');
  for (const { folder: name, prompt } of TERMINALS) {
    const claude = await openTerminalClaude({
      cwd: folder(name),
      home,
      modelUrl: model.url,
      allowedTools: ['Bash(sleep:*)'],
    });
    claudes.push(claude);
    await claude.ask(prompt);
  }
}, 600_000);

afterAll(async () => {
  for (const claude of claudes) claude.kill();
  await editor?.close();
  await model?.stop();
  removeTempDirs();
});

const rowsOf = (group: string) => editor.panel.locator(`[data-group="${group}"]`);
const namesIn = (group: string) => rowsOf(group).locator('.board-name').allInnerTexts();
/** Whether keys go to the row of a session: a page keeps its own focus while another part of the editor has the keys. */
const isFocused = async (name: string): Promise<boolean> => {
  const row = editor.panel.locator(':focus');
  const text = await row.evaluate((element) =>
    document.hasFocus() ? (element.closest('[data-board]')?.textContent ?? '') : '',
  );
  return text.includes(name);
};

test('each session stands where it wants its person, by the name that its person gave it', async () => {
  await waitFor(async () => (await namesIn('needsYou')).join() === 'Migrate the orders table', {
    describe: 'the request of this folder',
    timeoutMs: 60_000,
  });
  await waitFor(async () => (await namesIn('yourTurn')).join() === 'Explain how pricing works', {
    describe: 'the question at the end of a turn',
    timeoutMs: 60_000,
  });
  await rowsOf('yourTurn').getByText('Shall I fix that?').waitFor();
  await waitFor(async () => (await namesIn('working')).toSorted().join() === 'Fix the rounding,Rename the discounts', {
    describe: 'the two at work',
    timeoutMs: 60_000,
  });
  expect(await editor.panel.locator('main').innerText()).not.toMatch(/\b[0-9a-f]{8,}\b/);
  await editor.screenshot('vscode-ten-terminals');
});

test('a click shows the sessions of all folders, and the number is the same everywhere', async () => {
  await editor.panel.locator('[data-action="scope"]').selectOption('everywhere');
  // a session of another folder has its name once its transcript is read
  await waitFor(
    async () => (await namesIn('needsYou')).toSorted().join() === 'Deploy a preview,Migrate the orders table',
    {
      describe: 'both requests, by name',
      timeoutMs: 60_000,
    },
  );
  await waitFor(async () => (await namesIn('working')).length === 6, { describe: 'six at work', timeoutMs: 60_000 });
  await editor.page.locator('.statusbar-item.warning-kind', { hasText: '2 wait for your permission' }).waitFor();
  await editor.screenshot('vscode-ten-terminals-everywhere');
});

test('two keys lead from the editor to an answered request, in its own terminal', async () => {
  const { page } = editor;
  await page.locator('.statusbar-item.warning-kind').click();
  await waitFor(() => isFocused('Migrate the orders table'), { describe: 'the first row' });
  await page.keyboard.press('a');
  await waitFor(() => existsSync(join(folder('shop-api'), 'migrated.txt')), {
    describe: 'the CLI to run its call',
    timeoutMs: 60_000,
  });
  await waitFor(async () => (await namesIn('needsYou')).join() === 'Deploy a preview', {
    describe: 'one left',
    timeoutMs: 30_000,
  });
  // from wherever the focus is
  await page.locator('.statusbar-item').first().focus();
  await page.keyboard.press('Control+Alt+n');
  await waitFor(() => isFocused('Deploy a preview'), { describe: 'the next row' });
  await page.keyboard.press('a');
  await waitFor(() => existsSync(join(folder('shop-web'), 'deployed.txt')), {
    describe: 'the other CLI to run its call',
    timeoutMs: 60_000,
  });
});
