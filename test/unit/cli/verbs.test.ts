import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildSync } from 'esbuild';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { VERBS } from '#cli/table.ts';
import { WORKER_VERBS } from '#cli/workerVerbs.ts';
import { PROGRAMS } from '#core/install/runtimeFiles.ts';
import { createLog, type NewEvent } from '#core/log/append.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { writeBridgeStatus } from '#core/machines/bridgeStatus.ts';
import { bridgeProcess } from '#core/machines/ensureBridge.ts';
import { planHash } from '#core/plans/planFile.ts';
import { makeCopy, shareSession } from '#core/session/seat.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { pause, pauseOf } from '#core/session/pause.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { Stage } from '#test/lib/fermata.ts';
import { fermata } from '#test/lib/inProcess.ts';
import { repoRoot } from '#test/lib/runtimes.ts';
import { PastSession } from '#test/lib/recordedSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

/** What a verb answers, by exit code: words of the call, and what stood in the log before. Who calls is W1. */
interface Answers {
  done: string[];
  refused?: string[];
  timedOut?: string[];
  /** A call whose words are wrong, beyond an option that is not known. */
  usage?: string[];
  before?: NewEvent[];
  /** What else has to be there. */
  prepare?: () => unknown;
  /** Who calls, where it is not W1. */
  as?: Record<string, string>;
  /** What it prints is not one JSON value: lines, a report, or another program's output. */
  prints?: 'nothing' | 'lines';
  /** It works without a session. */
  anywhere?: boolean;
}

const PERSON = { FERMATA_WORKER: '' };
const block: NewEvent = { t: 'hook', worker: 'W1', event: 'Stop', exit: 2, stderr: 'not yet' };
const held: NewEvent = { t: 'acquire', worker: 'W2', resource: 'db' };
const decided: NewEvent = { t: 'decide', ballot: 'ship', decision: 'abort', by: 'user' };

