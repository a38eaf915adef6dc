import { spawn } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { chooseBy, notification, runCommand } from '#test/lib/workbench.ts';
import { appendToDom } from './appendToDom.ts';
import { openEditor, pressInToast, toastLink, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';
import { pressAndConfirm, pressUntilGone } from './pressUntilGone.ts';

let editor: Editor;
let session: TestSession;
let other: TestSession;

beforeAll(async () => {
  editor = await openEditor({ settings: { 'fermata.notify.blockAfterSeconds': 1, 'fermata.statusBar': 'always' } });
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

test('an empty panel says what to do next', async () => {
  await editor.panel.locator('[data-empty="hooks"]').waitFor();
  await editor.screenshot('vscode-empty');
});

test('a new session appears with its workers and blocks, though there was no home before', async () => {
  expect(existsSync(join(editor.fermataHome, 'sessions'))).toBe(false);
  session = createSession(editor.fermataHome, editor.project, 'session-1');
  const { panel } = editor;
  session.publish(
    { t: 'spawn', worker: 'W1', task: 'Process data1.csv' },
    { t: 'progress', worker: 'W1', pct: 40, etaMs: 30_000, message: 'parsing' },
    {
      t: 'hook',
      worker: 'W1',
      event: 'PreToolUse',
      exit: 2,
      message: 'data1.csv is in memory',
      match: { tool: 'Read', path: 'data1.csv' },
    },
  );
  await panel.getByText('Process data1.csv').first().waitFor();
  await panel.locator('[data-block="B1"]', { hasText: 'data1.csv is in memory' }).waitFor();
  await editor.page.locator('.statusbar', { hasText: '1 worker · 1 block' }).waitFor();
  session.publish({ t: 'denied', block: 'B1', tool: 'Read', summary: 'data1.csv' });
  await panel.locator('[data-section="needsYou"] [data-block="B1"]', { hasText: 'data1.csv is in memory' }).waitFor();
  await editor.page.locator('.statusbar', { hasText: 'data1.csv waits for you' }).waitFor();
  await editor.screenshot('vscode-blocked');
});

test('an appended event is in the panel without waiting for a poll', async () => {
  const took = await appendToDom(editor.panel, session, 20);
  const sorted = took.toSorted((a, b) => a - b);
  console.log(`append to DOM: median ${sorted[10]} ms, p95 ${sorted[18]} ms`);
  // the goal is 100 ms, which the bench measures on an idle machine; here other tests may run beside
  expect(sorted[10]).toBeLessThan(400);
});

test('Release: the log names the person, no flag is left, the card goes', async () => {
  const { panel } = editor;
  await pressUntilGone(panel.locator('[data-block="B1"] :is([data-action="release"], [data-action="let-run"])'));
  await panel.locator('[data-block="B1"]').waitFor({ state: 'detached' });
  expect(session.events('unblock')).toMatchObject([{ block: 'B1', by: 'user' }]);
  expect(readdirSync(join(session.dir, 'flags'))).toEqual([]);
});

test('a flag file made by `touch` is consumed though no hook runs', async () => {
  const { panel } = editor;
  session.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'again' });
  await panel.locator('[data-block="B2"]').waitFor();
  writeFileSync(join(session.dir, 'flags', 'release-B2'), 'go on');
  await panel.locator('[data-block="B2"]').waitFor({ state: 'detached' });
  expect(session.events('unblock').at(-1)).toMatchObject({ block: 'B2', by: 'user', word: 'go on' });
});

test('a line that is appended without arming takes effect at hooks', async () => {
  session.publish({ t: 'log', level: 'info', message: 'here' });
  writeFileSync(
    join(session.dir, 'events.jsonl'),
    '{"t":"hook","worker":"W1","event":"PostToolUse","exit":0,"message":"half way"}\n',
    { flag: 'a' },
  );
  await waitFor(() => existsSync(join(session.dir, 'armed', 'PostToolUse')), { describe: 'PostToolUse to be armed' });
});

test('a block that holds Claude for long enough makes a notification, whose Let It Run ends it', async () => {
  session.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'wait for the merge' });
  session.publish({ t: 'held', block: 'B3', tool: 'Read', summary: 'data1.csv', id: 'h1' });
  const toast = await notification(editor.page, 'wait for the merge');
  await editor.screenshot('vscode-notification');
  await pressInToast(toastLink(toast, 'Let It Run'), () => session.state().blocks.get('B3')?.ended?.how === 'release');
});

test('Abort ends the real process of a worker', async () => {
  const child = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' });
  const pid = child.pid ?? 0;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  session.publish({ t: 'spawn', worker: 'W2', task: 'Sleep', pid, startTime: startTimeOf(pid), host: hostIdentity() });
  const row = editor.panel.locator('[data-worker="W2"]');
  await pressAndConfirm(row, 'abort');
  await ended;
  await waitFor(() => session.state().workers.get('W2')?.state === 'aborted', { describe: 'W2 to be aborted' });
});

