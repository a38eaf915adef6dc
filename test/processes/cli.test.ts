import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { isAlive, startTimeOf } from '#core/base/processes.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { cliProgram, Stage } from '#test/lib/fermata.ts';
import { bundle, endAll, Running } from '#test/lib/stress/program.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(endAll);
afterAll(removeTempDirs);

interface Status {
  workers: {
    id: string;
    state: string;
    progress: { pct: number | null; etaMs: number | null; message: string | null };
  }[];
  blocks: { id: string; worker: string; reason: string; event: string; standing: boolean; match: unknown }[];
  ballots: { id: string; votes: Record<string, string>; decided: string | null; quorum: number | null }[];
  locks: { resource: string; holder: string | null; token: number | null; waiters: string[] }[];
  checkpoints: { name: string; arrived: string[] }[];
  damaged: number;
}
const status = async (stage: Stage, ...more: string[]): Promise<Status> =>
  JSON.parse((await stage.cli({}, 'status', '--json', ...more)).out) as Status;
const armed = (stage: Stage, event: string): boolean => existsSync(join(stage.dir, 'armed', event));

describe('a worker at the command line', () => {
  it('has a subagent of Claude Code stopped at its next call, and not before', async () => {
    const stage = new Stage();
    stage.publish({ t: 'spawn', worker: 'a1b2', kind: 'subagent', parent: 'conductor' });
    expect(await stage.cli({}, 'abort', 'a1b2')).toMatchObject({ code: 0, err: '' });
    expect(stage.state().workers.get('a1b2')).toMatchObject({ state: 'running', abort: { by: 'user' } });
    const [stop] = [...stage.state().blocks.values()];
    expect(stop).toMatchObject({ cause: { kind: 'abort' }, match: { agent: 'a1b2' } });
  });

  it('is refused a block at events that cannot block', async () => {
    const stage = new Stage();
    const refused = await stage.cli('W1', 'hook', '--event', 'Notification', '--exit-code', '2', '--stderr', 'x');
    expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('nothing can be blocked at Notification') });
    expect((await stage.cli('W1', 'block', 'x', '--at', 'SessionEnd')).code).toBe(2);
    expect(stage.state().blocks.size).toBe(0);
  });

  it('reports progress, a result and an error', async () => {
    const stage = new Stage();
    expect((await stage.cli('W1', 'progress', '60', '--eta', '30s', '--message', 'indexing')).code).toBe(0);
    expect((await stage.cli('W2', 'progress', '3/4')).code).toBe(0);
    expect((await stage.cli('W2', 'done', '--result', '-3 rows')).code).toBe(0);
    expect((await stage.cli('W3', 'fail', 'staging failed', '--critical')).code).toBe(0);
    const { workers, blocks } = await status(stage);
    expect(workers).toMatchObject([
      { id: 'W1', state: 'running', progress: { pct: 60, etaMs: 30_000, message: 'indexing' } },
      { id: 'W2', state: 'done' },
      { id: 'W3', state: 'running' },
    ]);
    expect(blocks).toMatchObject([
      { id: 'B1', event: 'Stop', worker: 'W3', reason: 'CRITICAL: staging failed', standing: true },
    ]);
  });

  it('blocks until it is cleared, in force at once', async () => {
    const stage = new Stage();
    const result = await stage.cli('W1', 'block', 'loaded already', '--tool', 'Read', '--path', 'data1.csv', '--json');
    expect(JSON.parse(result.out)).toEqual({ ok: true, block: 'B1', standing: true });
    expect(armed(stage, 'PreToolUse')).toBe(true);
    expect((await status(stage)).blocks[0]).toMatchObject({
      standing: true,
      match: { tool: 'Read', path: 'data1.csv' },
    });
    expect((await stage.cli('W2', 'unblock', 'B1')).code).toBe(1);
    expect((await stage.cli('W1', 'unblock')).out).toBe('B1 cleared\n');
    expect((await status(stage)).blocks[0]?.standing).toBe(false);
  });

  it('says to a person which call will wait for them, and how it goes on', async () => {
    const stage = new Stage();
    const { out } = await stage.cli({}, 'block', 'my review', '--tool', 'Bash', '--command', 'git merge*');
    expect(out).toMatch(
      /^Claude’s next Bash call of `git merge\*`( in \S+)? will wait for you \(.*release-block B1\)\n$/,
    );
    const one = await stage.cli({}, 'block', 'my review', '--agent', 'Explore');
    expect(one.out).toMatch(/^The next call by Explore( in \S+)? will wait for you \(/);
  });

  it('invokes a hook as claude-code-hook, which fills in what Claude Code needs', async () => {
    const stage = new Stage();
    const alias = join(stage.root, 'claude-code-hook');
    symlinkSync(cliProgram, alias);
    const json = '{"hookSpecificOutput":{"additionalContext":"W1 reached merge"}}';
    expect(
      (await stage.run(alias, { FERMATA_WORKER: 'W1' }, '--event', 'PostToolUse', '--json-output', json)).code,
    ).toBe(0);
    expect([...stage.state().notes.values()]).toMatchObject([
      { kind: 'inform', text: 'W1 reached merge', to: 'conductor' },
    ]);
    expect(readFileSync(join(stage.dir, 'events.jsonl'), 'utf8')).toContain('"hookEventName":"PostToolUse"');
    expect(armed(stage, 'PostToolBatch')).toBe(true);
    const blocked = await stage.cli('W1', 'hook', '--event', 'Stop', '--exit-code', '2', '--stderr', 'not yet');
    expect(blocked.out).toBe('B1 stands\n');
  });

  it('gets an explanation of a wrong call', async () => {
    const stage = new Stage();
    const wrong = [
      ['hook', '--event', 'Nonsense'],
      ['hook', '--event', 'Stop', '--json-output', '{'],
      ['progress', '120'],
      ['progress'],
      ['block'],
      ['block', 'a', 'b'],
      ['block', 'a', '--until', 'someday'],
      ['acquire', 'db', '--ttl', 'soon'],
      ['emit', '{"t":"vote"}'],
      ['wait'],
      ['nonsense'],
      ['done', '--nonsense'],
    ];
    for (const args of wrong) {
      const result = await stage.cli('W1', ...args);
      expect({ args, code: result.code }).toEqual({ args, code: 2 });
      expect(result.err).toMatch(/^fermata/);
    }
    expect((await stage.cli({}, 'progress', '5')).code).toBe(2);
    expect((await stage.cli({}, '--help')).out).toContain('with-lock');
    expect((await stage.cli({}, 'block', '--help')).out).toContain('Examples:');
  });

  it('appends any event, and one for each line', async () => {
    const stage = new Stage();
    expect((await stage.cli('W1', 'emit', '{"t":"vote","decision":"proceed"}')).code).toBe(0);
    expect((await stage.cli('W1', 'emit', '{"t":"from the future","x":1}')).code).toBe(0);
    const child = spawn(process.execPath, [cliProgram, 'emit', '-'], {
      env: stage.env({ FERMATA_WORKER: 'W2' }),
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.stdin.end('{"t":"progress","pct":10}\n\nnonsense\n{"t":"vote","decision":"abort"}\n');
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(2);
    const { ballots, workers } = await status(stage);
    expect(ballots).toMatchObject([{ id: 'default', votes: { W1: 'proceed', W2: 'abort' }, decided: null }]);
    expect(workers.find((w) => w.id === 'W2')?.progress.pct).toBe(10);
  });
});

describe('what is printed', () => {
  it('does not depend on the locale', async () => {
    const stage = new Stage();
    await stage.cli('W1', 'progress', '60', '--eta', '1h', '--message', 'İstanbul, Iğdır');
    await stage.cli('W1', 'vote', 'proceed');
    await stage.cli('W1', 'block', 'wait', '--ttl', '90m');
    const printed = async (locale: string): Promise<string[]> => {
      const env = { LC_ALL: locale, LANG: locale, TZ: 'UTC' };
      const calls = [['log'], ['tally'], ['sessions'], ['help'], ['status', '--at', '5']];
      return Promise.all(calls.map(async (args) => (await stage.cli(env, ...args)).out));
    };
    const plain = await printed('C');
    expect(plain.join('')).toContain('60%');
    for (const locale of ['tr_TR.UTF-8', 'ar_EG.UTF-8', 'de_DE']) expect(await printed(locale)).toEqual(plain);
  });

  it('continues with the new log where the followed one was replaced, and reports it', async () => {
    const stage = new Stage();
    const following = spawn(process.execPath, [cliProgram, 'log', '--follow', '--json'], { env: stage.env() });
    let out = '';
    let err = '';
    following.stdout.on('data', (chunk: Buffer) => void (out += chunk.toString()));
    following.stderr.on('data', (chunk: Buffer) => void (err += chunk.toString()));
    await waitFor(() => out.includes('"session"'), { describe: 'the log is printed' });
    const file = join(stage.dir, 'events.jsonl');
    writeFileSync(`${file}.new`, '{"t":"open","format":1,"nonce":"another"}\n{"t":"done","worker":"W7"}\n');
    renameSync(`${file}.new`, file);
    await waitFor(() => out.includes('W7'), { describe: 'the new log is printed' });
    await waitFor(() => err !== '', { describe: 'the note' });
    expect(err).toBe('note: the log was replaced or cut; what follows is the new one, from its beginning\n');
    stage.publish({ t: 'end' });
    expect(await new Promise((resolve) => following.on('exit', resolve))).toBe(0);
  });
});

describe('waiting', () => {
  it('returns when all conditions hold, and when they never can', async () => {
    const stage = new Stage();
    stage.publish({ t: 'spawn', worker: 'W1', pid: 1 }, { t: 'spawn', worker: 'W2', pid: 1 });
    const waiting = stage.cli('W3', 'wait', 'ok:W1', 'free:db');
    const never = stage.cli('W3', 'wait', 'ok:W2');
    stage.publish({ t: 'exit', worker: 'W1', code: 0 }, { t: 'exit', worker: 'W2', code: 1 });
    expect((await waiting).code).toBe(0);
    expect(await never).toMatchObject({ code: 1, err: expect.stringContaining('never') as string });
  });

  it('gives up in time; inside Claude the output asks for another call', async () => {
    const stage = new Stage();
    expect(await stage.cli('W1', 'wait', 'done:W9', '--timeout', '100ms')).toMatchObject({ code: 4 });
    const claude = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: stage.session, FERMATA_SESSION_DIR: '' };
    expect((await stage.cli(claude, 'wait', 'done:W9', '--timeout', '100ms')).err).toContain(
      'still waiting, call again',
    );
  });

  it('waits for a block to end', async () => {
    const stage = new Stage();
    await stage.cli('W1', 'block', 'later');
    expect((await stage.cli({}, 'wait', 'clear:B1', '--timeout', '50ms')).code).toBe(4);
    const waiting = stage.cli({}, 'wait', 'clear:B1');
    expect((await stage.cli({}, 'release-block', 'B1', '--word', 'go on')).code).toBe(0);
    expect((await waiting).code).toBe(0);
    expect((await stage.cli({}, 'wait', 'clear:B7')).code).toBe(1);
  });

  it('ends a wait of a worker that is aborted with code 6', async () => {
    const stage = new Stage();
    stage.publish({ t: 'spawn', worker: 'W1', pid: 1 });
    const waiting = stage.cli('W1', 'wait', 'free:db', 'done:W9');
    stage.publish({ t: 'abort', worker: 'W1', by: 'user' });
    expect((await waiting).code).toBe(6);
  });

  it('meets at a checkpoint; one is the last', async () => {
    const stage = new Stage();
    stage.publish({ t: 'spawn', worker: 'W1', pid: 1 }, { t: 'spawn', worker: 'W2', pid: 1 });
    const first = stage.cli('W1', 'checkpoint', 'merge', '--wait', 'all', '--json');
    await waitFor(async () => (await status(stage)).checkpoints[0]?.arrived.length === 1, { describe: 'W1 to arrive' });
    const second = JSON.parse((await stage.cli('W2', 'checkpoint', 'merge', '--json')).out) as { last: boolean };
    expect([second.last, (JSON.parse((await first).out) as { last: boolean }).last]).toEqual([true, false]);
  });
});

