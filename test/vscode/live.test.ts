import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publish } from '#core/session/publish.ts';
import { listSessions } from '#core/session/info.ts';
import { prepareClaudeHome } from '#test/lib/claudeHome.ts';
import { startClaude, type LiveClaude } from '#test/lib/claude.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { startModelServer, modelInputSince, type ModelServer, type Turn } from '#test/lib/modelServer.ts';
import { stateOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { chooseBy, notification, runCommand } from '#test/lib/workbench.ts';
import { openEditor, pressInToast, toastLink, type Editor } from './editor.ts';
import { pressAndConfirm, pressUntilGone } from './pressUntilGone.ts';

// The whole path of a person: the hooks in the real editor, the real CLI in the project, a worker that blocks, a click
// on Release in the real webview, and the CLI continues.

let editor: Editor;
let model: ModelServer;
let claude: LiveClaude;
let project: string;

const dir = (): string => listSessions(editor.fermataHome)[0]?.dir ?? '';
const state = () => stateOf(dir());

beforeAll(async () => {
  editor = await openEditor({ settings: { 'fermata.notify.blockAfterSeconds': 1 } });
  project = realpathSync(editor.project);
  mkdirSync(join(project, '.claude'), { recursive: true });
  writeFileSync(join(project, 'data1.csv'), 'a,b\n1,2\n');
  prepareClaudeHome(editor.home, project);
  model = await startModelServer((turn) => script(turn));
});

let script = (turn: Turn): Reply => {
  if (turn.index % 2 === 1) return { text: `I have read it: ${turn.lastToolResults[0]?.text ?? ''}` };
  const stderr = turn.index === 0 ? 'W1 has already loaded data1.csv into memory' : 'W1 is not done with it yet';
  publish(
    dir(),
    Date.now(),
    { t: 'spawn', worker: 'W1', task: 'Process data1.csv' },
    { t: 'progress', worker: 'W1', pct: 60, etaMs: 30_000 },
    {
      t: 'hook',
      worker: 'W1',
      event: 'PreToolUse',
      exit: 2,
      stderr,
      match: { tool: 'Read' },
    },
  );
  return { tools: [{ name: 'Read', input: { file_path: join(project, 'data1.csv') } }] };
};

afterAll(async () => {
  claude?.kill();
  await editor?.close();
  await model?.stop();
  removeTempDirs();
});

test('Watch all my Claude sessions, then a session appears in the panel by itself', async () => {
  await chooseBy(editor.page, 'Fermata: Watch All My Claude Sessions…', 'For you, in every project');
  const question = editor.panel.locator('[data-guide="install"]');
  await question.waitFor();
  await question.locator('[data-action="confirm-install"]').click();
  await editor.panel.locator('[data-empty="session"]').waitFor();
  claude = startClaude({ cwd: project, home: editor.home, modelUrl: model.url });
  claude.send('read data1.csv');
  await editor.panel.locator('[data-conductor="working"]').waitFor();
});

test('the held call is shown with its reason; Release lets the real CLI continue', async () => {
  const card = editor.panel.locator('[data-block="B1"]');
  await card.getByText('W1 has already loaded data1.csv into memory').waitFor();
  await card.getByText(/wants to read/).waitFor();
  await editor.screenshot('vscode-live-held');
  const clicked = Date.now();
  await pressUntilGone(card.locator(':is([data-action="release"], [data-action="let-run"])'));
  const result = await claude.waitFor((event) => event.type === 'result');
  console.log(`Release to the end of the turn: ${Date.now() - clicked} ms`);
  expect(result['result']).toContain('1,2');
  expect(state().blocks.get('B1')?.ended).toMatchObject({ how: 'release', by: 'user' });
  // it was held, never refused: the model got no text about it
  expect(modelInputSince(model.requests, 0)).not.toContain('already loaded');
  await card.waitFor({ state: 'detached' });
});

test('when a block has held Claude for a while, a notification lets the call run, too', async () => {
  claude.send('read it again');
  const toast = await notification(editor.page, 'W1 is not done with it yet');
  await editor.screenshot('vscode-live-notification');
  const from = claude.events.length;
  await pressInToast(toastLink(toast, 'Let It Run'), () => state().blocks.get('B2')?.ended !== undefined);
  await claude.waitFor((event) => event.type === 'result', 90_000, from);
  expect(state().blocks.get('B2')?.ended).toMatchObject({ how: 'release', by: 'user' });
  await waitFor(() => state().conductor.state === 'idle', { describe: 'the turn has ended' });
});

test('Pause holds the next call; with it Claude reads the person’s messages and votes after Resume', async () => {
  script = (turn) =>
    turn.lastToolResults.length > 0
      ? { text: 'listed' }
      : { tools: [{ name: 'Bash', input: { command: 'echo listed', description: 'List' } }] };
  const { panel } = editor;
  await runCommand(editor.page, 'Fermata: Pause Claude');
  await waitFor(() => [...state().blocks.values()].some(({ ended }) => ended === undefined), { describe: 'the pause' });
  const from = model.requests.filter(({ kind }) => kind === 'main').length;
  const seen = claude.events.length;
  claude.send('list the files');
  await panel.getByText(/wants to run/).waitFor();
  await panel.locator('input[name="message"]').fill('data2.csv is stale');
  await editor.page.keyboard.press('Enter');
  publish(dir(), Date.now(), { t: 'ballot', ballot: 'ship', question: 'Ship it?', quorum: 2 });
  await panel.locator('[data-ballot="ship"] [data-action="vote"]', { hasText: 'proceed' }).click();
  await pressUntilGone(panel.locator('[data-ballot="ship"] [data-asking]'));
  await waitFor(() => state().ballots.get('ship')?.decided !== undefined, { describe: 'the vote to be decided' });
  await panel.locator('.session-bar [data-action="resume"]').click();
  await claude.waitFor((event) => event.type === 'result', 90_000, seen);
  const delivered = modelInputSince(model.requests, from);
  expect(delivered).toContain('data2.csv is stale');
  expect(delivered).toContain('Consensus on ship: proceed');
});

test('Abort session ends the turn of the real CLI, and the model gets no further request', async () => {
  // a turn that would never end by itself
  script = (turn) => ({
    tools: [{ name: 'Bash', input: { command: `echo again ${turn.index}`, description: 'Again' } }],
  });
  const seen = claude.events.length;
  claude.send('go on and on');
  await claude.waitFor((event) => event.type === 'user', 90_000, seen);
  await pressAndConfirm(editor.panel.locator('.session-bar'), 'abort-session');
  await claude.waitFor((event) => event.type === 'result', 90_000, seen);
  expect(state().aborted).toBeDefined();
  const asked = model.requests.length;
  await waitFor(() => state().conductor.state === 'idle', { describe: 'the turn has ended' });
  expect(model.requests.length).toBe(asked);
});
