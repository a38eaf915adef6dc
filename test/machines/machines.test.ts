import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sessionPaths } from '#core/base/paths.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });

describe.skipIf(!hasNatsServer)('a session of several machines', () => {
  let server: NatsServer;
  let laptop: MachineHome;
  let gpu: MachineHome;
  let build: MachineHome;

  beforeEach(async () => {
    server = await NatsServer.start();
    laptop = new MachineHome('laptop', server.url, { 'machines.roles': { gpu1: 'person' } });
    gpu = new MachineHome('gpu1', server.url);
    build = new MachineHome('build1', server.url);
    await laptop.seat();
    await Promise.all([gpu.follow(laptop), build.follow(laptop)]);
  });

  afterEach(async () => {
    await Promise.all([laptop, gpu, build].map((machine) => machine.stop()));
    await server.kill();
  });
  afterAll(removeTempDirs);

  const messages = (): string[] =>
    eventsOf(laptop.dir, 'log').flatMap(({ worker, message }) => (worker === undefined ? [] : [String(message)]));
  const say = (machine: MachineHome, from: number, count: number): void => {
    for (let n = from; n < from + count; n++)
      machine.publish({ t: 'log', level: 'info', worker: `W-${machine.name}`, message: `${machine.name} ${n}` });
  };
  const expected = (count: number): string[] =>
    [gpu, build].flatMap(({ name }) => Array.from({ length: count }, (_, n) => `${name} ${n}`));
  /** All machines have all of it, each line once and in its machine's order. */
  const allHaveAll = async (count: number): Promise<void> => {
    await waitFor(() => messages().length >= expected(count).length, patient('the seat to have every line'));
    await Promise.all([gpu.has(laptop), build.has(laptop)]);
    const counted = [...laptop.state.machines.values()].reduce((sum, offset) => sum + offset, 0);
    expect(counted).toBe(gpu.outboxBytes + build.outboxBytes);
    const once = messages().filter((text, at, all) => all.indexOf(text) === at);
    expect(once.filter((text) => text.startsWith('gpu1'))).toEqual(expected(count).slice(0, count));
    expect(once.filter((text) => text.startsWith('build1'))).toEqual(expected(count).slice(count));
  };

  test('what a worker reports on one machine counts at the seat, and all have the same bytes', async () => {
    await gpu.cli('progress', '50', '--worker', 'W1');
    appendFileSync(sessionPaths(build.dir).log, '{"t":"progress","worker":"W2","pct":20}\n');
    const reported = (): unknown[] => ['W1', 'W2'].map((id) => laptop.state.workers.get(id)?.progress?.pct);
    await waitFor(() => !reported().includes(undefined), patient('both reports at the seat'));
    expect(reported()).toEqual([50, 20]);
    laptop.publish({ t: 'log', level: 'info', message: 'said at the seat' });
    await Promise.all([gpu.has(laptop), build.has(laptop)]);
    expect(gpu.state.workers.get('W2')?.progress?.pct).toBe(20);
    expect(eventsOf(laptop.dir, 'progress').map(({ via }) => String(via).split('/')[0])).toEqual(
      expect.arrayContaining(['gpu1', 'build1']),
    );
    const link = async (): Promise<Record<string, unknown>> =>
      (JSON.parse((await gpu.cli('status', '--json')).out) as { link: Record<string, unknown> }).link;
    await waitFor(async () => (await link())['behind'] === 0, patient('all of it to be known as arrived'));
    expect(await link()).toMatchObject({ seat: 'laptop', here: false, connected: true, problem: null });
    // the bridge writes down once a second whom it has heard
    const listed = /laptop is connected to .*\n(?:.*\n)*gpu1 {2}heard /;
    await waitFor(async () => listed.test((await laptop.cli('machines')).out), patient('gpu1 to be listed'));
  });

  test('a person releases a block from a machine that may speak for one, and from no other', async () => {
    await laptop.cli('block', 'wait for me', '--worker', 'W1');
    await Promise.all([gpu.has(laptop), build.has(laptop)]);
    await build.run('release-block', 'B1');
    await waitFor(
      () => eventsOf(laptop.dir, 'log').some(({ message }) => /build1/.test(String(message))),
      patient('the refusal'),
    );
    expect(laptop.state.blocks.get('B1')?.ended).toBeUndefined();
    await gpu.run('release-block', 'B1');
    await waitFor(() => laptop.state.blocks.get('B1')?.ended, patient('the release at the seat'));
    await gpu.has(laptop);
    expect(gpu.state.blocks.get('B1')?.ended).toBeDefined();
  });

  test('a server that is killed for two seconds: all have all, each line once', async () => {
    say(gpu, 0, 100);
    say(build, 0, 100);
    await server.kill();
    say(gpu, 100, 100);
    say(build, 100, 100);
    laptop.publish({ t: 'log', level: 'info', message: 'work goes on' });
    await delay(2000);
    await server.start();
    await allHaveAll(200);
  });

  test('without the server each machine shows how many of its lines wait; the list has sessions by their names', async () => {
    laptop.publish({ t: 'prompt', text: 'Fix the rounding' });
    await waitFor(async () => (await gpu.cli('machines')).out.includes('“Fix the rounding”'), patient('the name'));
    const shows = (machine: MachineHome, text: RegExp): Promise<unknown> =>
      waitFor(
        async () => text.test((await machine.cli('status')).out),
        patient(`${machine.name} to show ${text.source}`),
      );
    await shows(laptop, /^Shared with (gpu1, build1|build1, gpu1)$/m);
    await server.kill();
    say(gpu, 0, 3);
    laptop.publish({ t: 'log', level: 'info', message: 'one' }, { t: 'log', level: 'info', message: 'two' });
    await shows(
      gpu,
      /^Disconnected from the server since \d\d:\d\d: 3 lines of this machine wait; nothing is decided until laptop/m,
    );
    await shows(laptop, /^Disconnected from .*: 2 lines of this machine wait; work here goes on \(.+\)$/m);
    await server.start();
    await waitFor(() => gpu.status?.sessions[0]?.lines === 0, patient('nothing to wait'));
    await Promise.all([gpu.has(laptop), build.has(laptop)]);
  });

  test('a server that loses its store: all of it is sent again', async () => {
    say(gpu, 0, 50);
    say(build, 0, 50);
    await allHaveAll(50);
    await server.kill();
    server.wipe();
    say(gpu, 50, 50);
    await server.start();
    say(build, 50, 50);
    await allHaveAll(100);
    const late = new MachineHome('late1', server.url);
    await late.follow(laptop);
    await late.stop();
  });

  test('a server whose stream does not answer: words pass by all the same, and are kept once it does', async () => {
    await server.kill();
    await server.start('# no jetstream');
    const all = [laptop, gpu, build];
    await waitFor(() => all.every(({ status }) => status?.problem?.includes('no JetStream')), patient('the problem'));
    // longer than the stream has to acknowledge the first of them
    const until = Date.now() + 7000;
    let count = 0;
    for (; Date.now() < until; count++) {
      say(gpu, count, 1);
      say(build, count, 1);
      await waitFor(() => messages().length >= 2 * (count + 1), patient(`the words ${count}`));
      await delay(250);
    }
    laptop.publish({ t: 'log', level: 'info', message: 'heard' });
    await allHaveAll(count);
    await server.kill();
    server.wipe();
    await server.start('#');
    await waitFor(
      () => all.every(({ status }) => status?.sessions[0]?.behind === 0 && status.problem === undefined),
      patient('the stream to have all of it'),
    );
  });

  test('bridges that are killed, one after the other: whoever needs one starts another', async () => {
    for (const [round, machine] of [gpu, laptop, build].entries()) {
      say(gpu, round * 20, 20);
      say(build, round * 20, 20);
      const before = machine.bridgePid;
      expect(machine.signalBridge('SIGKILL')).toBe(true);
      await waitFor(
        async () => {
          await machine.run('status');
          return machine.bridgePid !== undefined && machine.bridgePid !== before;
        },
        patient(`another bridge of ${machine.name}`),
      );
    }
    await allHaveAll(60);
  });

  test('a session that is followed no more is gone here, once the seat has all words, and may be followed again', async () => {
    await server.kill();
    gpu.publish({ t: 'log', level: 'info', worker: 'W-gpu1', message: 'still on its way' });
    const kept = await gpu.run('unfollow', gpu.session);
    expect(kept).toMatchObject({
      code: 1,
      err: expect.stringMatching(/copy .* stays: \d+ bytes .* not arrived at laptop/),
    });
    await server.start();
    await waitFor(async () => (await gpu.run('unfollow', gpu.session)).code === 0, patient('the copy to be let go'));
    expect(existsSync(gpu.dir)).toBe(false);
    expect(laptop.bytes.toString()).toContain('still on its way');
    expect(await laptop.run('unfollow', laptop.session)).toMatchObject({
      code: 1,
      err: expect.stringContaining('this machine has the session itself'),
    });
    await gpu.follow(laptop);
  });

  test('a session that is shared no more is not carried', async () => {
    await laptop.cli('unshare', laptop.session);
    await waitFor(() => laptop.status?.sessions.length === 0, patient('the end of the sharing'));
    const { size } = gpu;
    laptop.publish({ t: 'log', level: 'info', message: 'only here' });
    await delay(500);
    expect(gpu.size).toBe(size);
    expect((await laptop.cli('status')).out).not.toMatch(/[Ss]hared|server/);
  });
});
