import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sessionDir } from '#core/base/paths.ts';
import type { SessionState } from '#protocol/state.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { LET_RUN } from './firstMinutes.ts';
import { openEditor, type Editor } from './editor.ts';
import { pressUntilGone } from './pressUntilGone.ts';

let editor: Editor;

beforeAll(async () => {
  editor = await openEditor({
    env: { FERMATA_DEMO_PACE_MS: '700' },
    settings: { 'fermata.notify.block': 'off', 'fermata.notify.escalation': 'off' },
  });
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

function demoState(): SessionState {
  const name = readdirSync(join(editor.fermataHome, 'sessions')).find((id) => id.startsWith('demo-')) ?? '';
  return stateOf(sessionDir(editor.fermataHome, name));
}

test('Play the demo: a call is held, Release lets the merge go on, and it ends by itself', async () => {
  const { panel, project, home } = editor;
  await panel.locator('[data-empty="hooks"] [data-action="play-demo"]').click();
  const first = panel.locator('[data-guide="demo"]', { hasText: '1 of 4' });
  await first.waitFor();
  await panel.locator(LET_RUN).first().click();
  await panel.locator('[data-worker="W1"][data-state="running"]').waitFor();
  await panel.locator('[data-guide="demo"]', { hasText: '2 of 4' }).waitFor();
  // the demo has its own hooks: no banner asks for hooks while it plays
  expect(await panel.locator('[data-banner="hooks"]').count()).toBe(0);
  await editor.screenshot('vscode-demo-held');
  // the workers go on meanwhile, and a lock is there only while one of them has it
  await Promise.all([
    panel.getByText('Publish the merged table?').waitFor(),
    panel.locator('[data-lock="db"]').waitFor(),
  ]);
  const review = panel.locator('[data-block]', { hasText: 'the merge waits for you' });
  await review.getByText(/wants to run/).waitFor({ timeout: 90_000 });
  await editor.screenshot('vscode-demo-review');
  await pressUntilGone(review.locator(':is([data-action="release"], [data-action="let-run"])'));
  await panel.locator('[data-conductor="ended"]').waitFor({ timeout: 100_000 });
  const { workers, blocks, ballots } = demoState();
  expect(['W1', 'W2', 'W3'].map((id) => workers.get(id)?.state)).toEqual(['done', 'done', 'failed']);
  expect([...blocks.values()].find((b) => b.worker === 'review')?.ended?.how).toBe('release');
  expect(ballots.get('publish')?.decided?.decision).toBe('proceed');
  // neither the open folder nor Claude Code's settings were changed
  expect(readdirSync(project)).toEqual([]);
  expect(existsSync(join(home, '.claude'))).toBe(false);
  // at its end it leads on to the person's own sessions
  await panel.locator('[data-guide="demo-over"] [data-action="watch-own"]').waitFor();
  await editor.screenshot('vscode-demo-ended');
}, 480_000);

test('Only this project shows the change and makes it in the settings of this folder alone', async () => {
  const { page, panel, project, home } = editor;
  await page.reload();
  await panel.locator('[data-empty="hooks"] [data-action="watch-project"]').click();
  const question = panel.locator('[data-guide="install"]');
  await question.waitFor();
  await page.locator('.monaco-diff-editor', { hasText: 'gate.sh' }).first().waitFor();
  const file = join(project, '.claude', 'settings.local.json');
  expect(existsSync(file)).toBe(false);
  await question.locator('[data-action="confirm-install"]').click();
  await waitFor(() => existsSync(file) && readFileSync(file, 'utf8').includes('gate.sh'), { describe: 'the hooks' });
  expect(existsSync(join(home, '.claude', 'settings.json'))).toBe(false);
  await panel.locator('[data-empty="session"]').waitFor();
});
