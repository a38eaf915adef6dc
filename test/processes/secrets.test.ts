import { appendFileSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Stage } from '#test/lib/fermata.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const SECRET = 'hunter2hunter2SECRET';
const command = `curl -H "Authorization: Bearer ${SECRET}" https://x`;
const call = { tool_name: 'Bash', tool_input: { command, description: `PASSWORD=${SECRET}` } };

/** The files below a folder that contain a text. */
const filesWith = (folder: string, text: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => {
    const path = join(folder, name);
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true && readFileSync(path).includes(text);
  });

test('no secret of any payload is kept anywhere in the home', async () => {
  const stage = new HookStage({ 'hold.seconds': 0, recordPrompts: true });
  await stage.start();
  stage.publish({ t: 'spawn', worker: 'W1' });
  stage.publish({ t: 'watch', worker: 'W1', tool: 'Bash' });
  await stage.fire('UserPromptSubmit', { prompt: `use --token ${SECRET} for it` });
  await stage.fire('PreToolUse', call);
  stage.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'not yet' });
  expect((await stage.fire('PreToolUse', call)).stdout).toContain('deny');
  stage.publish({ t: 'exit', worker: 'W1', code: 0 });
  await stage.fire('PermissionRequest', call);
  await stage.fire('PermissionRequest', { tool_name: 'mcp__x__y', tool_input: { password: SECRET } });
  await stage.fire('PermissionRequest', { tool_name: 'Write', tool_input: { file_path: '/a', content: SECRET } });
  await stage.fire('Notification', { message: `password: ${SECRET}`, notification_type: 'elicitation_dialog' });
  await stage.fire('SubagentStart', { agent_id: 'a1', agent_type: 'Explore' });
  await stage.fire('SubagentStop', { agent_id: 'a1', agent_type: 'Explore', last_assistant_message: command });
  await stage.fire('TaskCreated', { task_subject: `rotate password=${SECRET}` });
  await stage.fire('StopFailure', { error: `401 for https://me:${SECRET}@x`, last_assistant_message: '' });
  await stage.run('PreToolUse', `{"session_id":"session-1","password":"${SECRET}`);
  await stage.fire('SessionEnd', { reason: 'other' });
  const kinds = stage.events.map(({ t }) => t);
  for (const t of ['prompt', 'tool', 'denied', 'ask', 'done', 'turn']) expect(kinds).toContain(t);
  expect(stage.events.find(({ t }) => t === 'ask')).toMatchObject({
    summary: 'curl -H "Authorization: Bearer hunt…[masked]" https://x',
  });
  expect(filesWith(stage.root, SECRET)).toEqual([]);
});

test('a request of which the secret is masked is closed once its call has run', async () => {
  const stage = new HookStage();
  await stage.start();
  await stage.fire('PermissionRequest', call);
  expect(stage.state.asks.size).toBe(1);
  await stage.fire('PostToolUse', { ...call, tool_response: {} });
  expect(stage.state.asks.size).toBe(0);
});

test('without the patterns a blocked call is refused all the same, and of its text nothing is kept', async () => {
  const stage = new HookStage();
  await stage.start();
  rmSync(join(stage.home, 'hooks/secrets.cjs'));
  stage.publish({ t: 'spawn', worker: 'W1' });
  stage.publish({ t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, message: 'not yet' });
  expect((await stage.fire('PreToolUse', call)).stdout).toContain('deny');
  expect(stage.events.find(({ t }) => t === 'denied')).toMatchObject({ summary: '[masked]' });
  expect(filesWith(stage.root, SECRET)).toEqual([]);
});

test('no secret that a worker prints, fails with or says is in the log; its own output and its plan have it', async () => {
  const stage = new Stage();
  stage.install();
  stage.plan({
    workers: [{ run: { shell: `echo "PASSWORD=${SECRET}" >&2; exit 3` }, task: `run with --token ${SECRET}` }],
  });
  stage.start();
  await waitFor(() => stage.events('exit').length > 0, { describe: 'the end of the worker' });
  stage.publish({ t: 'spawn', worker: 'W9' });
  for (const args of [
    ['inform', `the password is ${SECRET}`],
    ['progress', '5', '--message', `token=${SECRET}`],
    ['fail', `401: Authorization: Bearer ${SECRET}`],
  ])
    expect(await stage.cli('W9', ...args), args[0]).toMatchObject({ code: 0 });
  expect(stage.events('exit')).toMatchObject([{ code: 3, stderr: expect.stringContaining('[masked]') }]);
  const kept = filesWith(stage.dir, SECRET);
  expect(kept.filter((name) => !/^workers\/|^runs\//.test(name))).toEqual([]);
  expect(kept).toContain(join('workers', 'W1', 'stderr.log'));
});

test('what an older version or another program wrote into the log is masked in an export', async () => {
  const stage = new Stage();
  const line = { t: 'ask', ask: 'a1', tool: 'Bash', summary: command, extra: [{ deep: `password=${SECRET}` }] };
  appendFileSync(join(stage.dir, 'events.jsonl'), `${JSON.stringify(line)}\n`);
  for (const format of ['json', 'html']) {
    const { code, out } = await stage.cli({}, 'export', '--format', format);
    expect(code).toBe(0);
    expect(out).toContain('hunt…[masked]');
    expect(out).not.toContain(SECRET);
  }
});
