import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { descendants, signalAll } from '#core/base/processTree.ts';
import { isAlive, thisProcess } from '#core/base/processes.ts';
import { LeaseWatch } from '#core/session/leaseWatch.ts';
import { publishExpiries } from '#core/session/expiries.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { cliProgram, Stage } from '#test/lib/fermata.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// The system's clock is set, the machine sleeps, and who holds a lock is killed: with real processes.

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) {
    const pids = [...descendants(child.pid ?? -1), child.pid ?? -1];
    signalAll(pids, 'SIGKILL');
  }
});
afterAll(removeTempDirs);

/** A program for NODE_OPTIONS that sets the clock by `hours` half a second after the start. */
function clockJump(folder: string, hours: number): string {
  const file = join(folder, `jump${hours}.cjs`);
  const shift = `const real = Date.now, from = real(); Date.now = () => real() + (real() - from > 500 ? ${hours} * 3600e3 : 0);`;
  writeFileSync(file, shift);
  return `--require ${file}`;
}

interface Run {
  child: ChildProcess;
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | string | null>;
  text: () => string;
}

/** Starts `fermata` as that worker, in a session of its own as a shell's job is. */
function run(stage: Stage, worker: string, args: string[], env: Record<string, string> = {}): Run {
  const child = spawn(process.execPath, [cliProgram, ...args], {
    env: stage.env({ FERMATA_WORKER: worker, ...env }),
    cwd: stage.project,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let out = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const ended = new Promise<number | string | null>((resolve) =>
    child.on('exit', (code, signal) => resolve(code ?? signal)),
  );
  return { child, ended, text: () => out };
}

const fileOf = (stage: Stage, name: string): string => join(stage.project, name);
const pidIn = (stage: Stage, name: string): number => Number(readFileSync(fileOf(stage, name), 'utf8'));
const pidOf = async (stage: Stage, name: string): Promise<number> => {
  await waitFor(() => existsSync(fileOf(stage, name)) && pidIn(stage, name) > 0, { describe: `${name} to be there` });
  return pidIn(stage, name);
};

describe.each([-1, 1])('when the clock is set by %s hour', (hours) => {
  test('a hold ends after its time, and its length is right', async () => {
    const stage = new HookStage({ 'hold.seconds': 2 });
    await stage.start();
    stage.publish({
      t: 'hook',
      worker: 'W1',
      event: 'PreToolUse',
      exit: 2,
      stderr: 'not yet',
      match: { tool: 'Read' },
    });
    const from = performance.now();
    // the gate takes NODE_OPTIONS away
    const hook = join(stage.home, 'hooks/hook.cjs');
    const child = spawn(process.execPath, [...clockJump(stage.root, hours).split(' '), hook, 'PreToolUse', '60'], {
      env: stage.env,
      cwd: stage.project,
    });
    child.stdin.end(JSON.stringify(stage.payload('PreToolUse', { tool_name: 'Read', tool_input: { file_path: 'a' } })));
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    await new Promise((resolve) => child.on('close', resolve));
    const ms = performance.now() - from;
    expect(stdout).toContain('deny');
    expect(ms).toBeGreaterThan(1900);
    expect(ms).toBeLessThan(30_000);
    const held = stage.events.findLast((event) => event['t'] === 'held');
    expect(held?.['ms']).toBeGreaterThan(1900);
    expect(held?.['ms']).toBeLessThan(30_000);
  });

  test('a wait ends after its time', async () => {
    const stage = new Stage();
    const from = performance.now();
    const { ended } = run(stage, 'W1', ['wait', 'done:W9', '--timeout', '2s'], {
      NODE_OPTIONS: clockJump(stage.root, hours),
    });
    expect(await ended).toBe(4);
    expect(performance.now() - from).toBeGreaterThan(1900);
  });

  test('a command keeps its lock, also before one who waits for it', async () => {
    const stage = new Stage();
    const env = { NODE_OPTIONS: clockJump(stage.root, hours) };
    const first = run(
      stage,
      'W1',
      ['with-lock', 'db', '--ttl', '3s', '--', 'sh', '-c', 'echo $$ >here; sleep 6; echo first >>order'],
      env,
    );
    await pidOf(stage, 'here');
    const second = run(stage, 'W2', ['with-lock', 'db', '--ttl', '3s', '--', 'sh', '-c', 'echo second >>order'], env);
    expect([await first.ended, await second.ended]).toEqual([0, 0]);
    expect(readFileSync(fileOf(stage, 'order'), 'utf8')).toBe('first\nsecond\n');
  });
});

/** A program for NODE_OPTIONS whose clock is set by `hours` all the time. */
function clockSetBy(folder: string, hours: number): string {
  const file = join(folder, `set${hours}.cjs`);
  writeFileSync(file, `const real = Date.now; Date.now = () => real() + ${hours} * 3600e3;`);
  return `--require ${file}`;
}

describe('when the clock was set back an hour since a lock was taken', () => {
  test('one whose process is gone passes on after its usual time', async () => {
    const stage = new Stage();
    const first = run(stage, 'W1', ['with-lock', 'db', '--ttl', '2s', '--', 'sh', '-c', 'echo $$ >here; sleep 60']);
    await pidOf(stage, 'here');
    first.child.kill('SIGKILL');
    await first.ended;
    const from = performance.now();
    const env = { NODE_OPTIONS: clockSetBy(stage.root, -1) };
    expect(await run(stage, 'W2', ['acquire', 'db', '--wait', '50s'], env).ended).toBe(0);
    // two reports of that clock, two seconds apart
    expect(performance.now() - from).toBeGreaterThan(1900);
    expect(stage.events('expire')).toHaveLength(2);
  });

  test('one whose process lives stays with it', async () => {
    const stage = new Stage();
    const env = { NODE_OPTIONS: clockJump(stage.root, -1) };
    const body = 'echo $$ >here; while ! [ -e stop ]; do sleep 0.05; done';
    const first = run(stage, 'W1', ['with-lock', 'db', '--ttl', '2s', '--', 'sh', '-c', body], env);
    await pidOf(stage, 'here');
    const back = { NODE_OPTIONS: clockSetBy(stage.root, -1) };
    expect(await run(stage, 'W2', ['acquire', 'db', '--wait', '6s'], back).ended).toBe(4);
    writeFileSync(fileOf(stage, 'stop'), '');
    expect(await first.ended).toBe(0);
  });
});

describe.runIf(process.platform === 'linux')('a command that runs with a lock', () => {
  const locked = (stage: Stage, worker: string, body: string, ttl = '600ms'): Run =>
    run(stage, worker, ['with-lock', 'db', '--ttl', ttl, '--', 'sh', '-c', body]);
  const ENTER = 'mkdir inside || echo two >two; echo $$ >command; sleep 60 & echo $! >deep; wait; rmdir inside';

  test('ends, with all that it has started, when with-lock is killed', async () => {
    const stage = new Stage();
    const { child, ended } = locked(stage, 'W1', ENTER);
    const command = await pidOf(stage, 'command');
    const deep = await pidOf(stage, 'deep');
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    await waitFor(() => isAlive(command) === false && isAlive(deep) === false, { describe: 'the command to be ended' });
  });

  test('is stopped and ended before its lease passes on, and with-lock reports it', async () => {
    const stage = new Stage();
    const first = locked(stage, 'W1', ENTER);
    const command = await pidOf(stage, 'command');
    const deep = await pidOf(stage, 'deep');
    first.child.kill('SIGSTOP');
    // a zombie has ended and waits to be collected by with-lock
    const runs = (pid: number): string => `grep -q '^State:.[RSDT]' /proc/${pid}/status 2>/dev/null && echo two >two`;
    const second = locked(stage, 'W2', `${runs(command)}; ${runs(deep)}; :`);
    expect(await second.ended).toBe(0);
    expect(existsSync(fileOf(stage, 'two'))).toBe(false);
    expect(await first.ended).toBe(5);
    await waitFor(() => first.text().includes('db was lost'), { describe: 'its report' });
  });

  test('goes on when with-lock wakes in time to renew its lease', async () => {
    const stage = new Stage();
    const first = locked(stage, 'W1', 'echo $$ >command; while ! [ -e stop ]; do sleep 0.05; done', '3s');
    await pidOf(stage, 'command');
    const second = locked(stage, 'W2', 'echo second >second', '3s');
    const waits = () => stage.state().locks.get('db')?.queue.length === 1;
    await waitFor(waits, { describe: 'W2 to wait' });
    // the machine sleeps: everything is stopped for longer than the lease
    const all = [first.child.pid ?? -1, ...descendants(first.child.pid ?? -1), second.child.pid ?? -1];
    signalAll(all, 'SIGSTOP');
    const { dueTs = 0 } = stage.state().locks.get('db')?.holders[0] ?? {};
    await waitFor(() => Date.now() > dueTs + 500, { describe: 'the lease to be over' });
    signalAll(all.toReversed(), 'SIGCONT');
    await waitFor(() => (stage.state().locks.get('db')?.holders[0]?.dueTs ?? 0) > dueTs, { describe: 'a renewal' });
    writeFileSync(fileOf(stage, 'stop'), '');
    expect([await first.ended, await second.ended]).toEqual([0, 0]);
  });

  test('is not taken for that of a lock because a line of the log names its process', async () => {
    const stage = new Stage();
    mkdirSync(fileOf(stage, 'x'));
    const victim = spawn('sh', ['-c', 'sleep 60 & wait'], { stdio: 'ignore' });
    started.push(victim);
    const pid = victim.pid ?? -1;
    await waitFor(() => descendants(pid).length === 1, { describe: 'its child' });
    const [child = -1] = descendants(pid);
    const line = { ...thisProcess(), pid, startTime: undefined, ends: true };
    stage.publish({ t: 'acquire', worker: 'W1', resource: 'db', id: 'x', ttlMs: 1, ts: Date.now() - 1000, ...line });
    const log = openLog(stage.dir);
    const watch = new LeaseWatch();
    const from = performance.now();
    await waitFor(
      () => {
        publishExpiries(log, Date.now(), watch);
        return performance.now() - from > 3000;
      },
      { describe: 'patience to be over', timeoutMs: 100_000 },
    );
    expect([isAlive(pid), isAlive(child)]).toEqual([true, true]);
    expect(stage.events('expire')).toEqual([]);
  });
});
