import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NatsLink } from '#bridge/natsLink.ts';
import { createLog } from '#core/log/append.ts';
import { homePaths, sessionPaths, workerPaths } from '#core/base/paths.ts';
import { areResultsUnsent } from '#core/machines/output/resultsOut.ts';
import { publish } from '#core/session/publish.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { connectionOf } from '#test/lib/machineProcesses.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { reachScript, type Reach } from '#test/lib/reachScript.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { sendSignal } from '#test/lib/sendSignal.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });

describe.skipIf(!hasNatsServer)('what a worker on another machine prints and leaves', () => {
  let server: NatsServer;
  let laptop: MachineHome;
  let gpu: MachineHome;

  beforeEach(async () => {
    server = await NatsServer.start();
    gpu = new MachineHome('gpu1', server.url);
    writeFileSync(homePaths(gpu.home).settings, '{}');
    mkdirSync(join(gpu.root, 'data'));
    laptop = new MachineHome('laptop', server.url, {
      'machines.bringMegabytes': 4,
      'machines.start': {
        gpu1: { command: ['sh', '-c', gpu.shell('fermata worker --stdin'), 'sh'], cwd: join(gpu.root, 'data') },
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

  const start = (script: string) =>
    laptop.cli('spawn', '--task', 'Train', '--machine', 'gpu1', '--', 'sh', '-c', script);
  const ends = () => waitFor(() => laptop.state.workers.get('W1')?.state === 'done', patient('W1 to end'));
  const at = ({ dir }: MachineHome) => workerPaths(dir, 'W1');
  const isKept = () => readFileSync(sessionPaths(gpu.dir).results, 'utf8').includes('"ends":true');
  const go = (name = 'go') => writeFileSync(join(gpu.root, 'data', name), '');

  /** Runs `fermata output` at the seat, and has what it prints as it comes. */
  function follow(...args: string[]) {
    const env = cleanEnv(laptop.root, { FERMATA_HOME: laptop.home });
    const child = spawn(process.execPath, [cliProgram, 'output', 'W1', '--session', laptop.session, ...args], { env });
    const shown = { out: '', err: '', code: undefined as number | null | undefined };
    child.stdout.on('data', (data) => (shown.out += String(data)));
    child.stderr.on('data', (data) => (shown.err += String(data)));
    child.once('close', (code) => (shown.code = code));
    return shown;
  }

  test('is printed as it comes, until it has ended; and what it left is beside it', async () => {
    await start(
      'echo one; until [ -e go ]; do sleep 0.1; done; echo two; echo oops >&2; printf result >"$FERMATA_OUT/r.txt"; until [ -e end ]; do sleep 0.1; done',
    );
    const shown = follow('--follow');
    await waitFor(() => shown.out === 'one\n', patient('the first line'));
    go();
    await waitFor(() => shown.out === 'one\ntwo\n', patient('the second line'));
    expect(shown.code).toBeUndefined();
    go('end');
    await waitFor(() => shown.code === 0, patient('its end'));
    expect(shown).toEqual({ out: 'one\ntwo\n', err: '', code: 0 });
    await ends();
    await waitFor(() => readFileSync(join(at(laptop).out, 'r.txt'), 'utf8') === 'result', patient('the result'));
    expect((await laptop.cli('output', 'W1', '--errors')).out).toBe('oops\n');
    expect((await laptop.cli('output', 'W1', '--json')).out).toContain(`"path":"${at(laptop).stdout}"`);
  });

  test('is there after its machine is gone, which was while the seat slept', async () => {
    await start(
      'echo begun; until [ -e go ]; do sleep 0.1; done; echo ended; mkdir "$FERMATA_OUT/model"; printf 42 >"$FERMATA_OUT/model/w"',
    );
    await waitFor(() => laptop.state.workers.get('W1')?.state === 'running', patient('W1 to run'));
    const asleep = await waitFor(() => laptop.bridgePid, patient('the bridge of the seat'));
    process.kill(asleep, 'SIGSTOP');
    go();
    await waitFor(() => isKept() && !areResultsUnsent(gpu.dir), patient('the server to have it'));
    const link = new NatsLink({ servers: [server.url], encrypted: false, name: 'test', space: 't' });
    await waitFor(
      async () => ((await link.last(`fermata.t.up.laptop.${gpu.session}.gpu1`))?.end ?? 0) >= gpu.outboxBytes,
      patient('the server to have its end'),
    );
    await link.close();
    const connection = connectionOf(gpu);
    if (connection !== undefined) sendSignal(connection, 'SIGKILL');
    gpu.signalBridge('SIGKILL');
    rmSync(gpu.home, { recursive: true, force: true, maxRetries: 20 });
    process.kill(asleep, 'SIGCONT');
    await waitFor(() => readFileSync(join(at(laptop).out, 'model/w'), 'utf8') === '42', patient('the result'));
    await waitFor(() => readFileSync(at(laptop).stdout, 'utf8') === 'begun\nended\n', patient('the output'));
    await ends();
    const { out } = await laptop.cli('output', 'W1');
    expect(out).toBe('begun\nended\n');
  });

  test('comes whole where both bridges are killed again and again', async () => {
    await start(
      'i=0; while [ $i -lt 30 ]; do seq $((i * 5000)) $((i * 5000 + 4999)); sleep 0.1; i=$((i + 1)); done; head -c 3000000 /dev/urandom >"$FERMATA_OUT/big"',
    );
    const shown = follow('--follow');
    for (let kills = 0; kills < 4; kills++) {
      const { length } = shown.out;
      await waitFor(() => shown.out.length > length || shown.code !== undefined, patient('more of it'));
      for (const each of [laptop, gpu]) each.signalBridge('SIGKILL');
    }
    // the bridges that were killed last are started again by whoever looks
    for (const each of [laptop, gpu]) await each.cli('status');
    await ends();
    await waitFor(() => isKept() && !areResultsUnsent(gpu.dir), patient('the server to have it'));
    const hash = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
    await waitFor(() => hash(join(at(laptop).out, 'big')) === hash(join(at(gpu).out, 'big')), patient('the result'));
    await waitFor(() => shown.code !== undefined, patient('the end of what is printed'));
    expect([shown.code, shown.err]).toEqual([0, '']);
    expect(hash(at(laptop).stdout)).toBe(hash(at(gpu).stdout));
    expect(shown.out).toBe(readFileSync(at(gpu).stdout, 'utf8'));
  });

  test('beyond the bound stays there, and one sentence in the log says so', async () => {
    await start(
      'head -c 5000000 /dev/zero >"$FERMATA_OUT/a.bin"; printf small >"$FERMATA_OUT/b.txt"; ln -s /etc/passwd "$FERMATA_OUT/c"',
    );
    await ends();
    await waitFor(() => readFileSync(join(at(laptop).out, 'b.txt'), 'utf8') === 'small', patient('the small one'));
    const warnings = () => eventsOf(laptop.dir, 'log').map(({ message }) => String(message));
    await waitFor(() => warnings().length > 0, patient('the sentence'));
    expect(warnings()).toEqual([
      'gpu1: not brought of the results of W1: a.bin, 4.8 MB: of a worker 4 MB (fermata.machines.bringMegabytes) and 1000 files are brought; c: it is no ordinary file',
    ]);
    expect(existsSync(join(at(laptop).out, 'a.bin'))).toBe(false);
    expect(existsSync(join(at(laptop).out, 'c'))).toBe(false);
  });

  test('is shown as far as it has come where the machine does not answer', async () => {
    await start('echo one; exec sleep 300');
    await waitFor(async () => (await laptop.cli('output', 'W1')).out === 'one\n', patient('the first line'));
    const asleep = await waitFor(() => gpu.bridgePid, patient('the bridge of gpu1'));
    process.kill(asleep, 'SIGSTOP');
    const { out, err } = await laptop.cli('output', 'W1');
    process.kill(asleep, 'SIGCONT');
    expect([out, err]).toEqual(['one\n', 'note: gpu1 does not answer: this is what has come from it before\n']);
    await laptop.cli('abort', 'W1');
    await waitFor(() => laptop.state.workers.get('W1')?.state === 'aborted', patient('W1 to end'));
  });

  test.each<Reach>(['ssh', 'docker', 'kubectl', 'srun'])(
    'comes from where Fermata was just installed, as far as %s leads',
    async (kind) => {
      const box = reachScript(kind);
      const program = join(box.home, '.fermata/bin/fermata');
      const settings = JSON.parse(readFileSync(homePaths(laptop.home).settings, 'utf8')) as Record<string, unknown>;
      const start = { box: { command: [...box.words, program, 'worker', '--stdin'] } };
      writeFileSync(homePaths(laptop.home).settings, JSON.stringify({ ...settings, 'machines.start': start }));
      await laptop.cli('machines', 'install', 'box');
      const script = 'echo "from $HOME"; echo trained >"$FERMATA_OUT/model"; fermata done --result fine';
      await laptop.cli('spawn', '--task', 'Train', '--machine', 'box', '--', 'sh', '-c', script);
      await ends();
      expect(laptop.state.workers.get('W1')).toMatchObject({ machine: 'box', lastMessage: 'fine' });
      await waitFor(() => readFileSync(join(at(laptop).out, 'model'), 'utf8') === 'trained\n', patient('the result'));
      await waitFor(async () => (await laptop.cli('output', 'W1')).out === `from ${box.home}\n`, patient('its output'));
      const bridge = JSON.parse(readFileSync(join(box.home, '.fermata/bridge/run/runner.json'), 'utf8')) as {
        pid: number;
      };
      sendSignal(bridge.pid, 'SIGTERM');
    },
  );

  test('of a worker of this machine is printed as well, folded or not', async () => {
    await laptop.cli('spawn', '--task', 'Count', '--', 'sh', '-c', 'seq 1 200000; until [ -e go ]; do sleep 0.1; done');
    const shown = follow('--follow');
    await waitFor(() => shown.out.endsWith('200000\n'), patient('the numbers'));
    writeFileSync(join(laptop.root, 'project/go'), '');
    await waitFor(() => shown.code === 0, patient('its end'));
    expect(shown.out.length).toBe(statSync(at(laptop).stdout).size);
    const missing = await laptop.run('output', 'W9');
    expect([missing.code, missing.err]).toEqual([1, expect.stringContaining('the session has no worker W9')]);
  });
});
