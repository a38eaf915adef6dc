import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { Stage, type CommandResult } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { PastSession } from '#test/lib/recordedSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

let stage: Stage;
const run = (...args: string[]): Promise<CommandResult> => fermata(stage, {}, 'rules', ...args);
const past = (id: string, project = stage.project, home: string | null = stage.home): PastSession =>
  new PastSession(stage.root, project, id, home ?? undefined);
const PUSH = ['--tool', 'Bash', '--command', 'git push*'];

beforeEach(() => {
  stage = new Stage();
});

test('what is tried is counted over the sessions of the project, each held call with its moment', async () => {
  past('one').call(10, 'Bash', { command: 'git push origin main' });
  past('two').call(10, 'Bash', { command: 'ls' });
  past('elsewhere', join(stage.root, 'other')).call(10, 'Bash', { command: 'git push' });
  past('unlogged', stage.project, null).call(10, 'Bash', { command: 'git push -f' });
  const { code, out } = await run('try', '--on', 'history', ...PUSH);
  expect(code).toBe(0);
  expect(out).toContain('Would have held 2 calls in 2 sessions, 2 until you decide.');
  expect(out).toContain('Of 3 calls and ends of turns in 3 sessions.');
  expect(out).toMatch(
    /12:00:10 {2}Bash: git push origin main: waits for you .*\[fermata status --session one --at 2\]/,
  );
  expect((await run('try', '--everywhere', ...PUSH)).out).toContain('held 3 calls in 3 sessions');
});

test('with --json each call has its session, its time and its reason', async () => {
  const id = past('one').call(10, 'Bash', { command: 'git push https://me:hunter2secret@host/x' });
  const { out } = await run('try', ...PUSH, '--json');
  const { totals, sessions } = JSON.parse(out) as Record<string, unknown>;
  expect(totals).toMatchObject({ held: 1, waiting: 1, refused: 0, ms: 0, judged: 1, unjudged: [] });
  expect(sessions).toMatchObject([
    { session: 'one', logged: true, held: [{ call: id, tool: 'Bash', outcome: 'waiting' }] },
  ]);
  expect(out).not.toContain('hunter2secret');
});

test('without anything else the rules of the project are tried, approved or not', async () => {
  past('one')
    .prompt(1, 'process a.csv')
    .call(5, 'Read', { file_path: join(stage.project, 'a.csv') });
  expect(await run('try')).toMatchObject({ code: 1, err: expect.stringContaining('there are no rules') as string });
  const rule = { name: 'load', prompt: 'process (?<f>.+)', workers: [{ run: ['true'], guard: [{ path: '{f}' }] }] };
  mkdirSync(join(stage.project, '.fermata'));
  writeFileSync(join(stage.project, '.fermata', 'rules.json'), JSON.stringify({ version: 1, rules: [rule] }));
  expect((await run('try')).out).toContain(
    'Would have held 1 call in 1 session, 1 of them refused in the end, for 20 s in all.',
  );
  writeFileSync(
    join(stage.project, 'draft.json'),
    JSON.stringify({ version: 1, rules: [{ ...rule, prompt: 'load' }] }),
  );
  expect((await run('try', '--rules', 'draft.json')).out).toContain('it would have held none');
});

test('another fermata.hold.seconds is tried on the blocks that the logs have', async () => {
  const one = past('one');
  one.log(1, { t: 'spawn', worker: 'W1', pid: 1 });
  one.log(1, { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'busy' });
  one.call(10, 'Read', { file_path: '/a' });
  one.log(70, { t: 'exit', worker: 'W1', code: 0 });
  expect((await run('try', '--hold', '20s')).out).toContain('1 of them refused in the end, for 20 s in all');
  expect((await run('try', '--hold', '2m')).out).toContain('Would have held 1 call in 1 session, for 60 s in all.');
});