/** Every verb has its row; one without would not compile into the test below. */
const ANSWERS: Record<string, Answers> = {
  progress: { done: ['60', '--eta', '30s'], usage: ['120'] },
  done: { done: ['--result', 'fine'], usage: ['fine'] },
  fail: { done: ['it broke', '--critical'], usage: [] },
  inform: { done: ['hello'], usage: [] },
  block: { done: ['wait'], usage: ['wait', '--until', 'someday'] },
  unblock: { done: ['B1'], refused: ['B7'], before: [block] },
  hook: { done: ['--event', 'PostToolUse', '--stderr', 'x'], usage: ['--event', 'Nonsense'] },
  rewrite: { done: ['--tool', 'Read', '--input', '{"a":1}'], usage: ['--tool', 'Read'] },
  watch: { done: ['--tool', 'Read'], timedOut: ['--follow', '--timeout', '20ms'], usage: ['now'], prints: 'nothing' },
  tell: { done: ['W2', 'hello'], usage: ['../x', 'hello'] },
  spawn: { done: ['--', 'true'], usage: [] },
  handoff: { done: ['W2', '--data', '{}'], usage: ['W2', '--data', '{'] },
  inbox: { done: [], timedOut: ['--wait', '20ms'], usage: ['now'] },
  emit: { done: ['{"t":"done"}'], usage: ['{"t":"vote"}'] },
  checkpoint: {
    done: ['half'],
    timedOut: ['other', '--wait', 'all', '--timeout', '20ms'],
    before: [{ t: 'spawn', worker: 'W2', pid: process.pid }],
    usage: [],
  },
  wait: { done: ['free:db'], refused: ['clear:B9'], timedOut: ['done:W9', '--timeout', '20ms'], usage: ['someday'] },
  acquire: { done: ['other'], refused: ['db'], timedOut: ['db', '--wait', '20ms'], before: [held], usage: [] },
  release: { done: ['mine'], refused: ['db'], before: [held, { ...held, worker: 'W1', resource: 'mine' }], usage: [] },
  'with-lock': {
    done: ['other', '--', process.execPath, '-e', '0'],
    timedOut: ['db', '--wait', '20ms', '--', 'true'],
    before: [held],
    usage: ['db'],
    prints: 'nothing',
  },
  ballot: { done: ['cut', '--quorum', '2'], refused: ['open'], before: [{ t: 'ballot', ballot: 'open' }], usage: [] },
  vote: { done: ['proceed'], refused: ['proceed', '--ballot', 'ship'], before: [decided], usage: [] },
  tally: {
    done: ['cast'],
    refused: ['none'],
    timedOut: ['cast', '--wait', '--timeout', '20ms'],
    before: [{ t: 'vote', worker: 'W2', decision: 'proceed', ballot: 'cast' }, decided],
    usage: ['a', 'b'],
  },
  resolve: { done: ['B1', 'mended it'], refused: ['B7', 'mended it'], before: [block], usage: ['B1'] },
  status: { done: [], usage: ['--at', 'noon'] },
  log: { done: [], usage: ['now'], prints: 'lines' },
  sessions: { done: [], usage: ['now'], anywhere: true },
  export: { done: [], usage: ['--format', 'pdf'] },
  prune: { done: [], usage: ['--older-than', 'soon'], anywhere: true },
  abort: {
    done: ['W2'],
    refused: ['W3'],
    usage: [],
    before: [{ t: 'plan', run: 'R1', sha256: 'x', workers: [{ worker: 'W2' }] }],
    as: PERSON,
  },
  pause: {
    done: ['look here'],
    refused: ['W7'],
    usage: ['look', 'here'],
    before: [{ t: 'spawn', worker: 'a1', kind: 'subagent', task: 'look here' }],
    as: PERSON,
  },
  resume: {
    done: [],
    refused: ['look here'],
    usage: ['look', 'here'],
    before: [{ t: 'spawn', worker: 'a1', kind: 'subagent', task: 'look here' }, pause()],
    as: PERSON,
  },
  'deny-call': {
    done: ['B1', '--word', 'not today'],
    refused: ['B7'],
    before: [
      { ...block, event: 'PreToolUse' },
      { t: 'held', id: 'h1', block: 'B1', tool: 'Bash', call: 'toolu_1' },
    ],
    usage: ['B1', 'B2'],
    as: PERSON,
  },
  'release-block': { done: ['B1'], refused: ['B7'], before: [block], usage: ['D1'], as: PERSON },
  install: {
    done: ['--scope', 'local', '--no-permissions'],
    usage: ['--scope', 'nowhere'],
    anywhere: true,
    as: PERSON,
  },
  uninstall: { done: ['--scope', 'local'], usage: ['--scope', 'nowhere'], anywhere: true, as: PERSON },
  'git-hooks': {
    done: ['install', 'repository'],
    refused: ['install', 'nowhere'],
    usage: ['install', 'a', 'b'],
    anywhere: true,
    as: PERSON,
    prepare: () => execFileSync('git', ['init', '-q', join(stage.project, 'repository')]),
  },
  doctor: { done: [], usage: ['now'], anywhere: true, prepare: installation },
  demo: {
    done: [],
    usage: ['now'],
    anywhere: true,
    // the play itself is another program, and another test
    prepare: () => installed('lib/demo.cjs', 'process.exit(0)'),
    prints: 'nothing',
  },
  start: {
    done: ['R1', '--refuse'],
    refused: ['R7'],
    usage: [],
    as: PERSON,
    prepare: () => stage.plan({ workers: [{ run: ['true'] }] }, 'go', { ask: true }),
  },
  join: {
    done: ['other', '--as', 'docs'],
    refused: ['nobody'],
    usage: [],
    anywhere: true,
    as: PERSON,
    prepare: () => {
      for (const session of [stage.session, 'other']) atWork(session);
    },
  },
  share: { done: [], refused: [], usage: ['../x'], as: PERSON, prepare: namedServer },
  unshare: {
    done: [],
    refused: [],
    usage: ['../x'],
    as: PERSON,
    prepare: () => shareSession(stage.dir, { space: 'default', machine: 'laptop' }),
  },
  follow: {
    done: ['S9@gpu1'],
    refused: ['S9@gpu1'],
    usage: ['S9'],
    anywhere: true,
    as: PERSON,
    prepare: () => {
      namedServer();
      const dir = sessionDir(stage.home, 'S9');
      makeCopy(dir, { space: 'default', seat: 'gpu1', machine: 'laptop' });
      writeFileSync(sessionPaths(dir).copy, '\n');
    },
  },
  unfollow: {
    done: ['S9'],
    refused: ['S8'],
    usage: ['../x'],
    anywhere: true,
    as: PERSON,
    prepare: () => {
      const dir = sessionDir(stage.home, 'S9');
      makeCopy(dir, { space: 'default', seat: 'gpu1', machine: 'laptop' });
      writeFileSync(sessionPaths(dir).copy, '\n');
    },
  },
  output: { done: ['W1'], refused: ['W9'], usage: ['../x'], before: [{ t: 'spawn', worker: 'W1' }] },
  room: {
    done: ['team'],
    refused: ['gone', '--end'],
    usage: ['../x'],
    anywhere: true,
    as: PERSON,
    prepare: namedServer,
  },
  machines: {
    done: [],
    refused: ['test'],
    usage: ['nonsense'],
    anywhere: true,
    prepare: () => {
      namedServer();
      bridgeProcess(stage.home).claim(Date.now());
      const written = { pid: process.pid, name: 'laptop', space: 'default', server: 'nats://127.0.0.1:1' };
      writeBridgeStatus(stage.home, { ...written, connected: true, sinceTs: 0, sessions: [], machines: [] });
    },
  },
  bridge: {
    done: [],
    refused: [],
    usage: ['now'],
    anywhere: true,
    as: PERSON,
    prepare: () => {
      namedServer();
      installed('hooks/bridge.cjs', 'process.exit(0)');
    },
    prints: 'nothing',
  },
  worker: {
    done: ['--stdin'],
    usage: [],
    anywhere: true,
    prepare: () => {
      namedServer();
      // a worker of another machine's session that has ended meanwhile
      const dir = sessionDir(stage.home, 'S9');
      makeCopy(dir, { space: 'default', seat: 'gpu1', machine: 'laptop' });
      const sha256 = planHash(Buffer.from('{}'));
      const planned = { t: 'plan', run: 'R1', sha256, workers: [{ worker: 'W9', machine: 'laptop' }] };
      const lines = [{ t: 'open', format: 1, nonce: 'n1' }, planned, { t: 'exit', worker: 'W9', code: 0 }];
      writeFileSync(sessionPaths(dir).copy, lines.map((line) => `\n${JSON.stringify(line)}\n`).join(''));
      const from = { session: 'S9', seat: 'gpu1', machine: 'laptop', space: 'default' };
      input = JSON.stringify({ version: 1, ...from, run: 'R1', worker: 'W9', plan: '{}' });
    },
  },
  allow: { done: [], refused: ['--project', 'nowhere'], usage: ['now'], anywhere: true, as: PERSON },
  rules: {
    done: ['try', '--tool', 'Bash', '--everywhere'],
    refused: ['try'],
    usage: ['try', '--at', 'Nonsense'],
    anywhere: true,
    prepare: () => new PastSession(stage.root, stage.project, 'past-1').call(1, 'Bash', { command: 'ls' }),
  },
};