describe('locks', () => {
  it('go to the first worker, then to the one that waits, and inform a former holder', async () => {
    const stage = new Stage();
    expect((await stage.cli('W1', 'acquire', 'db')).code).toBe(0);
    expect(await stage.cli('W2', 'acquire', 'db')).toMatchObject({
      code: 1,
      err: 'fermata acquire: Resource db in use by W1\n',
    });
    expect((await stage.cli('W2', 'acquire', 'db', '--wait', '100ms')).code).toBe(4);
    expect((await status(stage)).locks).toMatchObject([{ resource: 'db', holder: 'W1', waiters: [] }]);
    const second = stage.cli('W2', 'acquire', 'db', '--wait', '--json');
    await waitFor(async () => (await status(stage)).locks[0]?.waiters[0] === 'W2', { describe: 'W2 to wait' });
    stage.publish({ t: 'release', worker: 'W1', resource: 'db', by: 'user' });
    const granted = JSON.parse((await second).out) as { token: number };
    expect((await status(stage)).locks).toMatchObject([{ holder: 'W2', token: granted.token }]);
    expect(await stage.cli('W1', 'release', 'db')).toMatchObject({
      code: 5,
      err: expect.stringContaining('broken by user') as string,
    });
    expect((await stage.cli('W2', 'release', 'db')).code).toBe(0);
    expect((await stage.cli('W2', 'release', 'db')).code).toBe(1);
  });

  it('run out with their lease', async () => {
    const stage = new Stage();
    await stage.cli('W1', 'acquire', 'db', '--ttl', '1ms');
    expect((await stage.cli('W2', 'acquire', 'db')).code).toBe(0);
    expect((await stage.cli('W1', 'release', 'db')).code).toBe(5);
  });

  it('are held while a command runs, renewed, and given back with its exit code', async () => {
    const stage = new Stage();
    const result = await stage.cli(
      'W1',
      'with-lock',
      'db',
      '--ttl',
      '300ms',
      '--',
      '/bin/sh',
      '-c',
      'sleep 0.8; echo "$FERMATA_LOCK_TOKEN"; exit 7',
    );
    expect(result.code).toBe(7);
    expect(Number(result.out)).toBeGreaterThan(0);
    expect((await status(stage)).locks).toEqual([]);
    expect((await stage.cli('W1', 'with-lock', 'db', '--', 'no-such-command')).code).toBe(127);
  });

  it('are reported lost when they are broken during the command', async () => {
    const stage = new Stage();
    const wait = 'touch here; while ! [ -e stop ]; do sleep 0.02; done';
    const running = stage.cli('W1', 'with-lock', 'db', '--ttl', '300ms', '--', '/bin/sh', '-c', wait);
    await waitFor(() => existsSync(join(stage.project, 'here')), { describe: 'the command to run' });
    stage.publish(
      { t: 'release', worker: 'W1', resource: 'db', by: 'user' },
      { t: 'acquire', worker: 'W2', resource: 'db' },
    );
    writeFileSync(join(stage.project, 'stop'), '');
    expect(await running).toMatchObject({ code: 5, err: expect.stringContaining('broken by user') as string });
    expect((await status(stage)).locks).toMatchObject([{ holder: 'W2', waiters: [] }]);
  });

  it('are lost in good order where the process that takes one is killed meanwhile: the command is ended, not left stopped', async () => {
    const stage = new Stage();
    const wait = 'echo $$ >here; exec sleep 300';
    const running = stage.cli('W1', 'with-lock', 'db', '--', '/bin/sh', '-c', wait);
    const pid = await waitFor(() => Number(readFileSync(join(stage.project, 'here'), 'utf8')), {
      describe: 'the command to run',
    });
    const taker = new Running(process.execPath, [await bundle('killedTaker'), stage.dir]);
    expect((await taker.ended).signal).toBe('SIGKILL');
    expect(await running).toMatchObject({ code: 5, err: expect.stringContaining('was lost') as string });
    expect(isAlive(pid)).toBe(false);
  });

  it('keep their place in the queue on a lease, and leave it when interrupted', async () => {
    const stage = new Stage();
    await stage.cli('W1', 'acquire', 'db');
    const args = [cliProgram, 'acquire', 'db', '--ttl', '200ms', '--wait'];
    const child = spawn(process.execPath, args, { env: stage.env({ FERMATA_WORKER: 'W2' }), stdio: 'ignore' });
    const queued = (): number | undefined => stage.state().locks.get('db')?.queue[0]?.renewedPos;
    const first = await waitFor(queued, { describe: 'W2 to wait' });
    await waitFor(() => (queued() ?? 0) > first, { describe: 'W2 to renew' });
    child.kill('SIGTERM');
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(143);
    expect(stage.state().locks.get('db')?.queue).toEqual([]);
  });

  it('are granted one after the other to many workers', async () => {
    const stage = new Stage();
    const file = join(stage.project, 'count');
    writeFileSync(file, '0');
    const add = `n=$(cat count); sleep 0.02; echo $((n+1)) >count`;
    const all = await Promise.all(
      [1, 2, 3, 4, 5].map((n) => stage.cli(`W${n}`, 'with-lock', 'count', '--', '/bin/sh', '-c', add)),
    );
    expect(all.map((r) => r.code)).toEqual([0, 0, 0, 0, 0]);
    expect(readFileSync(file, 'utf8').trim()).toBe('5');
  });
});

