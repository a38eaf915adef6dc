import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { isAlive } from '#core/base/processes.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { publish } from '#core/session/publish.ts';
import { runnerState } from '#core/workers/claim.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import { cliProgram, runnerProgram, Stage } from '#test/lib/fermata.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

const worker = (stage: Stage, id: string): Worker => {
  const found = stage.state().workers.get(id);
  if (found === undefined) throw new Error(`no worker ${id}`);
  return found;
};
const state = (stage: Stage, id: string, expected: string): Promise<Worker> =>
  waitFor(() => (worker(stage, id).state === expected ? worker(stage, id) : undefined), {
    describe: `${id} to be ${expected}`,
  });
const shell = (text: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  run: { shell: text },
  ...more,
});
const runnerOf = (stage: Stage, id: string): { pid: number } =>
  JSON.parse(readFileSync(join(stage.dir, 'workers', id, 'run', 'runner.json'), 'utf8')) as { pid: number };
/** The state as it was when the log had its first event of that kind, and no further one. */
function stateAtFirst(stage: Stage, type: string): SessionState {
  const found = emptyState();
  let isOver = false;
  new LineReader().push(readFileSync(sessionPaths(stage.dir).log), (line) => {
    if (!isOver) reduce(found, line);
    isOver ||= 'value' in line && (line.value as { t?: string }).t === type;
  });
  return found;
}
const holders = (stage: Stage): string[] =>
  [...stage.state().locks.values()].flatMap((lock) => lock.holders.map((h) => h.worker));
const errorsOf = ({ home }: Stage): string => {
  const { logs } = homePaths(home);
  return existsSync(logs)
    ? readdirSync(logs)
        .map((name) => readFileSync(join(logs, name), 'utf8'))
        .join('')
    : '';
};
const number = (file: string): Promise<number> =>
  waitFor(() => (existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : undefined), { describe: file });

describe('an abort', () => {
  it('ends a command of which the log knows nothing, since its runner was killed as it had started it', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('sleep 60')] });
    const env = { ...stage.env(), FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: stage.dir };
    const left = spawn('sleep', ['60'], { env, detached: true, stdio: 'ignore' });
    const ended = new Promise((resolve) => left.once('exit', (_code, signal) => resolve(signal)));
    const claim = join(stage.dir, 'workers', 'W1', 'run');
    mkdirSync(claim, { recursive: true });
    const gone = { pid: left.pid, host: hostIdentity(), startTime: '1' };
    writeFileSync(join(claim, 'runner.json'), JSON.stringify(gone));
    expect(await stage.cli({}, 'abort', 'W1')).toMatchObject({ code: 0, out: expect.stringContaining('aborted') });
    expect(await ended).toBe('SIGTERM');
  });
});

