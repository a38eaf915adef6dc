import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { NewEvent } from '#core/log/append.ts';
import { sessionPaths, workerPaths } from '#core/base/paths.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { runCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { pressUntilGone } from './pressUntilGone.ts';
import { createSession, type TestSession } from './testSession.ts';

// Every action of the panel in the real editor, from the click or the key to what it does to the log, the flags or the editor.

let editor: Editor;
let session: TestSession;

beforeAll(async () => {
  editor = await openEditor({ settings: { 'fermata.notify.block': 'off', 'fermata.notify.escalation': 'off' } });
  session = createSession(editor.fermataHome, editor.project, 'session-1');
  session.publish(
    // a worker of a run has a runner, which keeps what it prints
    { t: 'plan', run: 'R1', sha256: '0'.repeat(64), workers: [{ worker: 'W1', task: 'Load', run: ['true'] }] },
    { t: 'spawn', worker: 'W1', task: 'Load' },
    { t: 'spawn', worker: 'W2', task: 'Check' },
  );
  await editor.panel.locator('[data-worker="W2"]').waitFor();
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

const block = (worker: string, message: string): NewEvent => ({
  t: 'hook',
  worker,
  event: 'PreToolUse',
  exit: 2,
  message,
});
const activeBlocks = (): string[] =>
  [...session.state().blocks.values()].filter(({ ended }) => ended === undefined).map(({ id }) => id);

/** Presses the button of a card or row, twice if it asks for confirmation. */
async function press(within: string, action: string, asked = false): Promise<void> {
  const button = editor.panel.locator(`${within} [data-action="${action}"]`).first();
  await button.click();
  if (asked) await pressUntilGone(editor.panel.locator(`${within} [data-asking]`));
}

/** The last event of a type that `act` adds to the log. */
async function lineBy(type: string, act: () => Promise<void>): Promise<Record<string, unknown>> {
  const before = session.events(type).length;
  await act();
  await waitFor(() => session.events(type).length > before, { describe: `a line of type ${type}` });
  return session.events(type).at(-1) ?? {};
}

describe('actions that append to the log', () => {
  test('Release, Release with a comment, Release all: by click and by key, and no flag is left', async () => {
    session.publish(block('W1', 'one'), block('W1', 'two'), block('user', 'three'), block('user', 'four'));
    const [first = '', second = '', third = ''] = activeBlocks();
    const card = (id: string): string => `[data-block="${id}"]`;
    // the panel may draw one of the lines before the others: a section with few blocks starts open, one with more closed
    const waiting = editor.panel.locator('[data-section="later"]');
    await waiting.locator('.count', { hasText: '4' }).waitFor();
    if (!(await editor.panel.locator(card(third)).isVisible())) await waiting.locator('summary').click();
    await editor.panel.locator(card(third)).waitFor();
    expect(await lineBy('unblock', () => press(card(first), 'release'))).toMatchObject({ block: first, by: 'user' });
    const released = await lineBy('unblock', async () => {
      await editor.panel.locator(card(second)).focus();
      await editor.page.keyboard.press('Tab');
      await editor.page.keyboard.press('Enter');
    });
    expect(released).toMatchObject({ block: second, by: 'user' });
    expect(activeBlocks()).toHaveLength(2);
    session.publish(
      { t: 'denied', block: third, tool: 'Read' },
      { t: 'denied', block: activeBlocks()[1] ?? '', tool: 'Write' },
    );
    await editor.panel.locator(`${card(third)} [data-action="let-run-and-say"]`).click();
    await editor.page.keyboard.type('go on');
    const unblocked = await lineBy('unblock', () => editor.page.keyboard.press('Enter'));
    expect(unblocked).toMatchObject({ block: third, by: 'user' });
    expect(session.events('tell').at(-1)).toMatchObject({ to: 'conductor', text: expect.stringContaining('go on') });
    session.publish(block('user', 'five'));
    session.publish({ t: 'denied', block: activeBlocks()[1] ?? '', tool: 'Bash' });
    await lineBy('unblock', () => press('[data-section="needsYou"]', 'release-all', true));
    await waitFor(() => activeBlocks().length === 0, { describe: 'all to be released' });
    expect(readdirSync(join(session.dir, 'flags'))).toEqual([]);
  });

  test('Pause and Resume', async () => {
    expect(await lineBy('hook', () => runCommand(editor.page, 'Fermata: Pause Claude'))).toMatchObject({
      worker: 'user',
      key: 'pause',
      exit: 2,
    });
    expect(await lineBy('unblock', () => press('.session-bar', 'resume'))).toMatchObject({ by: 'user' });
  });

  test('Cast a vote, break a lock, dismiss a notice', async () => {
    session.publish(
      { t: 'ballot', ballot: 'ship', question: 'Ship it?', quorum: 2 },
      { t: 'acquire', worker: 'W1', resource: 'db', id: 'a1' },
      { t: 'tell', to: 'user', by: 'W1', text: 'look at this' },
    );
    const vote = editor.panel.locator('[data-ballot="ship"] [data-action="vote"]', { hasText: 'abort' });
    const decided = await lineBy('decide', async () => {
      await vote.click();
      await pressUntilGone(editor.panel.locator('[data-ballot="ship"] [data-asking]'));
    });
    expect(decided).toMatchObject({ ballot: 'ship', decision: 'abort', by: 'user' });
    const broken = await lineBy('release', () => press('[data-lock="db"]', 'break-lock', true));
    expect(broken).toMatchObject({ worker: 'W1', resource: 'db', by: 'user' });
    // the lock is free, but its former holder has not been informed yet
    await editor.panel.locator('[data-lock="db"] [data-former="W1"]', { hasText: 'not told yet' }).waitFor();
    const notice = editor.panel.locator('[data-notice]', { hasText: 'look at this' });
    const dismissed = await lineBy('dismiss', () => notice.locator('[data-action="dismiss"]').click());
    expect(dismissed).toMatchObject({ by: 'user' });
  });

  test('a message to a worker, and its abort by Delete after a question', async () => {
    await press('[data-worker="W2"]', 'message');
    await editor.page.keyboard.type('skip the header');
    expect(await lineBy('tell', () => editor.page.keyboard.press('Enter'))).toMatchObject({
      to: 'W2',
      text: 'skip the header',
    });
    await editor.panel.locator('[data-worker="W2"]').focus();
    await editor.page.keyboard.press('Delete');
    expect(await lineBy('abort', () => editor.page.keyboard.press('Enter'))).toMatchObject({
      worker: 'W2',
      by: 'user',
    });
  });
});

test('Allow and Deny raise the flag that the waiting hook takes', async () => {
  const ask = (id: string): NewEvent => ({
    t: 'ask',
    ask: id,
    tool: 'Bash',
    summary: `npm run ${id}`,
    answerable: true,
  });
  session.publish(ask('p1'), ask('p2'));
  const flag = (id: string): string => join(session.dir, 'flags', `answer-${id}`);
  await press('[data-ask="p1"]', 'allow');
  await waitFor(() => existsSync(flag('p1')), { describe: 'the flag of p1' });
  expect(readFileSync(flag('p1'), 'utf8')).toBe('allow');
  await editor.panel.locator('[data-ask="p2"] [data-action="deny-and-say"]').click();
  await editor.page.keyboard.type('use git rm');
  await editor.page.keyboard.press('Enter');
  await waitFor(() => existsSync(flag('p2')), { describe: 'the flag of p2' });
  expect(readFileSync(flag('p2'), 'utf8')).toBe('deny\nuse git rm');
});

test('the log of a worker, its output, the session log and a line of it open in an editor', async () => {
  const { page, panel } = editor;
  const { stdout, out } = workerPaths(session.dir, 'W1');
  mkdirSync(out, { recursive: true });
  writeFileSync(stdout, 'row 1\nrow 2\n');
  writeFileSync(join(out, 'result.txt'), 'the result');
  const shown = (text: string): Promise<void> =>
    page.locator('.editor-instance .view-line', { hasText: text }).first().waitFor();
  await press('[data-worker="W1"]', 'log');
  await shown('row 2');
  await press('[data-worker="W1"]', 'output');
  await shown('the result');
  await panel.locator('[data-section="activity"] summary').click();
  await panel.locator('[data-activity]').first().waitFor();
  await panel.locator('[data-action="filter"]').fill('asks for db');
  const line = panel.locator('[data-activity]', { hasText: 'asks for db' });
  await line.locator('[data-action="open-line"]').click();
  await page.locator('.tab', { hasText: 'events.jsonl' }).waitFor();
  const expectedLine =
    readFileSync(sessionPaths(session.dir).log, 'utf8')
      .split('\n')
      .findIndex((text) => text.includes('"acquire"')) + 1;
  await page.locator('.statusbar', { hasText: `Ln ${expectedLine}, ` }).waitFor();
  // a key that reaches the log's editor must not change the log
  await page.keyboard.type('x');
  await page.getByText('Editor is read-only').first().waitFor();
});

test('older activity is read from the log', async () => {
  const { panel } = editor;
  session.publish(
    ...Array.from({ length: 900 }, (_, n): NewEvent => ({ t: 'log', level: 'info', message: `entry ${n}` })),
  );
  await panel.locator('[data-action="filter"]').fill('');
  const first = panel.locator('[data-activity]').first();
  await panel.locator('[data-activity]', { hasText: 'entry 899' }).waitFor();
  // the panel keeps the activity that it has, and requests older activity
  const size = async (): Promise<number> => Number(await first.getAttribute('aria-setsize'));
  const older = panel.locator('[data-action="older"]');
  const isAllThere = async (): Promise<boolean> => {
    if ((await older.count()) === 0) return true;
    // the answer to the last click may take the button away just now
    await older.click({ timeout: 5000 }).catch(() => undefined);
    return false;
  };
  await waitFor(isAllThere, { describe: 'all older activity', timeoutMs: 120_000 });
  expect(await size()).toBeGreaterThan(900);
  await panel.locator('[data-action="filter"]').fill('session began');
  await panel.locator('[data-activity]', { hasText: 'Session began' }).waitFor();
  await panel.locator('[data-action="filter"]').fill('');
});

test('Abort session asks for confirmation', async () => {
  await press('.session-bar', 'abort-session', true);
  await waitFor(() => session.state().aborted !== undefined, { describe: 'the session to be aborted' });
});
