import { afterAll, beforeAll, expect, test } from 'vitest';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { notification, runCommand } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { createSession, type TestSession } from './testSession.ts';
import { pressUntilGone } from './pressUntilGone.ts';

let editor: Editor;
let session: TestSession;

beforeAll(async () => {
  editor = await openEditor();
  session = createSession(editor.fermataHome, editor.project, 'session-1');
  session.publish(
    { t: 'spawn', worker: 'W1', task: 'Load data1.csv' },
    { t: 'progress', worker: 'W1', pct: 20 },
    {
      t: 'hook',
      worker: 'W1',
      event: 'PreToolUse',
      exit: 2,
      message: 'data1.csv is in memory',
      match: { tool: 'Read' },
    },
    { t: 'denied', block: 'B1', tool: 'Read', summary: 'data1.csv' },
    { t: 'unblock', block: 'B1', by: 'user' },
    { t: 'progress', worker: 'W1', pct: 90 },
    { t: 'spawn', worker: 'W2', task: 'Check the rows' },
    { t: 'hook', worker: 'W2', event: 'PreToolUse', exit: 2, message: 'wait for W2', match: { tool: 'Bash' } },
    { t: 'denied', block: 'B2', tool: 'Bash', summary: 'sh merge.sh' },
  );
  await editor.panel.locator('[data-block="B2"]').waitFor();
});

afterAll(async () => {
  await editor?.close();
  removeTempDirs();
});

const slider = () => editor.panel.getByRole('slider', { name: 'Moment of the session' });
const at = (event: number): Promise<unknown> =>
  waitFor(async () => (await slider().getAttribute('aria-valuetext'))?.includes(`event ${event} of `), {
    describe: `event ${event}`,
  });

test('the panel shows a moment of the past, marked, and nothing can be done to it', async () => {
  const { panel } = editor;
  await panel.locator('[data-action="replay"]').click();
  await panel.locator('main[data-past]').waitFor();
  // at the first turn; before it are the beginnings of the log and of the session
  await at(3);
  expect(await panel.locator('[data-worker]').count()).toBe(0);
  // to the block, its first call and its release by keys, because the slider has the focus
  await slider().press('Control+ArrowRight');
  await panel.locator('[data-block="B1"]').waitFor();
  await slider().press('Control+ArrowRight');
  await panel.locator('[data-block="B1"]', { hasText: 'Claude was told why' }).waitFor();
  expect(await panel.locator('[data-worker="W1"] [role="progressbar"]').getAttribute('aria-valuenow')).toBe('20');
  expect(await panel.locator(':is([data-action="release"], [data-action="let-run"])').count()).toBe(0);
  expect(await panel.locator('[data-block="B2"]').count()).toBe(0);
  await editor.screenshot('vscode-past');
});

test('a block of the past cannot be released by command either, though it is active now', async () => {
  await runCommand(editor.page, 'Fermata: Release All Blocks');
  await notification(editor.page, 'The panel shows the past');
  expect(session.state().blocks.get('B2')?.ended).toBeUndefined();
});

test('it is scrubbed by mouse and by key, and played to its end', async () => {
  const { panel, page } = editor;
  const box = await slider().boundingBox();
  if (box === null) throw new Error('there is no slider');
  await page.mouse.move(box.x + 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width - 1, box.y + box.height / 2, { steps: 8 });
  await page.mouse.up();
  await panel.locator('[data-block="B2"]').waitFor();
  await slider().press('Home');
  await at(1);
  await slider().press('ArrowRight');
  await at(2);
  await panel.locator('[data-action="replay-forward"]').click();
  await at(3);
  await panel.locator('[data-action="replay-speed"]').selectOption('60');
  await slider().press(' ');
  await panel.locator('[data-block="B2"]').waitFor();
  await panel.locator('[data-action="replay-play"][aria-label="Play"]').waitFor();
});

test('events during the replay can be reached, and Back to now shows the present with its actions', async () => {
  const { panel } = editor;
  await slider().press('Home');
  await at(1);
  session.publish({ t: 'spawn', worker: 'W3', task: 'Later' });
  await waitFor(async () => Number(await slider().getAttribute('max')) >= 13, { describe: 'the log to grow' });
  expect(await panel.locator('[data-worker="W3"]').count()).toBe(0);
  await panel.locator('[data-action="back-to-now"]').click();
  await panel.locator('[data-worker="W3"]').waitFor();
  expect(await panel.locator('main[data-past]').count()).toBe(0);
  await pressUntilGone(panel.locator('[data-block="B2"] :is([data-action="release"], [data-action="let-run"])'));
  await waitFor(() => session.state().blocks.get('B2')?.ended?.how === 'release', { describe: 'B2 to be released' });
});

test('commands open it and leave it', async () => {
  const { panel, page } = editor;
  await runCommand(page, 'Fermata: Replay Session');
  await panel.locator('main[data-past]').waitFor();
  await runCommand(page, 'Fermata: Back to Now');
  await panel.locator('main:not([data-past])').waitFor();
});
