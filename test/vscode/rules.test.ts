import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { approve } from '#core/plans/rules/approval.ts';
import { makePlan } from '#core/plans/plan.ts';
import { matchRules } from '#core/plans/rules/promptRules.ts';
import { readRulesFile } from '#core/plans/rules/rulesFile.ts';
import { installPrograms } from '#test/lib/fermata.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { notification, runCommand, showTooltip } from '#test/lib/workbench.ts';
import { openEditor, pressInToast, toastLink, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';

let editor: Editor;
let session: TestSession;

const RULES = `{
  // comments are allowed
  "version": 1,
  "rules": [
    {
      "name": "note",
      "prompt": "take (?<items>.+) down",
      "forEach": "items",
      "workers": [{ "task": "Note {item}", "run": ["touch", "noted-{item}"], "retries": 99 }]
    }
  ]
}
`;

beforeAll(async () => {
  editor = await openEditor();
  mkdirSync(join(editor.project, '.fermata'));
  writeFileSync(join(editor.project, '.fermata', 'rules.json'), RULES);
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('the panel names the line of the error', async () => {
  await editor.panel
    .getByText('line 9: workers[0].retries must be a whole number from 0 to 10, not 99')
    .first()
    .waitFor();
});

test('the rules file has the schema: errors are underlined, hover explains, completion knows the fields', async () => {
  const { page } = editor;
  await runCommand(page, 'Fermata: Open Rules');
  const text = page.locator('.editor-instance .view-lines');
  await text.getByText('retries').waitFor();
  // only the value out of bounds is an error, comments are not
  await page.locator('.squiggly-warning, .squiggly-error').first().waitFor();
  expect(await page.locator('.squiggly-warning, .squiggly-error').count()).toBe(1);

  const explained = page.locator('.monaco-hover', { hasText: 'Makes one of each worker for every item' });
  await showTooltip(page, text.getByText('forEach'), explained);
  await editor.screenshot('vscode-rules-hover');

  await text.getByText('retries').click();
  await page.keyboard.press('End');
  for (let i = 0; i < 2; i++) await page.keyboard.press('ArrowLeft');
  await page.keyboard.type(', ');
  await page.keyboard.press('Control+Space');
  await page.locator('.suggest-widget .monaco-list-row', { hasText: 'allowedTools' }).first().waitFor();
  await editor.screenshot('vscode-rules-completion');
  await page.keyboard.press('Escape');
  // the editor saves it by itself a moment later, and must not do so over what the next test writes
  const file = join(editor.project, '.fermata', 'rules.json');
  await waitFor(() => readFileSync(file, 'utf8') !== RULES, { describe: 'what was typed to be saved' });
});

test('a prompt is tried: the workers that it would start are shown, and nothing starts', async () => {
  const { page } = editor;
  writeFileSync(join(editor.project, '.fermata', 'rules.json'), RULES.replace('"retries": 99', '"retries": 1'));
  await runCommand(page, 'Fermata: Try a Prompt');
  await page.locator('.quick-input-widget input').fill('take a, b down');
  await page.keyboard.press('Enter');
  const text = page.locator('.editor-instance .view-lines', { hasText: 'would start 2 workers' });
  await text.getByText('touch noted-a').waitFor();
  await text.getByText('not approved, so it would start nothing yet').waitFor();
  await editor.screenshot('vscode-try-a-prompt');
  expect(existsSync(join(editor.project, 'noted-a'))).toBe(false);
});

test('planned workers that ask start from the notification and from the panel, and Claude is told', async () => {
  const { page, panel, project, fermataHome } = editor;
  installPrograms(fermataHome);
  const { rules, sha256 } = readRulesFile(project) ?? { rules: [], sha256: '' };
  approve(fermataHome, project, sha256);
  session = createSession(fermataHome, project, 'session-1');
  const ask = (prompt: string): void => {
    const { matches } = matchRules(rules, prompt);
    const known = session.state().workers.keys();
    session.publish(
      makePlan({
        home: fermataHome,
        dir: session.dir,
        session: 'session-1',
        project,
        matches,
        now: Date.now(),
        known,
        ask: true,
      }),
    );
  };
  ask('take one down');
  const toast = await notification(page, 'note wants to start a worker (R1)');
  await editor.screenshot('vscode-plan-asks');
  await pressInToast(toastLink(toast, 'Start'), () => session.events('consent').length > 0);
  await waitFor(() => session.state().workers.get('W1')?.state === 'done', { describe: 'W1 to be done' });
  expect(readFileSync(join(project, 'noted-one'), 'utf8')).toBe('');
  expect(session.events('consent')).toMatchObject([{ run: 'R1', decision: 'start', by: 'user' }]);

  ask('take two down');
  await panel.locator('[data-notice="plan-R2"] [data-action="refusePlan"]').click();
  await waitFor(() => session.state().workers.get('W2')?.state === 'aborted', { describe: 'W2 to be aborted' });
  ask('take three down');
  await panel.locator('[data-notice="plan-R3"] [data-action="startPlan"]').click();
  await waitFor(() => session.state().workers.get('W3')?.state === 'done', { describe: 'W3 to be done' });
  expect(existsSync(join(project, 'noted-two'))).toBe(false);
});