describe('ballots', () => {
  it('are decided by votes; the decision can be waited for', async () => {
    const stage = new Stage();
    expect((await stage.cli({}, 'ballot', 'ship', '--question', 'Ship?', '--quorum', '2')).code).toBe(0);
    expect((await stage.cli({}, 'ballot', 'ship')).code).toBe(1);
    const waiting = stage.cli('W9', 'tally', 'ship', '--wait', '--json');
    expect((await stage.cli('W1', 'vote', 'proceed', '--ballot', 'ship')).out).toContain('not decided');
    expect((await stage.cli('W2', 'vote', 'proceed', '--ballot', 'ship')).out).toContain('decided: proceed');
    expect(JSON.parse((await waiting).out)).toMatchObject({
      decided: 'proceed',
      votes: { W1: 'proceed', W2: 'proceed' },
    });
    expect((await stage.cli('W3', 'vote', 'abort', '--ballot', 'ship')).code).toBe(1);
    expect((await status(stage)).ballots).toMatchObject([{ id: 'ship', quorum: 2, decided: 'proceed' }]);
  });

  it('abort at their deadline, with an exit code of its own', async () => {
    const stage = new Stage();
    await stage.cli({}, 'ballot', 'ship', '--quorum', '2', '--deadline', '200ms');
    expect(await stage.cli('W1', 'tally', 'ship', '--wait')).toMatchObject({
      code: 1,
      out: expect.stringContaining('deadline') as string,
    });
  });
});

