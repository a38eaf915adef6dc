import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listSessions } from '#core/session/info.ts';
import { prepareClaudeHome } from '#test/lib/claudeHome.ts';
import { startClaude, type LiveClaude } from '#test/lib/claude.ts';
import type { Reply } from '#test/lib/modelReply.ts';
import { startModelServer, type ModelServer, type Turn } from '#test/lib/modelServer.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { chooseBy } from '#test/lib/workbench.ts';
import { openEditor, type Editor } from './editor.ts';
import { openSession } from './openSession.ts';
import { createSession } from './testSession.ts';

// The first day of most people: terminals with the real CLI, and no rule. One session starts before the hooks are
// installed and one after; the real panel shows both.

let editor: Editor;
let model: ModelServer;
let project: string;
let file: string;
const running: LiveClaude[] = [];

const go = (): string => join(project, 'go');
const tool = (name: string, input: object): Reply => ({ tools: [{ name, input }], inputTokens: 2000 });

/** The script of both sessions: plan, read, edit one file, and wait in a command until the test lets it end. */
function script({ index, sessionId }: Turn): Reply {
  const replies: Reply[] = [
    {
      tools: [
        { name: 'TaskCreate', input: { subject: 'read the code', description: 'x', activeForm: 'reading the code' } },
        { name: 'TaskCreate', input: { subject: 'write tests', description: 'x', activeForm: 'writing tests' } },
      ],
      inputTokens: 2000,
    },
    tool('TaskUpdate', { taskId: '1', status: 'completed' }),
    tool('TaskUpdate', { taskId: '2', status: 'in_progress' }),
    tool('Read', { file_path: file }),
    tool('Write', { file_path: file, content: `by ${sessionId}\n` }),
    tool('Bash', { command: `until [ -e '${go()}' ]; do sleep 0.1; done; echo gone`, description: 'wait' }),
  ];
  return replies[index] ?? { text: 'done' };
}

function start(): LiveClaude {
  const claude = startClaude({ cwd: project, home: editor.home, modelUrl: model.url });
  running.push(claude);
  claude.send('write tests');
  return claude;
}

beforeAll(async () => {
  editor = await openEditor();
  project = realpathSync(editor.project);
  file = join(project, 'a.txt');
  mkdirSync(join(project, '.claude'), { recursive: true });
  writeFileSync(file, 'one\n');
  prepareClaudeHome(editor.home, project);
  model = await startModelServer(script);
});

afterAll(async () => {
  for (const claude of running) claude.kill();
  await editor?.close();
  await model?.stop();
  removeTempDirs();
});

test('a session without hooks: task list, current call and tokens appear, and the note that it is only observed', async () => {
  const { panel } = editor;
  start();
  await panel.locator('[data-banner="hooks"]').waitFor();
  await panel.locator('[data-banner="unhooked"]').getByText('hooks are not active').waitFor();
  await panel.locator('[data-conductor="working"]').waitFor();
  const bar = panel.locator('[data-transcript]');
  await bar.getByText('1 of 2: writing tests').waitFor();
  await bar.getByText('Bash: until').waitFor();
  const tokens = panel.locator('.session-bar').getByText('12K tokens');
  await tokens.waitFor();
  expect(await tokens.getAttribute('title')).toContain('12K in, 30 out tokens');
  await editor.screenshot('vscode-watching-unhooked');
});

test('the same with hooks, and two sessions that edit one file are named', async () => {
  const { page, panel } = editor;
  await chooseBy(page, 'Fermata: Watch All My Claude Sessions…', 'For you, in every project');
  const question = panel.locator('[data-guide="install"]');
  await question.waitFor();
  await question.locator('[data-action="confirm-install"]').click();
  const claude = start();
  await waitFor(() => claude.sessionId() !== '', { describe: 'the session’s id' });
  await openSession(panel, claude.sessionId());
  const bar = panel.locator('[data-transcript]');
  await bar.getByText('1 of 2: writing tests').waitFor();
  await bar.getByText('Bash: until').waitFor();
  expect(await panel.locator('[data-banner="unhooked"], [data-banner="hooks"]').count()).toBe(0);
  const card = panel.locator('[data-notice]', { hasText: 'Edit collision' });
  await card.getByText(/edited a\.txt within ten minutes/).waitFor();
  await editor.screenshot('vscode-watching-collision');

  const other = running[0]?.sessionId() ?? '';
  const entry = listSessions(editor.fermataHome).find(({ id }) => id === claude.sessionId());
  const collisions = eventsOf(entry?.dir ?? '', 'collision');
  expect(collisions).toMatchObject([{ worker: 'conductor', other: 'conductor', session: other, file }]);
  await card.locator('[data-action="dismiss"]').click();
  await card.waitFor({ state: 'detached' });
  // a dismissal in one session removes it from the other one, too
  await openSession(panel, other);
  await panel.locator('[data-banner="unhooked"]').waitFor();
  await card.waitFor({ state: 'detached' });
  await openSession(panel, claude.sessionId());
  await panel.locator('[data-banner="unhooked"]').waitFor({ state: 'detached' });

  writeFileSync(go(), '');
  await panel.locator('[data-conductor="idle"]').waitFor();
  await bar.getByText('Bash').waitFor({ state: 'detached' });
  await editor.screenshot('vscode-watching-idle');
});

test('a transcript of an unknown format does no harm', async () => {
  const { panel } = editor;
  const transcript = join(editor.home, '.claude', 'projects', 'odd.jsonl');
  writeFileSync(
    transcript,
    `{"v":9,"kind":"turn"}\nnot json\n${'x'.repeat(400_000)}\n{"type":"assistant","message":[]}\n`,
  );
  const odd = createSession(editor.fermataHome, project, 'odd');
  odd.publish({ t: 'session', session: 'odd', cwd: project, transcript }, { t: 'spawn', worker: 'W1', task: 'go on' });
  await openSession(panel, 'odd');
  await panel.locator('[data-worker="W1"]').waitFor();
  expect(await panel.locator('[data-transcript]').count()).toBe(0);
  expect(await panel.locator('[data-notice]').count()).toBe(0);
});