describe('a runner', () => {
  it('runs a command in its folder, keeps its output, and reports how it ended', async () => {
    const stage = new Stage();
    const text = 'pwd; echo "$FERMATA_WORKER $FERMATA_OUT"; echo oops >&2; printenv CLAUDECODE; exit 3';
    stage.plan({ workers: [shell(text, { task: 'look' })] });
    expect(stage.start()).toEqual(['W1']);
    const ended = await state(stage, 'W1', 'failed');
    expect(ended).toMatchObject({ task: 'look', cwd: stage.project, problem: 'exit code 3' });
    expect(ended.pid).toBeGreaterThan(1);
    const out = join(stage.dir, 'workers', 'W1');
    expect(readFileSync(join(out, 'stdout.log'), 'utf8')).toBe(`${stage.project}\nW1 ${join(out, 'out')}\n`);
    expect(readFileSync(join(out, 'stderr.log'), 'utf8')).toBe('oops\n');
  });

  it('goes on with its worker where no more output can be written', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('head -c 300000 /dev/zero | tr "\\0" x; sleep 0.3; echo the end; exit 3')] });
    // the limit stands for a full disk: the runner's own files are far below it
    const limited = 'ulimit -f 64 && exec "$@"';
    const ran = spawn('sh', ['-c', limited, 'sh', process.execPath, runnerProgram, stage.dir, 'W1'], {
      env: stage.env(),
      stdio: 'ignore',
    });
    const code = new Promise((resolve) => ran.once('exit', resolve));
    expect(await state(stage, 'W1', 'failed')).toMatchObject({ problem: 'exit code 3' });
    expect(await code).toBe(0);
    const kept = readFileSync(join(stage.dir, 'workers', 'W1', 'stdout.log'), 'utf8');
    expect(kept).toMatch(/^x{30000,}$/);
  });

  describe.skipIf(spawnSync('prlimit', ['--version']).status !== 0)('whose log cannot be written for a time', () => {
    /** Starts a runner that can write no file as long as the log is; `letWrite` ends that. */
    async function limitedRunner(stage: Stage) {
      for (let n = 0; n < 100; n++)
        publish(stage.dir, Date.now(), { t: 'log', level: 'info', message: 'x'.repeat(2000) });
      const args = ['-c', 'ulimit -S -f 64 && exec "$@"', 'sh', process.execPath, runnerProgram, stage.dir, 'W1'];
      const ran = spawn('sh', args, { env: stage.env(), stdio: 'ignore' });
      const ended = new Promise((resolve) => ran.once('exit', resolve));
      const pidFile = join(stage.dir, 'pid');
      const pid = await number(pidFile);
      await waitFor(() => errorsOf(stage).includes('W1: Error: EFBIG'), { describe: 'the first attempt' });
      return {
        pid,
        ended,
        letWrite: () => spawnSync('prlimit', ['--pid', String(ran.pid), '--fsize=unlimited']),
      };
    }

    it('reports the end of its worker once it can', async () => {
      const stage = new Stage();
      stage.plan({ workers: [shell(`echo $$ >"${join(stage.dir, 'pid')}"; exit 3`)] });
      const { ended, letWrite } = await limitedRunner(stage);
      letWrite();
      expect(await ended).toBe(0);
      expect(stage.state().workers.get('W1')).toMatchObject({ state: 'failed', problem: 'exit code 3' });
      expect(stage.events('spawn').filter(({ pid }) => pid !== undefined)).toHaveLength(1);
    });

    it('ends its worker all the same when that is aborted', async () => {
      const stage = new Stage();
      stage.plan({ workers: [shell(`echo $$ >"${join(stage.dir, 'pid')}"; exec sleep 600`)] });
      const { pid, ended, letWrite } = await limitedRunner(stage);
      publish(stage.dir, Date.now(), { t: 'abort', worker: 'W1', by: 'user' });
      await waitFor(() => isAlive(pid) === false, { describe: 'the command to end' });
      letWrite();
      expect(await ended).toBe(0);
      expect(stage.state().workers.get('W1')).toMatchObject({ state: 'aborted' });
    });
  });

  it('reports why a command cannot be started', async () => {
    const stage = new Stage();
    stage.plan({ workers: [{ run: ['no-such-command', 'x'] }] });
    stage.start();
    const ended = await state(stage, 'W1', 'failed');
    expect(ended.problem).toContain('cannot start: no-such-command: ENOENT');
    expect(stage.events('exit')).toMatchObject([{ code: 127 }]);
    expect(stage.events('spawn')[0]).not.toHaveProperty('pid');
  });

  it('starts what comes after it, in order', async () => {
    const stage = new Stage();
    const workers = [
      { name: 'first', ...shell('echo 1 >>order') },
      { name: 'second', ...shell('echo 2 >>order', { after: ['first'] }) },
      shell('echo 3 >>order', { after: ['second'] }),
    ];
    stage.plan({ workers });
    expect(stage.start()).toEqual(['W1']);
    await state(stage, 'W3', 'done');
    expect(readFileSync(join(stage.project, 'order'), 'utf8')).toBe('1\n2\n3\n');
  });

  it('never starts a worker whose prerequisite failed', async () => {
    const stage = new Stage();
    stage.plan({ workers: [{ name: 'first', ...shell('exit 1') }, shell('touch ran', { after: ['first'] })] });
    stage.start();
    await state(stage, 'W2', 'failed');
    expect(existsSync(join(stage.project, 'ran'))).toBe(false);
  });

  it('runs no more at once than maxParallel allows', async () => {
    const stage = new Stage({ 'workers.maxParallel': 2 });
    // the first two wait for each other, so that two do run at once however slowly they start
    const first = (own: string, other: string) =>
      `touch ${own}; until [ -e ${other} ]; do sleep 0.05; done; sleep 0.15`;
    const texts = [first('one', 'two'), first('two', 'one'), 'sleep 0.15', 'sleep 0.15', 'sleep 0.15'];
    stage.plan({ workers: texts.map((text) => shell(text)) });
    expect(stage.start(2)).toEqual(['W1', 'W2']);
    await state(stage, 'W5', 'done');
    await waitFor(() => [...stage.state().workers.values()].every((w) => w.state === 'done'), {
      describe: 'all to be done',
    });
    let running = 0;
    let maxRunning = 0;
    for (const event of stage.events()) {
      if (event['t'] === 'spawn') maxRunning = Math.max(maxRunning, ++running);
      if (event['t'] === 'exit') running--;
    }
    expect(maxRunning).toBe(2);
  });

  it('wins against others: each worker runs once', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('echo ran >>times')] });
    await Promise.all([1, 2, 3, 4].map(() => stage.run(runnerProgram, {}, stage.dir, 'W1')));
    expect(worker(stage, 'W1').state).toBe('done');
    expect(stage.events('spawn')).toHaveLength(1);
    expect(readFileSync(join(stage.project, 'times'), 'utf8')).toBe('ran\n');
  });

  it('does not run a plan that was changed, and reports it', async () => {
    const stage = new Stage();
    const plan = stage.plan({ workers: [shell('touch ran')] });
    const file = join(stage.dir, 'runs', String(plan['run']), 'plan.json');
    chmodSync(file, 0o644);
    writeFileSync(file, readFileSync(file, 'utf8').replace('touch ran', 'touch hacked'));
    stage.start();
    await state(stage, 'W1', 'failed');
    expect(existsSync(join(stage.project, 'hacked')) || existsSync(join(stage.project, 'ran'))).toBe(false);
    expect([...stage.state().blocks.values()]).toMatchObject([
      { event: 'Stop', text: expect.stringContaining('changed') as string },
    ]);
  });

  it('arms lines that were appended by echo', async () => {
    const stage = new Stage();
    stage.plan({
      workers: [
        shell(
          `echo '{"t":"hook","worker":"W9","event":"PreToolUse","exit":2,"stderr":"wait"}' >>"$FERMATA_SESSION_DIR/events.jsonl"; while ! [ -e stop ]; do sleep 0.05; done`,
        ),
      ],
    });
    const armed = join(stage.dir, 'armed', 'PreToolUse');
    stage.start();
    await waitFor(() => existsSync(armed), { describe: 'PreToolUse to be armed' });
    writeFileSync(join(stage.project, 'stop'), '');
    await state(stage, 'W1', 'done');
  });
});