describe('a call with wrong words', () => {
  it.each([
    ['acquire', 'db', '--wait=abc'],
    ['acquire', 'db', '--ttl', 'soon'],
    ['with-lock', 'db', '--wait=abc', '--', 'true'],
    ['checkpoint', 'half', '--wait=some'],
    ['checkpoint', 'half', '--wait', 'all', '--timeout', 'abc'],
    ['inbox', '--wait=abc'],
  ])('publishes nothing: %s %s %s', async (...args) => {
    const stage = new Stage();
    stage.publish({ t: 'tell', to: 'W1', text: 'hello', by: 'user' });
    const before = stage.events();
    expect(await stage.cli('W1', ...args)).toMatchObject({ code: 2 });
    expect(stage.events()).toEqual(before);
  });
});

describe('in a folder that was removed', () => {
  it('everything works as in its parent', async () => {
    const stage = new Stage();
    writeSessionInfo(stage.dir, {
      session: stage.session,
      project: stage.project,
      started: 1,
      host: 'another/1/2',
      pid: 1,
    });
    const run = `mkdir -p gone/deep && cd gone/deep && rm -r ../../gone && "$0" "$1" tell W2 hello && "$0" "$1" with-lock db -- echo run`;
    const env = stage.env({ FERMATA_SESSION_DIR: '' });
    const child = spawn('/bin/sh', ['-c', run, process.execPath, cliProgram], { cwd: stage.project, env });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(0);
    expect(stage.events('tell')).toHaveLength(1);
    expect(out).toBe('run\n');
  });
});