test('what is wrong in the words of the call is named', async () => {
  past('one');
  expect((await run('try', '--at', 'PreCompact')).err).toContain('transcripts do not have PreCompact');
  expect((await run('try', '--last', '0', ...PUSH)).err).toContain('--last needs a number');
  expect((await run('try', '--on', 'nowhere', ...PUSH)).err).toContain('there is no recorded session nowhere');
  expect((await run('frob')).err).toContain('say what to do');
  expect((await run('test')).err).toContain('name the files');
  expect((await run('try', '--rules', 'none.json')).err).toContain('there is no file none.json');
});

test('a session whose transcript is gone is named with the calls that could not be judged', async () => {
  const one = past('one');
  one.log(10, { t: 'denied', block: 'B1', tool: 'Bash', summary: 'git push', call: 'x' });
  rmSync(one.transcript);
  const { out } = await run('try', '--on', 'one', ...PUSH);
  expect(out).toContain('1 call could not be judged: the transcript with their inputs is gone');
});

test('a policy test passes or fails with what it names', async () => {
  const session = past('rec', join(stage.root, 'shop'), null);
  const { transcript } = session;
  session.call(10, 'Bash', { command: 'git push' });
  session.call(20, 'Read', { file_path: 'a.csv' });
  const write = (name: string, value: object): string => {
    writeFileSync(join(stage.project, name), JSON.stringify({ version: 1, session: transcript, ...value }));
    return name;
  };
  const blocks = [{ tool: 'Bash', command: 'git push*' }];
  const good = write('good.json', {
    blocks,
    held: [{ command: 'git push*' }],
    free: [{ tool: 'Read', path: 'a.csv' }],
  });
  const bad = write('bad.json', { blocks, free: [{ tool: 'Bash' }], held: [{ tool: 'Read' }] });
  const idle = write('idle.json', { blocks, held: [{ tool: 'Write' }] });
  expect(await run('test', good)).toMatchObject({
    code: 0,
    out: expect.stringContaining('1 test passed, 0 failed') as string,
  });
  const failed = await run('test', good, bad, idle);
  expect(failed.code).toBe(1);
  expect(failed.out).toContain('1 of 1 calls of {"tool":"Read"} were not held');
  expect(failed.out).toContain('1 of 1 calls of {"tool":"Bash"} were held');
  expect(failed.out).toContain('no recorded call fits {"tool":"Write"}');
  expect(JSON.parse((await run('test', bad, '--json')).out)).toMatchObject({
    ok: false,
    tests: [{ judged: 2, held: 1 }],
  });
});

test('a file that is no policy test fails with its reason', async () => {
  const fails = async (text: string): Promise<string> => {
    writeFileSync(join(stage.project, 't.json'), text);
    const { code, out } = await run('test', 't.json');
    expect(code).toBe(1);
    return out;
  };
  expect(await fails('{')).toContain('line 1');
  expect(await fails('[]')).toContain('"session"');
  expect(await fails('{"version":1,"session":"x","heldd":[]}')).toContain('did you mean "held"');
  expect(await fails('{"version":1,"session":"x","held":[{}]}')).toContain('there is no recorded session x');
  expect(await fails('{"version":1,"session":"x"}')).toContain('it expects nothing');
  expect(await fails('{"version":1,"session":"x","held":[{}],"blocks":[{"until":"someday"}]}')).toContain(
    'no condition',
  );
  rmSync(join(stage.project, 't.json'));
  expect((await run('test', 't.json')).out).toContain('it cannot be read');
});

test('a budget is tried by what the transcripts have of tokens, and a sum that is none is named', async () => {
  const one = past('one');
  one.call(10, 'Bash', { command: 'ls' }, 1, undefined, 3_000_000);
  const { out } = await run('try', '--budget', '2M', '--json');
  const [session] = (JSON.parse(out) as { sessions: { held: { reasons: string[] }[] }[] }).sessions;
  expect(session?.held.map(({ reasons }) => reasons)).toEqual([
    ['The budget that is tried. This session has spent 3M of 2M tokens (from the transcripts, now).'],
  ]);
  expect(await run('try', '--budget', 'much')).toMatchObject({ code: 2 });
  // of each agent alone: no agent has made a call
  expect((await run('try', '--budget', '2M', '--agent', '*')).out).toContain('would have held none');
});