let stage: Stage;
/** What a verb finds on its standard input. */
let input: string | undefined;

/** A server of other machines in the settings, which nothing reaches. */
function namedServer(): void {
  const settings = { 'machines.url': 'nats://127.0.0.1:1', 'machines.name': 'laptop' };
  writeFileSync(homePaths(stage.home).settings, JSON.stringify(settings));
}

/** Puts a program where an installation has it. */
function installed(name: string, text: string): void {
  mkdirSync(join(stage.home, dirname(name)), { recursive: true });
  writeFileSync(join(stage.home, name), text);
  chmodSync(join(stage.home, name), 0o755);
}

/** What the doctor finds in order: the gate, the hook program, and entries for both. */
async function installation(): Promise<void> {
  for (const program of PROGRAMS) installed(program.installed, '');
  for (const name of ['bin/fermata', 'bin/claude-code-hook']) installed(name, '');
  for (const name of ['gate.sh', 'gate.sh.program'])
    installed(`hooks/${name}`, readFileSync(join(repoRoot, 'hooks', name), 'utf8'));
  buildSync({
    entryPoints: [join(repoRoot, 'hooks', 'hook.ts')],
    outfile: join(stage.home, 'hooks', 'hook.cjs'),
    bundle: true,
    platform: 'node',
    mainFields: ['module', 'main'],
  });
  installed('runtime', `${process.execPath}\n`);
  chmodSync(stage.home, 0o700);
  expect(await fermata(stage, PERSON, 'install', '--scope', 'local')).toMatchObject({ code: 0 });
}

/** A session that runs, as far as anybody can see. */
function atWork(session: string): void {
  const dir = sessionDir(stage.home, session);
  createLog(dir, Date.now());
  const startTime = startTimeOf(process.pid);
  writeSessionInfo(dir, {
    session,
    project: stage.project,
    pid: process.pid,
    host: hostIdentity(),
    started: Date.now(),
    ...(startTime === undefined ? {} : { startTime }),
  });
}

beforeEach(() => {
  stage = new Stage();
  input = undefined;
  // so that `install` finds its programs and `allow` its rules
  mkdirSync(join(stage.home, 'hooks'), { recursive: true });
  writeFileSync(join(stage.home, 'hooks', 'gate.sh'), '#!/bin/sh\n');
  mkdirSync(join(stage.project, '.fermata'));
  const rules = [{ name: 'a', prompt: 'go', workers: [{ run: ['true'] }] }];
  writeFileSync(join(stage.project, '.fermata', 'rules.json'), JSON.stringify({ version: 1, rules }));
});

