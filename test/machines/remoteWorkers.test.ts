import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { planChanges } from '#core/plans/planFile.ts';
import { homePaths, workerPaths } from '#core/base/paths.ts';
import { isAlive } from '#core/base/processes.ts';
import { runnerPid } from '#core/workers/claim.ts';
import { readSeat } from '#core/session/seat.ts';
import { publish } from '#core/session/publish.ts';
import type { Handover } from '#protocol/fileFormats.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { connectionOf } from '#test/lib/machineProcesses.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { sendSignal } from '#test/lib/sendSignal.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });

describe.skipIf(!hasNatsServer)('a worker on another machine', () => {
  let server: NatsServer;
  let laptop: MachineHome;
  let gpu: MachineHome;

  beforeEach(async () => {
    server = await NatsServer.start();
    gpu = new MachineHome('gpu1', server.url);
    // it knows nothing of the others yet
    writeFileSync(homePaths(gpu.home).settings, '{}');
    mkdirSync(join(gpu.root, 'data'));
    laptop = new MachineHome('laptop', server.url, {
      'machines.start': {
        // as ssh does it: another environment, and a shell in between
        gpu1: { command: ['sh', '-c', gpu.shell('fermata worker --stdin'), 'sh'], cwd: join(gpu.root, 'data') },
        // its word that the worker runs does not come back
        mute: { command: ['sh', '-c', gpu.shell('fermata worker --stdin >/dev/null')], cwd: join(gpu.root, 'data') },
        away: { command: ['sh', '-c', 'echo "ssh: connect to host away port 22: No route to host" >&2; exit 255'] },
        bare: { command: ['sh', '-c', 'echo "sh: 1: fermata: not found" >&2; exit 127'] },
      },
    });
    createLog(laptop.dir, Date.now());
    publish(laptop.dir, Date.now(), { t: 'session', session: laptop.session, cwd: join(laptop.root, 'project') });
  });
  afterEach(async () => {
    await Promise.all([laptop, gpu].map((machine) => machine.stop()));
    await server.kill();
  });
  afterAll(removeTempDirs);

  const stateOf = (worker: string) => laptop.state.workers.get(worker);
  const start = (machine: string, ...command: string[]) =>
    laptop.cli('spawn', '--task', 'Train', '--machine', machine, '--', ...command);
  const ends = (worker: string, state: string) =>
    waitFor(() => stateOf(worker)?.state === state, patient(`${worker} to be ${state}`));
  const pidIn = (name: string) =>
    waitFor(() => Number(readFileSync(join(gpu.root, 'data', name), 'utf8').trim()), patient(`${name} on gpu1`));

  test('runs there, in the folder that is set, and all that it reports is at the seat', async () => {
    expect(readSeat(laptop.dir)).toBeUndefined();
    await start('gpu1', 'sh', '-c', 'pwd; fermata progress 50 "half of it"; fermata done --result "accuracy 0.93"');
    await ends('W1', 'done');
    expect(stateOf('W1')).toMatchObject({ machine: 'gpu1', lastMessage: 'accuracy 0.93' });
    const [exit] = eventsOf(laptop.dir, 'exit');
    expect(exit).toMatchObject({ code: 0, via: expect.stringMatching(/^gpu1\//) });
    expect(readSeat(laptop.dir)).toMatchObject({ seat: 'laptop', machine: 'laptop' });
    expect(readFileSync(workerPaths(gpu.dir, 'W1').stdout, 'utf8')).toBe(`${realpathSync(join(gpu.root, 'data'))}\n`);
    expect((await laptop.cli('status')).out).toMatch(/W1 {2}done {2}Train {2}on gpu1/);
    // what was said about the server is kept there for the next one
    expect(JSON.parse(readFileSync(homePaths(gpu.home).settings, 'utf8'))).toMatchObject({ 'machines.name': 'gpu1' });
  });

  test('is aborted with its processes by the session’s own machine', async () => {
    await start('gpu1', 'sh', '-c', 'sleep 300 & echo $! >pid; wait');
    const pid = await pidIn('pid');
    await waitFor(() => stateOf('W1')?.state === 'running', patient('W1 to run'));
    await laptop.cli('abort', 'W1');
    await ends('W1', 'aborted');
    await waitFor(() => isAlive(pid) === false, patient('its process to end'));
  });

  test('goes on where the connection breaks, and is found again', async () => {
    await start(
      'gpu1',
      'sh',
      '-c',
      'echo $$ >pid; until [ -e go ]; do sleep 0.1; done; fermata done --result "still here"',
    );
    const pid = await pidIn('pid');
    const connection = await waitFor(() => connectionOf(gpu), patient('the connection'));
    process.kill(connection, 'SIGKILL');
    await waitFor(
      () => eventsOf(laptop.dir, 'log').some(({ message }) => /the connection to gpu1 ended/.test(String(message))),
      patient('the remark'),
    );
    expect(isAlive(pid)).toBe(true);
    const again = await waitFor(() => connectionOf(gpu), patient('another connection'));
    expect(again).not.toBe(connection);
    writeFileSync(join(gpu.root, 'data/go'), '');
    await ends('W1', 'done');
    expect(eventsOf(laptop.dir, 'exit')).toHaveLength(1);
    await waitFor(() => connectionOf(gpu) === undefined, patient('the connection to end'));
  });

  test('goes on where the connection breaks before its word has come back', async () => {
    await start('mute', 'sh', '-c', 'echo $$ >pid; until [ -e go ]; do sleep 0.1; done; fermata done');
    await pidIn('pid');
    process.kill(await waitFor(() => connectionOf(gpu), patient('the connection')), 'SIGKILL');
    await waitFor(() => stateOf('W1')?.state === 'running', patient('W1 to be heard'));
    writeFileSync(join(gpu.root, 'data/go'), '');
    await ends('W1', 'done');
    expect(eventsOf(laptop.dir, 'exit')).toHaveLength(1);
  });

  test('is lost where it is killed there with its runner', async () => {
    await start('gpu1', 'sh', '-c', 'echo $$ >pid; exec sleep 300');
    const pid = await pidIn('pid');
    await waitFor(() => stateOf('W1')?.state === 'running', patient('W1 to run'));
    const runner = await waitFor(() => runnerPid(gpu.dir, 'W1'), patient('its runner'));
    for (const one of [runner, pid]) process.kill(one, 'SIGKILL');
    await ends('W1', 'lost');
  });

  test('is given up where its machine is not heard any more', async () => {
    await start('gpu1', 'sh', '-c', 'echo $$ >pid; exec sleep 300');
    const pid = await pidIn('pid');
    await waitFor(() => stateOf('W1')?.state === 'running', patient('W1 to run'));
    await gpu.stop();
    await laptop.cli('abort', 'W1', '--lost');
    expect(stateOf('W1')).toMatchObject({ state: 'lost', problem: 'given up by user: gpu1 was not heard' });
    sendSignal(pid, 'SIGKILL');
  });

  test.each([
    ['away', 'it could not be started on away: ssh: connect to host away port 22: No route to host'],
    ['bare', 'it could not be started on bare: sh: 1: fermata: not found'],
  ])('fails with the words of a command that cannot reach it: %s', async (machine, reason) => {
    await start(machine, 'true');
    await ends('W1', 'failed');
    expect(stateOf('W1')?.problem).toBe(reason);
  });

  test('is refused where no command is set for its machine', async () => {
    const { code, err } = await laptop.run('spawn', '--machine', 'tpu9', '--', 'true');
    expect(code).toBe(1);
    expect(err).toContain('has no machine "tpu9" (it has gpu1, mute, away, bare)');
  });

  test('does not start by a plan that the session has not announced, nor by a line of the log alone', async () => {
    await start('gpu1', 'true');
    await ends('W1', 'done');
    const plan = readFileSync(join(laptop.dir, 'runs/R1/plan.json'), 'utf8');
    const forged = plan.replace('"true"', '"touch"');
    expect(forged).not.toBe(plan);
    const handover: Handover = {
      version: 1,
      session: laptop.session,
      seat: 'laptop',
      machine: 'gpu1',
      space: 't',
      run: 'R1',
      worker: 'W1',
      plan: forged,
    };
    const { code, err } = await handOver(gpu, JSON.stringify(handover));
    expect([code, err]).toEqual([1, expect.stringContaining('not the one that the session has announced')]);
    // a plan that only the log brings, as from a seat that would run something here
    publish(laptop.dir, Date.now(), {
      t: 'plan',
      run: 'R9',
      sha256: 'a'.repeat(64),
      workers: [{ worker: 'W9', machine: 'gpu1' }],
    });
    await gpu.has(laptop);
    // every program that reads the log starts what may start
    await gpu.cli('status');
    expect(existsSync(workerPaths(gpu.dir, 'W9').dir)).toBe(false);
    await laptop.cli('status');
    await ends('W9', 'failed');
    expect(stateOf('W9')?.problem).toContain('W9 was not started: no approved rule');
  });

  test.each([
    ['', 2, 'no worker that this version of Fermata knows'],
    ['{"version":2}', 2, 'no worker that this version of Fermata knows'],
    [
      JSON.stringify({
        version: 1,
        session: 's',
        seat: 'laptop',
        machine: 'gpu1',
        space: 't',
        run: 'R1',
        worker: 'W1',
        plan: '',
      }),
      1,
      'no server is named here',
    ],
  ])('is refused on the machine where what is handed over cannot be: %s', async (input, code, words) => {
    const result = await handOver(gpu, input);
    expect([result.code, result.err]).toEqual([code, expect.stringContaining(words)]);
  });

  describe('that is started there itself', () => {
    const isFirst = (run: string): boolean => laptop.state.runs.has(run);
    const follows = async (role: string): Promise<void> => {
      writeSettings(laptop, role === 'person' ? { 'machines.roles': { gpu1: role } } : {});
      writeSettings(gpu);
      await laptop.cli('share', laptop.session);
      await gpu.follow(laptop);
    };
    const writeSettings = ({ home, name }: MachineHome, more: object = {}): void =>
      writeFileSync(
        homePaths(home).settings,
        JSON.stringify({ 'machines.url': server.url, 'machines.name': name, 'machines.space': 't', ...more }),
      );
    const spawned = async (machine: MachineHome, ...command: string[]) =>
      JSON.parse((await machine.cli('spawn', '--json', ...command)).out) as { worker: string; run: string };

    test('has a name of its own, runs there once, and starts nothing at the seat', async () => {
      await follows('person');
      const [own, there] = await Promise.all([
        spawned(laptop, '--', 'true'),
        spawned(gpu, '--task', 'Train', '--', 'sh', '-c', 'pwd >>ran; echo "$FERMATA_WORKER"'),
      ]);
      expect(own).toMatchObject({ worker: 'W1', run: 'R1' });
      expect(there).toMatchObject({ worker: 'gpu1-W1', run: expect.stringMatching(/^R\d{9}$/) });
      await ends('gpu1-W1', 'done');
      await ends('W1', 'done');
      expect(stateOf('gpu1-W1')).toMatchObject({ machine: 'gpu1', run: there.run, task: 'Train' });
      expect(readFileSync(join(gpu.project, 'ran'), 'utf8')).toBe(`${realpathSync(gpu.project)}\n`);
      expect(isFirst(there.run)).toBe(true);
      // the hook at the end of Claude's turn looks for no plan of another machine
      expect(planChanges(laptop.dir, laptop.state)).toEqual([]);
      expect(eventsOf(laptop.dir, 'exit')).toHaveLength(2);
      expect(await spawned(gpu, '--', 'true')).toMatchObject({ worker: 'gpu1-W2' });
    });

    test('that waits for another one is started by the bridge there', async () => {
      await follows('person');
      laptop.publish({ t: 'spawn', worker: 'W5', pid: process.pid });
      await gpu.has(laptop);
      await spawned(gpu, '--after', 'done:W5', '--', 'true');
      laptop.publish({ t: 'done', worker: 'W5' }, { t: 'exit', worker: 'W5', code: 0 });
      await ends('gpu1-W1', 'done');
    });

    test('ends with the session that a person aborts, and the seat takes that', async () => {
      await follows('person');
      await spawned(gpu, '--', 'sleep', '300');
      await waitFor(() => stateOf('gpu1-W1')?.state === 'running', patient('gpu1-W1 to run'));
      writeSettings(laptop);
      await laptop.restartBridge();
      await laptop.cli('abort', 'session');
      await ends('gpu1-W1', 'aborted');
      expect(eventsOf(laptop.dir, 'log').filter(({ message }) => /does not count/.test(String(message)))).toEqual([]);
    });

    test('is refused where the seat takes no plan of it, and for a third machine', async () => {
      await follows('worker');
      const { code, err } = await gpu.run('spawn', '--', 'touch', 'ran');
      expect(code).toBe(1);
      expect(err).toContain('laptop takes no plan of this machine');
      expect(existsSync(join(gpu.project, 'ran'))).toBe(false);
      expect((await gpu.run('spawn', '--machine', 'gpu9', '--', 'true')).err).toContain(
        'laptop has this session, and starts its workers on other machines: call it there',
      );
    });
  });
});

function handOver(machine: MachineHome, input: string): Promise<{ code: number | null; err: string }> {
  const env = cleanEnv(machine.root, { FERMATA_HOME: machine.home });
  const child = spawn(process.execPath, [cliProgram, 'worker', '--stdin'], { env, stdio: ['pipe', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (data) => (err += String(data)));
  child.stdin.end(input);
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, err })));
}
