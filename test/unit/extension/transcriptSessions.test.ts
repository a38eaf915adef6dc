import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { joinFolder } from '#core/session/folder.ts';
import { createLog } from '#core/log/append.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { publish } from '#core/session/publish.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { TranscriptSessions } from '#extension/sessions/transcriptSessions.ts';
import { Selection } from '#extension/sessions/selection.ts';
import { SessionList } from '#extension/sessions/sessionList.ts';
import { SessionStore } from '#extension/sessions/sessionStore.ts';
import { describeSession } from '#extension/status/describeSession.ts';
import { WindowFolders } from '#extension/sessions/windowFolders.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const open: { dispose(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.dispose();
});
afterAll(removeTempDirs);

const PAST = Date.now() - 60_000;

/** A window on one project, with Claude Code's own folder and a Fermata home. */
class Window {
  readonly base = tempDir();
  readonly home = join(this.base, 'home');
  readonly config = join(this.base, '.claude');
  readonly project = join(this.base, 'project');
  readonly errors: unknown[] = [];
  collisions: 'off' | 'warn' = 'warn';

  constructor() {
    mkdirSync(this.project);
  }

  async open(): Promise<SessionList> {
    const settings = () => ({
      'watch.polling': 'auto' as const,
      'workers.silentSeconds': 120,
      collisions: this.collisions,
    });
    const onError = (error: unknown): number => this.errors.push(error);
    const { home, config, project } = this;
    const trusted = (): boolean => true;
    const { roots } = new WindowFolders(() => [project]);
    const store = new SessionStore({
      home,
      roots,
      settings,
      trusted,
      superviseWorkers: async () => {},
      onError,
    });
    const transcriptSessions = new TranscriptSessions({
      config,
      sessions: homePaths(home).sessions,
      roots,
      now: Date.now,
      describeHookProblem: (of, _, version) => `No hooks in ${of}, Claude Code ${version}.`,
    });
    const list = new SessionList({
      store,
      transcriptSessions,
      settings,
      trusted,
      onError,
      polling: { sessionsMs: 200, transcriptsMs: 50 },
    });
    open.push(list, store);
    await store.start();
    list.start();
    return list;
  }

  transcript(id: string): string {
    return join(this.config, 'projects', this.project.replaceAll(/[^A-Za-z0-9]/g, '-'), `${id}.jsonl`);
  }

  /** Claude Code runs a session: this very process, as far as anybody can see. */
  runs(id: string, cwd = this.project, more: object = {}): void {
    mkdirSync(join(this.config, 'sessions'), { recursive: true });
    const record = {
      pid: process.pid,
      sessionId: id,
      cwd,
      procStart: startTimeOf(process.pid),
      startedAt: PAST,
      version: '2.1.197',
      ...more,
    };
    // several of them have one process here, so that the name of the file cannot be the pid
    writeFileSync(join(this.config, 'sessions', `${1000 + Number(id.slice(1))}.json`), JSON.stringify(record));
  }

  ends(id: string): void {
    rmSync(join(this.config, 'sessions', `${1000 + Number(id.slice(1))}.json`));
  }

  writes(id: string, ...entries: object[]): void {
    const path = this.transcript(id);
    mkdirSync(dirname(path), { recursive: true });
    const timestamp = new Date().toISOString();
    for (const entry of entries)
      appendFileSync(path, `${JSON.stringify({ timestamp, cwd: this.project, ...entry })}\n`);
  }

  edits(id: string, file: string): void {
    const call = `${id}-${file}`;
    const content = [{ type: 'tool_use', id: call, name: 'Edit', input: { file_path: file } }];
    this.writes(
      id,
      { type: 'assistant', message: { id: `m-${call}`, content, stop_reason: 'tool_use' } },
      { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: call }] } },
    );
  }

  hooked(id: string): string {
    const dir = sessionDir(this.home, id);
    createLog(dir, PAST);
    writeSessionInfo(dir, { session: id, project: this.project, pid: process.pid, started: PAST });
    publish(dir, PAST, { t: 'session', session: id, cwd: this.project, transcript: this.transcript(id) });
    return dir;
  }
}

