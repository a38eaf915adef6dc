import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setTimeout as delay } from 'node:timers/promises';
import { Authority, hasOpenssl } from '#test/lib/authority.ts';
import { DelayingProxy } from '#test/lib/delayingProxy.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { NatsCluster } from '#test/lib/natsCluster.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { Network, whyNoNetwork } from '#test/lib/network.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

// Machines with addresses of their own, which are cut off without being told: a server, a seat and two machines.

afterAll(removeTempDirs);

const patient = (describe: string) => ({ describe, timeoutMs: 60_000 });
const canRun = hasNatsServer && hasOpenssl && whyNoNetwork === undefined;
if (whyNoNetwork !== undefined) console.log(whyNoNetwork);

describe.skipIf(!canRun)('on a network that is cut', () => {
  let network: Network;
  let server: NatsServer;
  let laptop: MachineHome;
  let gpu: MachineHome;
  let build: MachineHome;

  beforeEach(async () => {
    network = new Network();
    const host = network.add('server');
    const authority = new Authority();
    server = await NatsServer.start(authority.serverConfig(`IP:${host.address}`), host);
    const machine = (name: string): MachineHome => {
      const home = new MachineHome(name, server.url.replace('nats:', 'tls:'), { 'machines.ca': authority.ca });
      home.prefix = network.add(name).prefix;
      return home;
    };
    [laptop, gpu, build] = [machine('laptop'), machine('gpu1'), machine('build1')];
    await laptop.seat();
    await Promise.all([gpu.follow(laptop), build.follow(laptop)]);
  });
  afterEach(async () => {
    await Promise.all([laptop, gpu, build].map((each) => each.stop()));
    await server.kill();
    network.close();
  });

  const holder = (): string | undefined => laptop.state.locks.get('db')?.holders[0]?.worker;
  const words = (of: MachineHome): number[] => [
    ...new Set(
      eventsOf(laptop.dir, 'log')
        .filter(({ via }) => String(via).startsWith(`${of.name}/`))
        .map(({ message }) => Number(message)),
    ),
  ];
  const say = (on: MachineHome, from: number, count: number): void => {
    for (let n = from; n < from + count; n++)
      on.publish({ t: 'log', level: 'info', worker: `W-${on.name}`, message: String(n) });
  };
  const inOrder = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
  const acquireAgain = (id: string, ttlMs: number): void =>
    gpu.publish({ t: 'acquire', worker: 'W-gpu1', resource: 'db', id, ttlMs });

  test('a machine that is cut off loses its lease and no word; the next one has the lock meanwhile', async () => {
    await gpu.cli('acquire', 'db', '--ttl', '3s', '--worker', 'W-gpu1');
    expect(holder()).toBe('W-gpu1');
    network.cut('gpu1');
    say(gpu, 0, 50);
    const waited = await build.cli('acquire', 'db', '--wait', '30s', '--worker', 'W-build1');
    expect(waited.code).toBe(0);
    expect(holder()).toBe('W-build1');
    expect(words(gpu)).toEqual([]);
    const refused = await gpu.run('acquire', 'other', '--worker', 'W-gpu1');
    expect([refused.code, refused.err]).toEqual([4, expect.stringContaining('laptop did not answer in time')]);
    network.heal('gpu1');
    await waitFor(() => words(gpu).length === 50, patient('the words of gpu1'));
    expect(words(gpu)).toEqual(inOrder(50));
    await Promise.all([gpu.has(laptop), build.has(laptop)]);
    // what was given up is not granted afterwards
    expect(laptop.state.locks.get('other')?.holders ?? []).toEqual([]);
  });

  test('a seat that is cut off works on; facts of the others wait, and decisions with them', async () => {
    network.cut('laptop');
    await laptop.cli('acquire', 'db', '--worker', 'W-laptop');
    await laptop.cli('block', 'wait', '--worker', 'W-laptop');
    await laptop.cli('release-block', 'B1');
    say(gpu, 0, 40);
    say(build, 0, 40);
    expect((await build.run('acquire', 'db', '--worker', 'W-build1')).code).toBe(4);
    network.heal('laptop');
    await waitFor(() => words(gpu).length === 40 && words(build).length === 40, patient('every word at the seat'));
    expect([words(gpu), words(build)]).toEqual([inOrder(40), inOrder(40)]);
    await Promise.all([gpu.has(laptop), build.has(laptop)]);
    expect(holder()).toBe('W-laptop');
  });

  test('a seat that stands still for three leases: one that is renewed meanwhile is not lost', async () => {
    const ttlMs = 3000;
    const id = 'lease-1';
    acquireAgain(id, ttlMs);
    const token = await waitFor(() => laptop.state.locks.get('db')?.holders[0]?.token, patient('the lock'));
    laptop.signalBridge('SIGSTOP');
    for (let n = 0; n < 9; n++) {
      await delay(1000);
      acquireAgain(id, ttlMs);
    }
    laptop.signalBridge('SIGCONT');
    acquireAgain(id, ttlMs);
    say(gpu, 0, 1);
    await waitFor(() => words(gpu).length === 1, patient('the word after the sleep'));
    expect(laptop.state.locks.get('db')?.holders).toMatchObject([{ worker: 'W-gpu1', token }]);
    // and one that is renewed no more is over
    await waitFor(() => holder() === undefined, patient('the end of the lease'));
  });
});