describe('what a rule allows a worker', () => {
  it('tries again after a failure, each attempt in view, and keeps its resources between attempts', async () => {
    const stage = new Stage();
    const text = 'echo x >>tries; [ $(wc -l <tries) -ge 3 ] || { echo "not yet" >&2; exit 7; }';
    stage.plan({ workers: [shell(text, { retries: 3, resources: ['db'] })] });
    stage.start();
    const ended = await state(stage, 'W1', 'done');
    const pause = stateAtFirst(stage, 'exit');
    expect(pause.workers.get('W1')).toMatchObject({
      state: 'starting',
      problem: expect.stringMatching(/^attempt 1: exit code 7; again in 1 s/) as string,
    });
    expect(pause.locks.get('db')?.holders.map((h) => h.worker)).toEqual(['W1']);
    expect(ended).toMatchObject({ attempt: 3 });
    expect(ended.problem).toBeUndefined();
    expect(stage.events('exit')).toMatchObject([
      { code: 7, attempt: 1, retryMs: 1000, stderr: 'not yet' },
      { code: 7, attempt: 2, retryMs: 2000 },
      { code: 0, attempt: 3 },
    ]);
    expect(holders(stage)).toEqual([]);
  });

  it('is aborted while it waits for its next attempt', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('exit 1', { retries: 10 })] });
    stage.start();
    await waitFor(() => worker(stage, 'W1').state === 'starting', { describe: 'a pause' });
    expect((await stage.cli({}, 'abort', 'W1')).code).toBe(0);
    const { pid } = runnerOf(stage, 'W1');
    await waitFor(() => isAlive(pid) === false, { describe: 'the runner to end' });
    expect(worker(stage, 'W1').state).toBe('aborted');
  });

  it('ends it when its time is up', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell("trap '' TERM; echo $$ >pid; while :; do sleep 0.05; done", { timeout: '4s' })] });
    stage.start();
    const ended = await state(stage, 'W1', 'failed');
    expect(ended.problem).toBe('timed out after 4 s');
    expect(isAlive(await number(join(stage.project, 'pid')))).toBe(false);
  });

  it('starts a worker only with its resources, one after the other', async () => {
    const stage = new Stage();
    // whoever is first waits until the other one has asked
    const text = 'echo "+" >>load; until [ -e go ]; do sleep 0.05; done; echo "-" >>load';
    const both = ['b', 'a'];
    stage.plan({ workers: [shell(text, { resources: both }), shell(text, { resources: both.toReversed() })] });
    stage.start();
    await waitFor(() => stage.state().locks.get('a')?.queue.length === 1, { describe: 'one to wait for the other' });
    writeFileSync(join(stage.project, 'go'), '');
    await state(stage, 'W1', 'done');
    await state(stage, 'W2', 'done');
    expect(readFileSync(join(stage.project, 'load'), 'utf8')).toBe('+\n-\n+\n-\n');
    expect(holders(stage)).toEqual([]);
  });

  it('never starts one that is aborted while it waits for a resource', async () => {
    const stage = new Stage();
    stage.publish({ t: 'acquire', worker: 'W9', resource: 'db', id: 'a' });
    stage.plan({ workers: [shell('touch ran', { resources: ['db'] })] });
    stage.start();
    await waitFor(() => stage.state().locks.get('db')?.queue.length === 1, { describe: 'W1 to wait' });
    expect((await stage.cli({}, 'abort', 'W1')).code).toBe(0);
    stage.publish({ t: 'release', worker: 'W9', resource: 'db' });
    await waitFor(() => isAlive(runnerOf(stage, 'W1').pid) === false, { describe: 'the runner to end' });
    expect(existsSync(join(stage.project, 'ran'))).toBe(false);
  });

  it('opens its ballot', () => {
    const stage = new Stage();
    stage.plan({ ballot: { name: 'ship', question: 'Ship?', quorum: 2 }, workers: [shell('true'), shell('true')] });
    expect(stage.state().ballots.get('ship')).toMatchObject({ opened: true, voters: ['W1', 'W2'], quorum: 2 });
  });

  it('escalates a critical failure with the last lines of its standard error', async () => {
    const stage = new Stage();
    stage.plan({
      workers: [shell('for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo "line $i" >&2; done; exit 2', { critical: true })],
    });
    stage.start();
    await state(stage, 'W1', 'failed');
    const [block] = stage.state().blocks.values();
    expect(block?.event).toBe('Stop');
    expect(block?.text).toContain('CRITICAL: W1 failed: exit code 2');
    expect(block?.text).toContain('line 3\nline 4');
    expect(block?.text).not.toContain('line 2\n');
    expect(block?.text).toMatch(/line 12$/);
  });

  it('keeps head and tail of what it prints, and no more', async () => {
    const stage = new Stage({ 'workers.logMegabytes': 1 });
    stage.plan({ workers: [shell('echo first; head -c 30000000 /dev/zero | tr "\\0" "x" | fold -w 99; echo last')] });
    stage.start();
    await state(stage, 'W1', 'done');
    const { size } = statSync(join(stage.dir, 'workers', 'W1', 'stdout.log'));
    expect(size).toBeLessThanOrEqual(1 << 19);
    expect(size).toBeGreaterThan(1 << 18);
    const text = readFileSync(join(stage.dir, 'workers', 'W1', 'stdout.log'), 'utf8');
    expect(text).toMatch(/^first\n/);
    expect(text).toMatch(/last\n$/);
    const omittedBytes = Number(/\[… +(\d+) bytes left out …\]/.exec(text)?.[1]);
    expect(omittedBytes + size).toBeGreaterThan(30_000_000);
  });
});

