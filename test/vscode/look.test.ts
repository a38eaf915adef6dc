import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assistant, call, line, prompt, result, said } from '#test/unit/core/claude/transcript/entries.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';

// A closer look in the real editor: its code is loaded under the page's policy, its texts come from transcripts on disk.

let editor: Editor;
let session: TestSession;
let agent: string;

const tab = (name: string) => editor.page.locator('.tabs-container .tab', { hasText: name });

beforeAll(async () => {
  editor = await openEditor();
  const transcript = join(editor.home, 'look.jsonl');
  agent = join(editor.home, 'look', 'subagents', 'agent-a1.jsonl');
  mkdirSync(join(editor.home, 'look', 'subagents'), { recursive: true });
  writeFileSync(transcript, [prompt('Fix the rounding'), said('A subagent reviews it.')].map(line).join(''));
  writeFileSync(
    agent,
    [
      prompt('Review the payments, and change nothing.'),
      said('I begin with the cart.'),
      assistant([call('t1', 'Bash', { command: 'npm test -- --run payments' })]),
    ]
      .map(line)
      .join(''),
  );
  writeFileSync(agent.replace('.jsonl', '.meta.json'), JSON.stringify({ description: 'Review payments' }));
  session = createSession(editor.fermataHome, editor.project, 'session-1');
  session.publish(
    { t: 'session', session: 'session-1', cwd: editor.project, transcript },
    { t: 'spawn', worker: 'a1', kind: 'subagent', task: 'Review payments' },
  );
  await editor.panel.locator('[data-worker="a1"]').waitFor();
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('Space shows what a subagent was asked, its steps and its open call, and follows them', async () => {
  await editor.panel.locator('[data-worker="a1"]').focus();
  await editor.page.keyboard.press('Space');
  const peek = editor.panel.locator('.peek');
  await peek.locator('text=Review the payments, and change nothing.').waitFor();
  await peek.locator('[data-kind="words"]', { hasText: 'I begin with the cart.' }).waitFor();
  await peek.locator('.peek-call', { hasText: 'npm test -- --run payments' }).waitFor();
  appendFileSync(agent, line(result('t1', 'Exit code 1', { failed: true })));
  await peek.locator('[data-kind="result"]', { hasText: 'failed' }).waitFor();
  expect(await peek.locator('.peek-call').count()).toBe(0);
  await editor.screenshot('vscode-peek');
});

test('its transcript opens in a tab with its name, and Escape closes the look', async () => {
  await editor.panel.locator('.peek [data-action="open-transcript"]').click();
  await tab('Transcript: Review payments').waitFor();
  await editor.page.locator('.editor-instance .view-lines', { hasText: 'I begin with the cart.' }).waitFor();
  await editor.panel.locator('.peek').focus();
  await editor.page.keyboard.press('Escape');
  await editor.panel.locator('.peek').waitFor({ state: 'detached' });
});

test('the changes of an agent are counted, and open in one tab', async () => {
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', '-C', editor.project, ...args]);
  writeFileSync(join(editor.project, 'cart.ts'), 'one\ntwo\n');
  git('init', '--quiet');
  git('add', '--all');
  git('commit', '--quiet', '--message', 'first');
  writeFileSync(join(editor.project, 'cart.ts'), 'one\nand\nmore\n');
  const edit = [
    assistant([call('t2', 'Edit', { file_path: join(editor.project, 'cart.ts') })]),
    result('t2', 'updated'),
  ];
  appendFileSync(agent, edit.map(line).join(''));
  const button = editor.panel.locator('[data-worker="a1"] [data-action="open-changes"]');
  await button.filter({ hasText: '1 file +2 −1' }).waitFor();
  await button.click();
  await tab('Changes: Review payments').waitFor();
  await editor.page.locator('.editor-instance .view-line', { hasText: /^more$/ }).waitFor();
  await editor.page.locator('.editor-instance', { hasText: 'cart.ts' }).waitFor();
  await editor.screenshot('vscode-changes');
});