describe('the caller', () => {
  it('finds the newest live session of the project', async () => {
    const stage = new Stage();
    const env = { FERMATA_SESSION_DIR: '' };
    expect((await stage.cli(env, 'status')).code).toBe(3);
    const info = { session: stage.session, project: stage.project, started: 1 };
    writeSessionInfo(stage.dir, {
      ...info,
      pid: process.pid,
      startTime: startTimeOf(process.pid) ?? '',
      host: hostIdentity(),
    });
    expect((await stage.cli(env, 'status')).out).toContain(stage.session);
    writeSessionInfo(stage.dir, { ...info, pid: process.pid, startTime: '1', host: hostIdentity() });
    expect(await stage.cli(env, 'status')).toMatchObject({
      code: 3,
      err: expect.stringContaining('have ended') as string,
    });
    expect((await stage.cli(env, 'status', '--session', stage.session)).code).toBe(0);
    expect((await stage.cli(env, 'status', '--session', '../x')).code).toBe(2);
  });

  it('is refused the person’s commands', async () => {
    const stage = new Stage();
    await stage.cli('W1', 'block', 'no');
    const claude = { CLAUDECODE: '1' };
    expect((await stage.cli(claude, 'release-block', 'B1')).code).toBe(1);
    expect((await stage.cli(claude, 'unblock', 'B1', '--worker', 'user')).code).toBe(1);
    expect((await stage.cli(claude, 'allow')).code).toBe(1);
    expect((await status(stage)).blocks[0]?.standing).toBe(true);
    expect((await stage.cli({}, 'release-block', 'all')).out).toBe('B1 released\n');
    expect((await stage.cli({}, 'release-block', 'all')).code).toBe(1);
  });

  it('as Conductor may resolve blocks of its Stop, nothing else', async () => {
    const stage = new Stage();
    await stage.cli('W1', 'fail', 'broken', '--critical');
    await stage.cli('W1', 'block', 'no');
    const claude = { CLAUDECODE: '1' };
    expect((await stage.cli(claude, 'resolve', 'B1', 'repaired')).code).toBe(0);
    expect((await stage.cli(claude, 'resolve', 'B2', 'repaired')).code).toBe(1);
    expect(stage.state().blocks.get('B1')?.ended).toMatchObject({ how: 'resolve', by: 'conductor', word: 'repaired' });
  });
});

