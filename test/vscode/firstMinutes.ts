import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { claudeBinary, claudeEnv, prepareClaudeHome } from '#test/lib/claudeHome.ts';
import type { Script } from '#test/lib/modelServer.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import type { VSCodeOptions } from '#test/lib/vscodeServer.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { chooseBy, runCommand, someWebview } from '#test/lib/workbench.ts';
import type { Editor } from './editor.ts';
import { pressUntilGone } from './pressUntilGone.ts';

/** The button that lets a held call go on. */
export const LET_RUN = '[data-action="release"], [data-action="let-run"]';
/** The commands of the README, verbatim. */
export const HOLD = 'fermata block "Wait for my review" --tool Bash';
const PROMPT = 'Say hello with a command';

/** The script of a Claude that runs one command for a prompt, and then reports its result. */
export const oneCommand: Script = ({ lastToolResults }) =>
  lastToolResults.length === 0
    ? { tools: [{ name: 'Bash', input: { command: 'echo hello from Claude', description: 'Say hello' } }] }
    : { text: 'Claude has said hello.' };

/** A machine on which nothing is installed but VS Code and, on the PATH, Claude Code. */
export function cleanMachine(modelUrl: string): VSCodeOptions & { home: string } {
  const home = tempDir('fermata-home-');
  const tools = join(home, 'tools');
  mkdirSync(tools);
  symlinkSync(claudeBinary(), join(tools, 'claude'));
  // the editor asks a login shell for the PATH of its terminals
  writeFileSync(join(home, '.profile'), `PATH="${tools}:$PATH"\n`);
  return { home, env: claudeEnv(home, modelUrl) };
}

/**
 * The quick start of the README, step by step and nothing else: the demo and its block, the hooks, a session of the real
 * Claude Code, and a hold that is released. Throws where a promised result does not appear.
 * @param picture is called at each point where there is something to see
 */
export async function firstMinutes(editor: Editor, picture: (name: string) => Promise<void>): Promise<void> {
  await checkWalkthrough(editor, picture);
  await playDemo(editor);
  await installHooks(editor, picture);
  await holdAndRelease(editor, picture);
}

/** Opens the walkthrough and returns its steps. */
export async function openWalkthrough(page: Page): Promise<Locator> {
  await chooseBy(page, 'Welcome: Open Walkthrough...', 'Get Started with Fermata');
  const steps = page.locator('.gettingStarted .getting-started-step');
  await steps.first().waitFor();
  return steps;
}

async function checkWalkthrough({ page }: Editor, picture: (name: string) => Promise<void>): Promise<void> {
  const size = page.viewportSize();
  // in a wide editor the steps have their pictures beside them
  await page.setViewportSize({ width: 1500, height: 760 });
  await openWalkthrough(page);
  await someWebview(page, 'svg[viewBox="0 0 480 300"]');
  await picture('walkthrough');
  if (size !== null) await page.setViewportSize(size);
}

async function playDemo({ panel }: Editor): Promise<void> {
  await panel.locator('[data-empty="hooks"]').waitFor();
  await panel.getByText('Play the demo', { exact: true }).click();
  const first = panel.locator('[data-guide="demo"]', { hasText: '1 of 4' });
  await first.waitFor();
  await panel.locator(LET_RUN).first().click();
  const review = panel.locator('[data-block]', { hasText: 'the merge waits for you' });
  await review.getByText(/wants to run/).waitFor({ timeout: 90_000 });
  await pressUntilGone(review.locator(':is([data-action="release"], [data-action="let-run"])'));
  await panel.locator('[data-conductor="ended"]').waitFor({ timeout: 60_000 });
}

async function installHooks({ page, panel, home }: Editor, picture: (name: string) => Promise<void>): Promise<void> {
  const settings = join(home, '.claude', 'settings.json');
  await panel.locator('[data-banner="hooks"] [data-action="install-hooks"]').click();
  await page.locator('.quick-input-list .monaco-list-row', { hasText: 'every project' }).first().click();
  const question = panel.locator('[data-guide="install"]');
  await question.waitFor();
  await page.locator('.monaco-diff-editor', { hasText: 'gate.sh' }).first().waitFor();
  await picture('install');
  await question.locator('[data-action="confirm-install"]').click();
  await waitFor(() => existsSync(settings) && readFileSync(settings, 'utf8').includes('gate.sh'), {
    describe: 'the hooks in the settings',
  });
  await runCommand(page, 'View: Close All Editors');
  await runCommand(page, 'Notifications: Clear All Notifications');
}

async function holdAndRelease(editor: Editor, picture: (name: string) => Promise<void>): Promise<void> {
  const { page, panel, home, project } = editor;
  prepareClaudeHome(home, project);
  await runCommand(page, 'Fermata: New Session');
  await panel.locator('[data-conductor="idle"]').waitFor({ timeout: 60_000 });
  await runCommand(page, 'Terminal: Create New Terminal');
  const terminals = page.locator('.tabs-list .terminal-tabs-entry');
  await waitFor(async () => (await terminals.count()) === 2, { describe: 'a second terminal' });
  await typeLine(page, HOLD);
  const card = panel.locator('[data-block]', { hasText: 'Wait for my review' });
  await card.waitFor();
  await terminals.first().click();
  await typeLine(page, PROMPT);
  await card.getByText(/wants to run/).waitFor({ timeout: 60_000 });
  await picture('hold');
  await pressUntilGone(card.locator(':is([data-action="release"], [data-action="let-run"])'));
  await panel.locator('[data-conductor="idle"]').waitFor({ timeout: 60_000 });
  await picture('released');
}

/** Types a line into the visible terminal. */
async function typeLine(page: Page, text: string): Promise<void> {
  const terminal = page.locator('.terminal-wrapper.active .xterm-helper-textarea');
  await terminal.focus();
  await terminal.pressSequentially(text, { delay: 5 });
  await terminal.press('Enter');
}
