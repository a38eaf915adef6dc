import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { isAlive } from '../../src/core/processes.ts';
import { LogTail } from '../../src/core/replay.ts';
import type { Worker } from '../../src/protocol/state.ts';
import { runnerProgram, Stage } from '../lib/fermata.ts';
import { removeTempDirs } from '../lib/tempDir.ts';
import { waitFor } from '../lib/waitFor.ts';

afterAll(removeTempDirs);

const events = (stage: Stage): Record<string, unknown>[] =>
  new LogTail(stage.dir).next().flatMap((line) => ('value' in line ? [line.value as Record<string, unknown>] : []));
const said = (stage: Stage, t: string): Record<string, unknown>[] => events(stage).filter((e) => e['t'] === t);
const worker = (stage: Stage, id: string): Worker => {
  const found = stage.state().workers.get(id);
  if (found === undefined) throw new Error(`no worker ${id}`);
  return found;
};
const state = (stage: Stage, id: string, wanted: string): Promise<Worker> =>
  waitFor(() => (worker(stage, id).state === wanted ? worker(stage, id) : undefined), {
    describe: `${id} to be ${wanted}`,
  });
const shell = (text: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  run: { shell: text },
  ...more,
});
const number = (file: string): Promise<number> =>
  waitFor(() => (existsSync(file) ? Number(readFileSync(file, 'utf8').trim()) : undefined), { describe: file });

describe('a runner', () => {
  it('runs a command where it belongs, keeps its output, and says how it ended', async () => {
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

  it('says why a command cannot be started', async () => {
    const stage = new Stage();
    stage.plan({ workers: [{ run: ['no-such-command', 'x'] }] });
    stage.start();
    const ended = await state(stage, 'W1', 'failed');
    expect(ended.problem).toContain('cannot start: no-such-command: ENOENT');
    expect(said(stage, 'exit')).toMatchObject([{ code: 127 }]);
    expect(said(stage, 'spawn')[0]).not.toHaveProperty('pid');
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
    const text = 'echo "+" >>load; sleep 0.15; echo "-" >>load';
    stage.plan({ workers: Array.from({ length: 5 }, () => shell(text)) });
    expect(stage.start(2)).toEqual(['W1', 'W2']);
    await state(stage, 'W5', 'done');
    await waitFor(() => [...stage.state().workers.values()].every((w) => w.state === 'done'), {
      describe: 'all to be done',
    });
    let running = 0;
    let most = 0;
    for (const event of events(stage)) {
      if (event['t'] === 'spawn') most = Math.max(most, ++running);
      if (event['t'] === 'exit') running--;
    }
    expect(most).toBe(2);
  });

  it('wins against others: each worker runs once', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('echo ran >>times')] });
    await Promise.all([1, 2, 3, 4].map(() => stage.run(runnerProgram, {}, stage.dir, 'W1')));
    expect(worker(stage, 'W1').state).toBe('done');
    expect(said(stage, 'spawn')).toHaveLength(1);
    expect(readFileSync(join(stage.project, 'times'), 'utf8')).toBe('ran\n');
  });

  it('does not run a plan that was changed, and says so', async () => {
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

  it('arms lines that were only echoed', async () => {
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

describe('aborting a worker', () => {
  // a child that ignores TERM, one that left the group, both with their pids in files
  const stubborn = `trap '' TERM; (trap '' TERM; while :; do sleep 0.1; done) & echo $! >child; setsid sh -c 'trap "" TERM; echo $$ >stray; while :; do sleep 0.1; done' & while :; do sleep 0.1; done`;

  it('ends it with everything it started, and only then says so', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell(stubborn)] });
    stage.start();
    const child = await number(join(stage.project, 'child'));
    const stray = await number(join(stage.project, 'stray'));
    const ran = await stage.cli({}, 'abort', 'W1');
    expect(ran).toMatchObject({ code: 0, out: 'W1 is aborted\n' });
    expect([child, stray].map((pid) => isAlive(pid))).toEqual([false, false]);
    expect(worker(stage, 'W1')).toMatchObject({ state: 'aborted', problem: 'aborted by user' });
  });

  it('obeys a flag and the abort of the session', async () => {
    const stage = new Stage();
    stage.plan({ workers: [shell('exec sleep 60'), shell('exec sleep 60')] });
    stage.start();
    await state(stage, 'W1', 'running');
    await state(stage, 'W2', 'running');
    writeFileSync(join(stage.dir, 'flags', 'abort-W1'), '');
    await state(stage, 'W1', 'aborted');
    expect(existsSync(join(stage.dir, 'flags', 'abort-W1'))).toBe(false);
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
    await waitFor(() => isAlive(runner.pid) === false, { describe: 'the runner to be gone' });
    expect(isAlive(pid ?? 0)).toBe(true);
    expect((await stage.cli({}, 'abort', 'W1')).code).toBe(0);
    expect([isAlive(pid ?? 0), isAlive(stray)]).toEqual([false, false]);
    expect(worker(stage, 'W1').state).toBe('aborted');
  });

  it('kills nothing that it cannot tell to be the worker’s', async () => {
    const stage = new Stage();
    stage.say({ t: 'spawn', worker: 'W1', pid: process.pid });
    expect(await stage.cli({}, 'abort', 'W1')).toMatchObject({
      code: 1,
      err: expect.stringContaining('nothing was killed') as string,
    });
    stage.say({ t: 'spawn', worker: 'W2', pid: process.pid, startTime: '1' });
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