describe('reading the log', () => {
  it('replays a prefix and counts damage', async () => {
    const stage = new Stage();
    await stage.cli('W1', 'block', 'no');
    await stage.cli('W1', 'unblock');
    writeFileSync(join(stage.dir, 'events.jsonl'), '{"t":"progr\n', { flag: 'a' });
    expect((await status(stage)).damaged).toBe(1);
    expect((await status(stage, '--at', '3')).blocks[0]?.standing).toBe(true);
    expect((await status(stage, '--at', '2')).blocks).toEqual([]);
    expect((await stage.cli({}, 'log')).out).toContain('blocks at PreToolUse: no');
    expect((await stage.cli({}, 'sessions', '--json')).out).toContain(stage.session);
    const [id, state] = (await stage.cli({}, 'sessions')).out.split(/ +/);
    expect(id).toBe(stage.session);
    expect(['live', 'ended', 'unknown']).toContain(state);
  });

  it('follows the Conductor’s calls', async () => {
    const stage = new Stage();
    const child = spawn(process.execPath, [cliProgram, 'watch', '--tool', 'Read|Grep', '--agent', 'a*', '--follow'], {
      env: stage.env({ FERMATA_WORKER: 'W1' }),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    await waitFor(() => stage.state().watches.get('W1')?.tool === 'Read|Grep', { describe: 'the watch' });
    expect(armed(stage, 'PreToolUse')).toBe(true);
    const read = { t: 'tool', tool: 'Read', summary: 'a.csv', agent: 'a1' } as const;
    stage.publish({ ...read, tool: 'Bash' }, { ...read, agent: undefined }, { ...read, agent: 'b1' }, read);
    await waitFor(() => out.includes('\n'), { describe: 'a call' });
    expect(JSON.parse(out)).toMatchObject(read);
    stage.publish({ t: 'end' });
    expect(await new Promise((resolve) => child.on('exit', resolve))).toBe(0);
  });
});

describe('rules', () => {
  it('are shown and approved, and the approval is for that text', async () => {
    const stage = new Stage();
    const dir = join(stage.project, '.fermata');
    mkdirSync(dir);
    const rules = [
      { name: 'a', prompt: 'go', workers: [{ run: ['echo', 'a b'] }] },
      { name: 'b', prompt: '(', workers: [{ run: ['x'] }] },
    ];
    writeFileSync(join(dir, 'rules.json'), JSON.stringify({ version: 1, rules }));
    const result = await stage.cli({}, 'allow', '--project', stage.project);
    expect(result).toMatchObject({ code: 0, err: expect.stringContaining('b cannot work') as string });
    expect(result.out).toContain('  a: echo "a b"\n');
    expect((await stage.cli({}, 'allow')).out).toContain('approved already');
    const tried = await stage.cli({ CLAUDECODE: '1' }, 'allow', '--try', 'let it go');
    expect(tried).toMatchObject({ code: 0, err: '' });
    expect(tried.out).toContain('"let it go" meets 1 rule and would start 1 worker. Nothing was started.');
    expect((await stage.cli({}, 'allow', '--revoke')).code).toBe(0);
    expect(JSON.parse(readFileSync(join(stage.home, 'approved.json'), 'utf8'))).toEqual({ version: 1, projects: {} });
  });
});

describe('spawn', () => {
  it('starts a worker beside Claude, and another one when the first has succeeded', async () => {
    const stage = new Stage();
    stage.install();
    const claude = { CLAUDECODE: '1' };
    const first = await stage.cli(
      claude,
      'spawn',
      '--task',
      'First',
      '--',
      'sh',
      '-c',
      'while ! [ -e go ]; do sleep 0.05; done',
    );
    expect(first).toMatchObject({ code: 0, out: 'W1\n', err: '' });
    const second = await stage.cli('W1', 'spawn', '--after', 'W1', '--critical', '--json', '--', 'touch', 'second');
    expect(JSON.parse(second.out)).toEqual({ ok: true, worker: 'W2', run: 'R2', waits: 'W1 has ended well' });
    await waitFor(() => stage.state().workers.get('W1')?.state === 'running', { describe: 'W1 to run' });
    expect(stage.state().workers.get('W2')).toMatchObject({ state: 'planned', parent: 'W1', critical: true });
    writeFileSync(join(stage.project, 'go'), '');
    await waitFor(() => stage.state().workers.get('W2')?.state === 'done', { describe: 'W2 to be done' });
    expect(existsSync(join(stage.project, 'second'))).toBe(true);
    expect(stage.state().workers.get('W1')).toMatchObject({ state: 'done', task: 'First' });
  });

  it('refuses impossible workers', async () => {
    const stage = new Stage();
    expect((await stage.cli({}, 'spawn', 'npm', 'test')).err).toContain('the command stands after "--"');
    expect((await stage.cli({}, 'spawn', '--after', 'W7', '--', 'true')).err).toContain('there is no such worker');
    expect((await stage.cli({}, 'spawn', '--retries', '11', '--', 'true')).code).toBe(2);
    expect(stage.state().workers.size).toBe(0);
  });
});

describe('start', () => {
  const ask = (stage: Stage): unknown => stage.plan({ workers: [{ run: ['touch', 'ran'] }] }, 'go', { ask: true });

  it('lets planned workers start that wait for the person', async () => {
    const stage = new Stage();
    stage.install();
    ask(stage);
    expect((await stage.cli({ CLAUDECODE: '1' }, 'start', 'R1')).code).toBe(1);
    expect((await status(stage)).workers[0]).toMatchObject({ state: 'planned', waitingFor: 'your word' });
    expect(await stage.cli({}, 'start', 'R1')).toMatchObject({ code: 0, out: 'started R1: W1\n' });
    await waitFor(() => stage.state().workers.get('W1')?.state === 'done', { describe: 'W1 to be done' });
    expect((await stage.cli({}, 'start', 'R1')).code).toBe(1);
  });

  it('refuses them', async () => {
    const stage = new Stage();
    stage.install();
    ask(stage);
    expect((await stage.cli({}, 'start', 'R1', '--refuse', '--word', 'do it yourself')).code).toBe(0);
    expect(stage.state().workers.get('W1')?.state).toBe('aborted');
    expect([...stage.state().notes.values()][0]?.text).toContain('and said: do it yourself');
    expect(existsSync(join(stage.project, 'ran'))).toBe(false);
  });
});

describe('installing', () => {
  it('puts the programs in place, with a command that knows its home, and takes the hooks out again', async () => {
    const stage = new Stage();
    const home = join(stage.root, 'elsewhere');
    const env = { FERMATA_HOME: home };
    const where = ['--scope', 'local', '--project', stage.project];
    const result = await stage.cli(env, 'install', ...where, '--no-permissions', '--json');
    expect(result).toMatchObject({ code: 0, err: '' });
    const settings = join(stage.project, '.claude', 'settings.local.json');
    expect(readFileSync(settings, 'utf8')).toContain(join(home, 'hooks', 'gate.sh'));
    const installed = join(home, 'lib', 'fermata.cjs');
    const sessions = await stage.run(installed, { FERMATA_HOME: '' }, 'sessions', '--json');
    expect(sessions).toMatchObject({ code: 0, out: '[]\n' });
    expect((await stage.run(installed, env, 'install', ...where, '--no-permissions')).out).toContain('already');
    expect((await stage.cli(env, 'uninstall', ...where)).code).toBe(0);
    expect(existsSync(settings)).toBe(false);
    expect((await stage.cli(env, 'install', '--scope', 'everywhere')).code).toBe(2);
  });
});