describe('a worker whose runner was killed', () => {
  /** Whoever reads the log starts another runner. A killed one that nobody has waited for yet may still seem to live, by its last sign. */
  const anotherRunner = (stage: Stage, first: number): Promise<ReturnType<typeof runnerOf>> =>
    waitFor(
      () => {
        stage.start();
        const runner = runnerOf(stage, 'W1');
        return runner.pid === first ? undefined : runner;
      },
      { describe: 'another runner', timeoutMs: 100_000, intervalMs: 200 },
    );

  it('runs on, prints on, and is taken over by another runner', async () => {
    const stage = new Stage();
    const text =
      'i=0; while ! [ -e stop ]; do i=$((i+1)); echo "$i and so on, until the pipe must be full by now"; done; echo end';
    stage.plan({ workers: [shell(text, { resources: ['db'] })] });
    stage.start();
    await state(stage, 'W1', 'running');
    const first = runnerOf(stage, 'W1');
    process.kill(first.pid, 'SIGKILL');
    await waitFor(() => isAlive(first.pid) === false, { describe: 'the runner to be gone' });
    expect(stage.start()).toEqual([]);
    const second = await anotherRunner(stage, first.pid);
    expect(isAlive(second.pid)).toBe(true);
    writeFileSync(join(stage.project, 'stop'), '');
    await state(stage, 'W1', 'lost');
    expect(readFileSync(join(stage.dir, 'workers', 'W1', 'stdout.log'), 'utf8')).toMatch(/end\n$/);
    expect(existsSync(join(stage.dir, 'workers', 'W1', 'stdout.pipe'))).toBe(false);
    expect(stage.events('spawn')).toHaveLength(1);
    expect(holders(stage)).toEqual([]);
  });

  it('is done if it published that itself', async () => {
    const stage = new Stage();
    const program = `'${process.execPath}' '${cliProgram}'`;
    stage.plan({ workers: [shell(`while ! [ -e stop ]; do sleep 0.05; done; ${program} done --result fine`)] });
    stage.start();
    await state(stage, 'W1', 'running');
    const first = runnerOf(stage, 'W1').pid;
    process.kill(first, 'SIGKILL');
    await waitFor(() => isAlive(first) === false, { describe: 'the runner to be gone' });
    await anotherRunner(stage, first);
    writeFileSync(join(stage.project, 'stop'), '');
    expect(await state(stage, 'W1', 'done')).toMatchObject({ lastMessage: 'fine' });
  });

  it('has ended before the next runner came, which reports it', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('while ! [ -e stop ]; do sleep 0.05; done')] });
    stage.start();
    const { pid } = await state(stage, 'W1', 'running');
    const first = runnerOf(stage, 'W1').pid;
    process.kill(first, 'SIGKILL');
    writeFileSync(join(stage.project, 'stop'), '');
    await waitFor(() => isAlive(first) === false && isAlive(pid ?? 0) === false, { describe: 'both to be gone' });
    const reported = async (): Promise<boolean> => {
      await stage.run(runnerProgram, {}, stage.dir, 'W1');
      return worker(stage, 'W1').state === 'lost';
    };
    await waitFor(reported, { describe: 'W1 to be lost', timeoutMs: 100_000 });
  });

  it('is aborted by the one that took over', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('exec sleep 60')] });
    stage.start();
    const { pid } = await state(stage, 'W1', 'running');
    const first = runnerOf(stage, 'W1').pid;
    process.kill(first, 'SIGKILL');
    await waitFor(() => isAlive(first) === false, { describe: 'the runner to be gone' });
    await anotherRunner(stage, first);
    expect((await stage.cli({}, 'abort', 'W1')).code).toBe(0);
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(worker(stage, 'W1').state).toBe('aborted');
  });

  it('is found by its environment where the runner was killed before it could record the pid', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('exec sleep 60'), shell('while ! [ -e stop ]; do sleep 0.05; done')] });
    // the files of a runner that was killed between starting the worker and publishing it
    const claim = join(stage.dir, 'workers', 'W1', 'run');
    mkdirSync(claim);
    writeFileSync(join(claim, 'runner.json'), JSON.stringify({ pid: 999_999, host: hostIdentity() }));
    utimesSync(claim, new Date(0), new Date(0));
    const env = stage.env({ FERMATA_WORKER: 'W1' });
    const child = spawn('sleep', ['60'], { env, detached: true, stdio: 'ignore' });
    stage.start();
    expect((await state(stage, 'W1', 'running')).pid).toBe(child.pid);
    expect((await stage.cli({}, 'abort', 'W1')).code).toBe(0);
    expect(isAlive(child.pid ?? 0)).toBe(false);
    writeFileSync(join(stage.project, 'stop'), '');
    await state(stage, 'W2', 'done');
  });
});