const lines = (dir: string, type: string): Record<string, unknown>[] =>
  readFileSync(sessionPaths(dir).log, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((event) => event['t'] === type);

test('a session without hooks is seen by its transcript, and said to be', async () => {
  const window = new Window();
  window.runs('s1');
  window.writes('s1', { type: 'user', message: { content: 'go' } });
  const list = await window.open();
  const [session] = list.list();
  if (session === undefined) throw new Error('not seen');
  const view = () => list.view(session, Date.now());
  await waitFor(() => view().session.conductor.state === 'working', { describe: 'working' });
  expect(view().session).toMatchObject({
    id: 's1',
    live: true,
    cwd: window.project,
    unhooked: `Seen from its transcript; hooks are not active. No hooks in ${window.project}, Claude Code 2.1.197.`,
  });
  window.writes('s1', { type: 'assistant', message: { id: 'm', content: [], stop_reason: 'end_turn' } });
  await waitFor(() => view().session.conductor.state === 'idle', { describe: 'idle' });
  expect(describeSession(view())).toBe('idle · seen from its transcript');
  window.ends('s1');
  await waitFor(() => !session.live, { describe: 'the end' });
  expect(view().session.live).toBe(false);
  expect(window.errors).toEqual([]);
});

test('a session in the background says so while it runs', async () => {
  const window = new Window();
  window.hooked('s1');
  window.runs('s1', window.project, { kind: 'bg', jobId: 'c64c627d' });
  const list = await window.open();
  const [session] = list.list();
  if (session === undefined) throw new Error('not seen');
  await waitFor(() => list.jobOf(session) === 'c64c627d', { describe: 'its job' });
  expect(list.view(session, Date.now()).session.background).toBe(true);
  expect(describeSession(list.view(session, Date.now()))).toContain('in the background');
});

test('without hooks the run of a workflow has its name from its start, and ends with its summary', async () => {
  const window = new Window();
  const run = 'wf_d6a3149b-f49';
  const [folder, script] = ['subagents/workflows', 'workflows/scripts'].map((name) =>
    join(window.transcript('s1').replace(/\.jsonl$/, ''), name),
  ) as [string, string];
  window.runs('s1');
  window.writes('s1', { type: 'user', message: { content: 'go' } });
  mkdirSync(join(folder, run), { recursive: true });
  const agent = (id: string, ...entries: object[]): void =>
    appendFileSync(
      join(folder, run, `agent-${id}.jsonl`),
      entries.map((entry) => `${JSON.stringify({ timestamp: new Date().toISOString(), ...entry })}\n`).join(''),
    );
  agent('a1', { type: 'user', message: { content: 'look' } });
  agent('a2', { type: 'user', message: { content: 'look, too' } });
  agent('a3', { type: 'user', message: { content: 'look again' } });
  const list = await window.open();
  const [session] = list.list();
  if (session === undefined) throw new Error('not seen');
  const workers = () => session.state.workers;
  await waitFor(() => workers().size === 4, { describe: 'the run with its agents' });
  expect(workers().get(run)).toMatchObject({ state: 'running' });
  mkdirSync(script, { recursive: true });
  writeFileSync(join(script, `survey-${run}.js`), '');
  agent('a1', { type: 'assistant', message: { id: 'm', content: [], stop_reason: 'end_turn' } });
  await waitFor(() => workers().get(run)?.task === 'survey', { describe: 'its name' });
  expect(workers().get(run)).toMatchObject({ state: 'running' });
  const journal = ['{"type":"started","agentId":"a3"}', '{"type":"result","agentId":"a3","result":"seen"}'];
  writeFileSync(join(folder, run, 'journal.jsonl'), `${journal.join('\n')}\n`);
  writeFileSync(join(script, '..', `${run}.json`), JSON.stringify({ status: 'completed' }));
  window.writes('s1', { type: 'assistant', message: { id: 'm', content: [], stop_reason: 'end_turn' } });
  await waitFor(() => workers().get(run)?.state === 'done', { describe: 'its end' });
  expect([...workers()].map(([id, { state }]) => [id, state])).toEqual([
    [run, 'done'],
    ['a1', 'done'],
    ['a2', 'lost'],
    ['a3', 'done'],
  ]);
});

test('sessions elsewhere, with hooks, or of a process that is gone are not among them', async () => {
  const window = new Window();
  window.runs('s1');
  window.hooked('s1');
  window.runs('s2', `${window.project}-other`);
  mkdirSync(join(window.config, 'sessions'), { recursive: true });
  writeFileSync(
    join(window.config, 'sessions', '1.json'),
    JSON.stringify({ pid: 2 ** 22 + 1, sessionId: 's3', cwd: window.project }),
  );
  writeFileSync(join(window.config, 'sessions', '2.json'), '{"half');
  writeFileSync(
    join(window.config, 'sessions', '3.json'),
    JSON.stringify({ pid: process.pid, sessionId: '../x', cwd: window.project }),
  );
  expect((await window.open()).list().map((s) => [s.id, s.constructor.name])).toEqual([['s1', 'LoggedSession']]);
});

test('where Claude Code keeps no list, transcripts that were written lately tell', async () => {
  const window = new Window();
  window.writes('s1', { type: 'user', message: { content: 'go' }, timestamp: new Date(PAST).toISOString() });
  const list = await window.open();
  await waitFor(() => list.list()[0] && list.view(list.list()[0]!, Date.now()).session.conductor.state === 'working', {
    describe: 'the session',
  });
  expect(list.list()[0]?.startedTs).toBe(PAST);
});

test('two sessions that edit one file: said once in the log of each that has one', async () => {
  const window = new Window();
  for (const id of ['s1', 's2', 's3']) window.runs(id);
  const dirs = [window.hooked('s1'), window.hooked('s2')];
  const file = join(window.project, 'a.ts');
  const [list, other] = [await window.open(), await window.open()];
  for (const id of ['s1', 's2', 's3']) window.edits(id, file);
  const notices = (id: string): string[] => {
    const session = list.find(id);
    return session === undefined ? [] : list.view(session, Date.now()).notices.map(({ text }) => text);
  };
  for (const id of ['s1', 's2', 's3'])
    await waitFor(() => notices(id).length === 2, { describe: `two collisions of ${id}` });
  expect(notices('s3').join()).toMatch(/^project \d\d:\d\d and another session edited a\.ts within/);
  await waitFor(() => other.list().every((s) => other.view(s, Date.now()).notices.length === 2), {
    describe: 'the same in another window',
  });
  window.edits('s1', join(window.project, 'b.ts'));
  await waitFor(() => list.find('s1') && window.errors.length === 0, { describe: 'another look' });
  // two windows look at the very same moment here: what both say is one to the fold, and nothing is said a third time
  for (const dir of dirs) expect(lines(dir, 'collision').length).toBeLessThanOrEqual(4);
  expect(window.errors).toEqual([]);
});

test('with the setting off nothing is said', async () => {
  const window = new Window();
  window.collisions = 'off';
  window.runs('s1');
  window.runs('s2');
  const dir = window.hooked('s1');
  window.hooked('s2');
  const list = await window.open();
  for (const id of ['s1', 's2']) window.edits(id, join(window.project, 'a.ts'));
  await waitFor(
    () =>
      list.list().length === 2 && list.list().every((s) => list.view(s, Date.now()).session.transcript !== undefined),
    { describe: 'both transcripts are read' },
  );
  expect(lines(dir, 'collision')).toEqual([]);
});

test.each([
  ['', (name: string, other: string) => joinFolder(name, other)],
  [', joined by an older Fermata,', (name: string, other: string) => symlinkSync(other, name)],
])('a session that works for another%s edits under its own name', async (_by, joinOther) => {
  const window = new Window();
  window.runs('s1');
  window.runs('s2');
  const dir = window.hooked('s1');
  joinOther(sessionDir(window.home, 's2'), 's1');
  publish(dir, PAST, { t: 'spawn', worker: 'reviewer', session: 's2', kind: 'session' });
  const list = await window.open();
  const file = join(window.project, 'a.ts');
  window.edits('s2', file);
  window.edits('s1', file);
  await waitFor(() => lines(dir, 'collision').length > 0, { describe: 'the collision' });
  const [collision] = lines(dir, 'collision');
  expect(collision).toMatchObject({ file });
  expect(new Set([collision?.['worker'], collision?.['other']])).toEqual(new Set(['conductor', 'reviewer']));
  const session = list.find('s1');
  const worker = session && list.view(session, Date.now()).workers[0];
  expect(worker).toMatchObject({ id: 'reviewer', tokens: { input: 0, output: 0 } });
});

test('a session that goes on under another id does not collide with itself', async () => {
  const window = new Window();
  window.runs('s2');
  const dir = window.hooked('s1');
  joinFolder(sessionDir(window.home, 's2'), 's1');
  publish(dir, PAST, { t: 'session', session: 's2', transcript: window.transcript('s2'), continues: 's1' });
  const list = await window.open();
  const file = join(window.project, 'a.ts');
  window.edits('s2', file);
  const tokens = (): unknown => list.list().map((s) => list.view(s, Date.now()).session.transcript?.tokens);
  await waitFor(() => JSON.stringify(tokens()).includes('input'), { describe: 'its transcript is read' });
  expect(list.list().map(({ id, folder }) => [id, folder])).toEqual([['s2', 's1']]);
  expect(lines(dir, 'collision')).toEqual([]);
});

test('the newest session at work is shown, unless the person chose', async () => {
  const window = new Window();
  window.hooked('s1');
  const dir = window.hooked('s2');
  writeSessionInfo(dir, { session: 's2', project: window.project, pid: process.pid, started: PAST + 1 });
  const list = await window.open();
  const selection = new Selection(list);
  expect(selection.current()?.id).toBe('s2');
  const first = list.find('s1');
  if (first !== undefined) selection.choose(first);
  expect(selection.current()?.id).toBe('s1');
});

test('several sessions that live are shown as the Board until the person chooses one, and again when they go back', async () => {
  const window = new Window();
  const first = window.hooked('s1');
  const list = await window.open();
  const selection = new Selection(list);
  expect(selection.isBoard()).toBe(false);
  window.hooked('s2');
  await waitFor(() => list.list().length === 2, { describe: 'the second session' });
  expect(selection.isBoard()).toBe(true);
  const chosen = list.find('s2');
  if (chosen !== undefined) selection.choose(chosen);
  expect(selection.isBoard()).toBe(false);
  selection.chooseBoard();
  publish(first, Date.now(), { t: 'end' });
  await waitFor(() => list.find('s1')?.live === false, { describe: 'the end of the first session' });
  // the person went there, so it stays
  expect(selection.isBoard()).toBe(true);
  expect(new Selection(list).isBoard()).toBe(false);
});

test('sessions of other folders are counted once, however they are known', async () => {
  const window = new Window();
  window.hooked('s1');
  const elsewhere = tempDir();
  const dir = window.hooked('s2');
  writeSessionInfo(dir, { session: 's2', project: elsewhere, pid: process.pid, started: PAST });
  window.runs('s1');
  window.runs('s2', elsewhere);
  window.runs('s3', elsewhere);
  const list = await window.open();
  list.refresh();
  expect([list.list().map(({ id }) => id), list.outside()]).toEqual([['s1'], [elsewhere, elsewhere]]);
});

test('a choice that has ended gives way to what begins later, unless its past is looked at', async () => {
  const window = new Window();
  const dir = window.hooked('s1');
  publish(dir, PAST, { t: 'end' });
  const list = await window.open();
  const selection = new Selection(list);
  const [ended] = list.list();
  if (ended === undefined) throw new Error('there is no session');
  selection.choose(ended, true);
  const later = window.hooked('s2');
  writeSessionInfo(later, { session: 's2', project: window.project, pid: process.pid, started: Date.now() + 1000 });
  await waitFor(() => list.list().length === 2, { describe: 'the later session' });
  expect(selection.current()?.id).toBe('s1');
  selection.choose(ended);
  expect(selection.current()?.id).toBe('s2');
});

test('what no hook tells of a session is said from Claude Code’s own files, once', async () => {
  const window = new Window();
  const dir = window.hooked('s1');
  const asked = Date.now() - 5000;
  publish(dir, asked, { t: 'turn', state: 'working' }, { t: 'ask', ask: 'a', tool: 'Bash', summary: 'npm publish' });
  const busy = { status: 'busy', statusUpdatedAt: asked + 1000 };
  window.runs('s1', window.project, { ...busy, entrypoint: 'sdk-cli' });
  const list = await window.open();
  list.refresh();
  expect(lines(dir, 'answer')).toEqual([]);
  window.runs('s1', window.project, { ...busy, entrypoint: 'cli' });
  await waitFor(() => lines(dir, 'answer').length > 0, { describe: 'the answer' });
  expect(lines(dir, 'answer')).toMatchObject([{ ask: 'a', decision: 'gone', by: 'user' }]);
  publish(dir, Date.now() - 2000, { t: 'turn', state: 'idle' });
  window.writes('s1', {
    type: 'user',
    isMeta: true,
    message: { content: 'Stop hook feedback:\n[npm test]: it fails' },
  });
  const goesOn = () => lines(dir, 'turn').filter(({ reason }) => reason === 'its end was refused');
  await waitFor(() => goesOn().length > 0, { describe: 'the turn to go on' });
  for (let i = 0; i < 3; i++) list.refresh();
  expect(goesOn()).toHaveLength(1);
  expect(lines(dir, 'answer')).toHaveLength(1);
});