test('Pause holds every tool call until Resume', async () => {
  await runCommand(editor.page, 'Fermata: Pause Claude');
  await waitFor(() => session.events('hook').some((e) => e['key'] === 'pause' && e['worker'] === 'user'), {
    describe: 'the pause',
  });
  const id = [...session.state().blocks.values()].find((b) => b.key === 'pause')?.id ?? '';
  await editor.panel.locator(`[data-block="${id}"]`).waitFor();
  await runCommand(editor.page, 'Fermata: Resume Claude');
  await editor.panel.locator(`[data-block="${id}"]`).waitFor({ state: 'detached' });
});

test('a lock is broken and a ballot decided by the person', async () => {
  const { panel, page } = editor;
  session.publish(
    { t: 'acquire', worker: 'W1', resource: 'db', id: 'a1' },
    { t: 'ballot', ballot: 'ship', question: 'Ship it?', quorum: 2 },
    { t: 'vote', worker: 'W1', ballot: 'ship', decision: 'proceed' },
  );
  await panel.getByText('Ship it?').waitFor();
  await chooseBy(page, 'Fermata: Break Lock', 'db');
  await waitFor(() => (session.state().locks.get('db')?.holders.length ?? 0) === 0, { describe: 'db to be free' });
  await chooseBy(page, 'Fermata: Cast Vote', 'ship: abort');
  await waitFor(() => session.state().ballots.get('ship')?.decided?.decision === 'abort', {
    describe: 'ship to be decided',
  });
  await editor.screenshot('vscode-decided');
});

test('a message reaches Claude from the panel, and a worker by the command', async () => {
  const { panel, page } = editor;
  const before = session.events('tell').length;
  await panel.getByLabel('Message to Claude').fill('use the staging data');
  await page.keyboard.press('Enter');
  await waitFor(() => session.events('tell').length === before + 1, { describe: 'the message to Claude' });
  await chooseBy(page, 'Fermata: Send Message', 'Process data1.csv');
  await page.locator('.quick-input-title', { hasText: 'Message to Process data1.csv' }).waitFor();
  await page.keyboard.type('skip the header');
  await page.keyboard.press('Enter');
  await waitFor(() => session.events('tell').length === before + 2, { describe: 'the message to W1' });
  expect(session.events('tell').slice(before)).toMatchObject([
    { to: 'conductor', text: 'use the staging data', by: 'user' },
    { to: 'W1', text: 'skip the header', by: 'user' },
  ]);
});

const picked = (name: string) => editor.page.locator('.quick-input-list .monaco-list-row', { hasText: name });

test('a second session is listed, and choosing it shows it', async () => {
  const { page, panel } = editor;
  session.publish({ t: 'prompt', text: 'Process the data' });
  other = createSession(editor.fermataHome, editor.project, 'session-2');
  other.publish({ t: 'prompt', text: 'The second' }, { t: 'spawn', worker: 'W1', task: 'Only in the second' });
  const names = panel.locator('[data-action="open-session"]');
  await panel.locator('[data-action="show-board"]').or(names).first().waitFor();
  if ((await names.count()) === 0) await panel.locator('[data-action="show-board"]').click();
  for (const name of ['Process the data', 'The second']) await names.filter({ hasText: name }).first().waitFor();
  await runCommand(page, 'Fermata: Switch Session');
  await picked('The second').click();
  await panel.getByText('Only in the second').first().waitFor();
  await editor.screenshot('vscode-sessions');
});

test('on the Board a command asks which session it is for, acts on that one, and asks before it aborts one', async () => {
  const { page, panel } = editor;
  await panel.locator('[data-action="show-board"]').click();
  await panel.locator('.board').waitFor();
  const choose = async (title: string): Promise<void> => {
    await runCommand(page, `Fermata: ${title}`);
    await page.locator('.quick-input-widget', { hasText: 'Of which session?' }).waitFor();
    await picked('Process the data').click();
  };
  await runCommand(page, 'Fermata: Pause Claude');
  await picked('The second').waitFor();
  await editor.screenshot('vscode-session-choice');
  await page.keyboard.press('Escape');
  const before = session.events('unblock').length;
  await choose('Pause Claude');
  await choose('Resume Claude');
  await waitFor(() => session.events('unblock').length === before + 1, { describe: 'the pause to begin and end' });
  await choose('Abort Session');
  const dialog = page.locator('.monaco-dialog-box');
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'detached' });
  expect(session.state().aborted).toBeUndefined();
  await choose('Abort Session');
  await dialog.getByRole('button', { name: 'Abort Session' }).click();
  await waitFor(() => session.state().aborted !== undefined, { describe: 'the session to be aborted' });
  expect([...other.events('hook'), ...other.events('abort'), ...other.events('unblock')]).toEqual([]);
});