describe('aborting a worker', () => {
  // a child that ignores TERM and one that left the group; each writes its pid into a file
  const stubborn = `trap '' TERM; (trap '' TERM; while :; do sleep 0.1; done) & echo $! >child; setsid sh -c 'trap "" TERM; echo $$ >stray; while :; do sleep 0.1; done' & while :; do sleep 0.1; done`;

  it('ends it with everything it started, and only then reports it', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell(stubborn)] });
    stage.start();
    const child = await number(join(stage.project, 'child'));
    const stray = await number(join(stage.project, 'stray'));
    const result = await stage.cli({}, 'abort', 'W1');
    expect(result).toMatchObject({ code: 0, out: 'W1 is aborted\n' });
    expect([child, stray].map((pid) => isAlive(pid))).toEqual([false, false]);
    expect(worker(stage, 'W1')).toMatchObject({ state: 'aborted', problem: 'aborted by user' });
  });

  it('consumes a flag and the abort of the session', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('exec sleep 60'), shell('exec sleep 60')] });
    stage.start();
    await state(stage, 'W1', 'running');
    await state(stage, 'W2', 'running');
    writeFileSync(join(stage.dir, 'flags', 'abort-W1'), '');
    await state(stage, 'W1', 'aborted');
    // whoever has published it removes it afterwards
    await waitFor(() => !existsSync(join(stage.dir, 'flags', 'abort-W1')), { describe: 'the flag to be removed' });
    expect(worker(stage, 'W2').state).toBe('running');
    expect((await stage.cli({}, 'abort', 'session')).code).toBe(0);
    await state(stage, 'W2', 'aborted');
  });

  it('does it itself where the runner was killed', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell(stubborn)] });
    stage.start();
    const stray = await number(join(stage.project, 'stray'));
    const { pid } = await state(stage, 'W1', 'running');
    const runner = JSON.parse(readFileSync(join(stage.dir, 'workers', 'W1', 'run', 'runner.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(runner.pid, 'SIGKILL');
    const isGone = (): boolean => runnerState(stage.dir, 'W1', Date.now()) === 'gone';
    await waitFor(isGone, { describe: 'the runner to be gone' });
    expect(isAlive(pid ?? 0)).toBe(true);
    expect((await stage.cli({}, 'abort', 'W1')).code).toBe(0);
    expect([isAlive(pid ?? 0), isAlive(stray)]).toEqual([false, false]);
    expect(worker(stage, 'W1').state).toBe('aborted');
  });

  it('ends what the worker has left as well, where it was aborted after its end and before that was recorded', async () => {
    const stage = new Stage();
    // as long as something writes, the runner waits for the rest of the output, for a second at most
    const script = `(trap '' TERM; while :; do echo .; sleep 0.02; done) & echo $! >child; wait`;
    stage.plan({ workers: [shell(script)] });
    stage.start();
    const child = await number(join(stage.project, 'child'));
    const { pid = 0 } = await state(stage, 'W1', 'running');
    const runner = runnerOf(stage, 'W1');
    process.kill(pid, 'SIGKILL');
    // a zombie is there until the runner has seen its end
    await waitFor(() => !existsSync(`/proc/${pid}`), { describe: 'the runner to see the end', intervalMs: 2 });
    process.kill(runner.pid, 'SIGSTOP');
    try {
      stage.publish({ t: 'abort', worker: 'W1', by: 'user' });
    } finally {
      process.kill(runner.pid, 'SIGCONT');
    }
    await waitFor(() => runnerState(stage.dir, 'W1', Date.now()) === 'gone', { describe: 'the runner to end' });
    // on a machine that is too busy the end was recorded first
    const { state: how } = worker(stage, 'W1');
    expect(['aborted', 'failed']).toContain(how);
    expect(isAlive(child)).toBe(how === 'failed');
    if (how === 'failed') process.kill(child, 'SIGKILL');
  });

  it('ends what runs although it was aborted before the log had it, where its runner was killed before it could', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('exec sleep 60')] });
    // the files of a runner that was killed between starting the worker and publishing it
    const claim = join(stage.dir, 'workers', 'W1', 'run');
    mkdirSync(claim);
    writeFileSync(join(claim, 'runner.json'), JSON.stringify({ pid: 999_999, host: hostIdentity() }));
    writeFileSync(join(claim, 'begun'), '');
    utimesSync(claim, new Date(0), new Date(0));
    stage.publish({ t: 'abort', worker: 'W1', by: 'user' });
    const env = stage.env({ FERMATA_WORKER: 'W1' });
    const child = spawn('sleep', ['60'], { env, detached: true, stdio: 'ignore' });
    // what reads the log now and then; it looks no more once nothing is left
    const isCleared = async (): Promise<boolean> => {
      await stage.cli({}, 'status');
      return !existsSync(join(claim, 'begun'));
    };
    await waitFor(isCleared, { describe: 'a program to see to it', timeoutMs: 100_000 });
    expect(isAlive(child.pid ?? 0)).toBe(false);
    expect(worker(stage, 'W1').state).toBe('aborted');
  });

  it('kills no process that may not be the worker’s', async () => {
    const stage = new Stage();
    stage.publish({ t: 'spawn', worker: 'W1', pid: process.pid });
    expect(await stage.cli({}, 'abort', 'W1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing was killed') as string,
    });
    stage.publish({ t: 'spawn', worker: 'W2', pid: process.pid, startTime: '1' });
    expect((await stage.cli({}, 'abort', 'W2')).code).toBe(0);
  });

  it('is not needed: a worker whose runner and process are gone is lost', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('exec sleep 60'), shell('while ! [ -e stop ]; do sleep 0.05; done')] });
    stage.start();
    const { pid } = await state(stage, 'W1', 'running');
    await state(stage, 'W2', 'running');
    const runner = JSON.parse(readFileSync(join(stage.dir, 'workers', 'W1', 'run', 'runner.json'), 'utf8')) as {
      pid: number;
    };
    process.kill(runner.pid, 'SIGKILL');
    await waitFor(() => isAlive(runner.pid) === false, { describe: 'the runner to be gone' });
    process.kill(pid ?? 0, 'SIGKILL');
    await state(stage, 'W1', 'lost');
    writeFileSync(join(stage.project, 'stop'), '');
    await state(stage, 'W2', 'done');
  });
});