test('every verb is in the table of this test, and in that of the command once', () => {
  expect(VERBS.map((v) => v.name).toSorted()).toEqual(Object.keys(ANSWERS).toSorted());
  expect(new Set(VERBS.map((v) => v.name)).size).toBe(VERBS.length);
  for (const verb of WORKER_VERBS) expect(VERBS).toContain(verb);
});

describe.each(Object.entries(ANSWERS))('%s', (name, answers) => {
  const { done, refused, timedOut, usage, before = [], prepare, prints, anywhere } = answers;
  const { as = { FERMATA_WORKER: 'W1' } } = answers;
  const call = (...args: string[]) => {
    const [own, command] = args.includes('--')
      ? [args.slice(0, args.indexOf('--')), args.slice(args.indexOf('--'))]
      : [args, []];
    const stand = { env: (more: Record<string, string>) => stage.env(more), project: stage.project, input };
    return fermata(stand, as, name, ...own, '--json', ...command);
  };

  test('does it: exit code 0, and JSON where that is asked for', async () => {
    if (before.length > 0) stage.publish(...before);
    await prepare?.();
    const { code, out, err } = await call(...done);
    expect({ code, said: code === 0 ? '' : err || out }).toEqual({ code: 0, said: '' });
    if (prints === 'nothing') expect(out).toBe('');
    else for (const part of prints === 'lines' ? out.trim().split('\n') : [out]) JSON.parse(part);
  });

  test.each(
    [
      ['refuses: 1', 1, refused],
      ['wrong words: 2', 2, usage],
      ['an unknown option: 2', 2, ['--nonsense']],
      ['time is up: 4', 4, timedOut],
    ].filter(([, , args]) => args !== undefined) as [string, number, string[]][],
  )('%s, said in a sentence, and in JSON', async (_name, expected, args) => {
    if (before.length > 0) stage.publish(...before);
    const { code, out, err } = await call(...args);
    expect({ code, err }).toEqual({
      code: expected,
      err: expect.stringMatching(/^(note: .*\n)?(  \S.*\n)*fermata \S+: \S/) as string,
    });
    expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({ ok: false, code: expected });
  });

  test.skipIf(anywhere)('without a session: 3, and what to do about it', async () => {
    const { code, err } = await fermata(stage, { ...as, FERMATA_SESSION_DIR: '' }, name, ...done);
    expect(code).toBe(3);
    expect(err).toContain('--session');
    expect((await fermata(stage, as, name, '--session', 'no-such', ...done)).code).toBe(3);
  });

  test('its help says what it does, how it is called, and its exit codes', async () => {
    const { code, out } = await fermata(stage, as, name, '--help');
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^usage: fermata ${name}`));
    expect(out).toContain('Examples:\n  ');
    expect(out).toContain('Exit codes: 0 done');
    expect(await fermata(stage, as, 'help', name)).toMatchObject({ code: 0, out });
  });
});

describe('a worker is meant by what a person calls it', () => {
  const agent = (worker: string, task: string, command = 'Explore'): NewEvent => {
    return { t: 'spawn', worker, kind: 'subagent', parent: 'conductor', task, command };
  };
  const [north, south, scout] = ['a0123456789abcdef', 'a123456789abcdef0', 'ascout-0123456789abcdef'];
  const recipients = () => stage.events('tell').map(({ to }) => to);
  beforeEach(() =>
    stage.publish(
      agent(north, 'look north', 'Plan'),
      agent(south, 'look south'),
      { ...agent(scout, 'look around', 'scout'), kind: 'teammate' },
      { t: 'spawn', worker: 'W2', task: 'build it', pid: process.pid },
    ),
  );

  test('by its id, its task, its name, its type', async () => {
    for (const name of [north, 'look north', 'Plan', 'scout', 'build it', 'W2', 'conductor', 'later'])
      expect(await fermata(stage, PERSON, 'tell', name, 'hello')).toMatchObject({ code: 0, err: '' });
    expect(recipients()).toEqual([north, north, north, scout, 'W2', 'W2', 'conductor', 'later']);
    const unknown = await fermata(stage, PERSON, 'tell', 'look west', 'hello');
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('"fermata status" lists them') as string });
  });

  test('by the name that Claude Code has written beside its transcript', async () => {
    const transcript = join(stage.project, 's.jsonl');
    stage.publish({ t: 'session', session: stage.session, cwd: stage.project, transcript });
    mkdirSync(join(stage.project, 's', 'subagents'), { recursive: true });
    writeFileSync(
      join(stage.project, 's', 'subagents', `agent-${south}.meta.json`),
      JSON.stringify({ name: 'scribe' }),
    );
    await fermata(stage, PERSON, 'tell', 'scribe', 'hello');
    expect(recipients()).toEqual([south]);
  });

  test('a name of several is refused with all of them; those at work come before those that have ended', async () => {
    const second = 'a23456789abcdef01';
    stage.publish(agent(second, 'look north'));
    const refusal = await fermata(stage, PERSON, 'abort', 'look north');
    expect(refusal.code).toBe(1);
    expect(refusal.err).toContain(`look north (running) [${north}], look north (running) [${second}]`);
    stage.publish({ t: 'done', worker: north });
    const { code, out } = await fermata(stage, PERSON, 'abort', 'look north', '--word', 'not now');
    expect({ code, out }).toEqual({ code: 0, out: 'look north ends at its next call\n' });
    expect(stage.events('abort')).toMatchObject([{ worker: second, word: 'not now' }]);
  });

  test('one agent is paused and resumed beside the pause of all', async () => {
    await fermata(stage, PERSON, 'pause');
    expect((await fermata(stage, PERSON, 'pause', 'scout')).out).toBe('scout waits at the next call\n');
    expect(pauseOf(stage.state(), scout)).toBeDefined();
    await fermata(stage, PERSON, 'resume', 'scout');
    expect(pauseOf(stage.state(), scout)).toBeUndefined();
    expect(pauseOf(stage.state())).toBeDefined();
    const worker = await fermata(stage, PERSON, 'pause', 'build it');
    expect(worker).toMatchObject({ code: 1, err: expect.stringContaining('W2 is no agent') as string });
  });
});

test.each(['Bash(git merge*)', 'Read|mcp__.*', '.*', 'Edit;Write'])(
  'a block on %s, which no tool can be called, is refused instead of holding nothing',
  async (tool) => {
    const refused = { code: 2, err: expect.stringContaining('--tool Bash --command "git merge*"') as string };
    expect(await fermata(stage, 'W1', 'block', 'wait', '--tool', tool)).toMatchObject(refused);
    const hook = ['--event', 'PreToolUse', '--stderr', 'wait', '--match', JSON.stringify({ tool })];
    expect(await fermata(stage, 'W1', 'hook', ...hook)).toMatchObject(refused);
    expect(stage.state().blocks.size).toBe(0);
  },
);

test('a text may begin with dashes', async () => {
  for (const text of ['-3 rows', '- a list', '-- a rule', '-x']) {
    expect(await fermata(stage, 'W1', 'inform', text, '--key', '-k')).toMatchObject({ code: 0, err: '' });
    expect([...stage.state().notes.values()].at(-1)?.text).toBe(text);
  }
  expect((await fermata(stage, 'W1', 'inform', '-h')).out).toContain('usage: fermata inform');
});

test('a lock that was lost is told by exit code 5, an abort of the caller by 6', async () => {
  stage.publish({ t: 'acquire', worker: 'W1', resource: 'db', id: 'a', ttlMs: 1, ts: Date.now() - 1000 });
  expect((await fermata(stage, 'W1', 'release', 'db', '--id', 'a')).code).toBe(5);
  expect((await fermata(stage, 'W1', 'acquire', 'db', '--id', 'a')).code).toBe(5);
  stage.publish({ t: 'spawn', worker: 'W2', pid: process.pid }, { t: 'abort', worker: 'W2', by: 'user' });
  expect((await fermata(stage, 'W2', 'wait', 'free:nothing', 'done:W9')).code).toBe(6);
});

test('an event nested deeper than readers take is refused, and so is one that is too long', async () => {
  const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
  for (const args of [
    ['emit', `{"t":"x","data":${deep(600)}}`],
    ['checkpoint', 'half', '--data', deep(499)],
    ['emit', JSON.stringify({ t: 'log', level: 'info', message: 'x'.repeat(70_000) })],
  ]) {
    const { code, err } = await fermata(stage, 'W1', ...args);
    expect({ code, err }).toEqual({ code: 2, err: expect.stringMatching(/nested more than|bytes long/) as string });
  }
  expect(await fermata(stage, 'W1', 'checkpoint', 'half', '--data', deep(490))).toMatchObject({ code: 0 });
  expect(stage.state().checkpoints.has('half')).toBe(true);
  expect(stage.state().damaged.size).toBe(0);
});