describe.skipIf(!canRun)('on a network with three servers', () => {
  test('whose leader is cut off: the machines find another server, and all arrives once', async () => {
    const network = new Network();
    const authority = new Authority();
    const hosts = ['s0', 's1', 's2'].map((name) => network.add(name));
    const cluster = await NatsCluster.start(hosts, (at) => authority.serverConfig(`IP:${hosts[at]?.address ?? ''}`));
    const machine = (name: string): MachineHome => {
      const home = new MachineHome(name, cluster.url.replaceAll('nats:', 'tls:'), { 'machines.ca': authority.ca });
      home.prefix = network.add(name).prefix;
      return home;
    };
    const [laptop, gpu] = [machine('laptop'), machine('gpu1')];
    await laptop.seat();
    await gpu.follow(laptop);
    const say = (from: number, count: number): void => {
      for (let n = from; n < from + count; n++)
        gpu.publish({ t: 'log', level: 'info', worker: 'W1', message: String(n) });
    };
    const words = (): number[] => [...new Set(eventsOf(laptop.dir, 'log').map(({ message }) => Number(message)))];
    say(0, 20);
    await waitFor(() => words().length === 20, patient('the words before'));
    const leader = await waitFor(() => {
      const at = cluster.leaderByLog();
      return at === undefined ? undefined : `s${at}`;
    }, patient('a leader'));
    network.cut(leader);
    const cutMs = Date.now();
    say(20, 50);
    await waitFor(() => words().length === 70, patient('the words after'));
    console.log(
      `the words of a machine were at the seat ${Date.now() - cutMs} ms after the leader ${leader} was cut off`,
    );
    network.heal(leader);
    say(70, 10);
    await waitFor(() => words().length === 80, patient('the words at last'));
    expect(words()).toEqual(Array.from({ length: 80 }, (_, n) => n));
    await gpu.has(laptop);
    await Promise.all([laptop.stop(), gpu.stop()]);
    await cluster.kill();
    network.close();
  });
});

describe.skipIf(!hasNatsServer)('far away', () => {
  test('with 75 ms each way all arrives in order, and a lock is granted', async () => {
    const server = await NatsServer.start();
    const far = await DelayingProxy.start(server.port, 75);
    const laptop = new MachineHome('laptop', server.url);
    const gpu = new MachineHome('gpu1', far.url);
    await laptop.seat();
    await gpu.follow(laptop);
    for (let n = 0; n < 200; n++) gpu.publish({ t: 'log', level: 'info', worker: 'W1', message: String(n) });
    await gpu.cli('acquire', 'db', '--worker', 'W1');
    expect(laptop.state.locks.get('db')?.holders).toMatchObject([{ worker: 'W1' }]);
    expect(eventsOf(laptop.dir, 'log').map(({ message }) => Number(message))).toEqual(
      Array.from({ length: 200 }, (_, n) => n),
    );
    await gpu.has(laptop);
    await Promise.all([laptop.stop(), gpu.stop()]);
    far.close();
    await server.kill();
  });
});
