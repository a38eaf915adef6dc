import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { NatsLink } from '#bridge/natsLink.ts';
import { logToRead, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { createLog } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { settle } from '#core/session/settle.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { freePort, NatsServer } from '#test/lib/natsServer.ts';
import { endAll, start } from '#test/lib/stress/program.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { median, print, printRatio, ratio } from './figure.ts';
import { now, patient, timeOf } from './machineWays.ts';
import { processTime } from './processTime.ts';
import { writeSyntheticLog } from './syntheticLog.ts';

/** Of all writers together. */
const LINES = 20_480;
/** So many of the writers run at once: what the bridge sees is the same. */
const AT_ONCE = 16;
const LOCKS = 40;
const WORDS = 30;

/** What sharing costs the machine of a session; locks of another machine, many writers, and a server that is far away. */
export async function machinesLoadBench(): Promise<void> {
  const server = await NatsServer.start();
  const laptop = new MachineHome('laptop', server.url);
  const gpu = new MachineHome('gpu1', server.url);
  try {
    await laptop.seat();
    await gpu.follow(laptop);
    await locks(laptop, gpu);
    // the other machine takes none of this one's time
    gpu.signalBridge('SIGSTOP');
    await sharedAgainstNotShared(laptop);
    gpu.signalBridge('SIGCONT');
    for (const writers of [1, 16, 256]) await throughput(server, laptop, gpu, writers);
  } finally {
    endAll();
    for (const machine of [laptop, gpu]) await machine.stop();
  }
  try {
    for (const oneWayMs of [20, 75]) await distance(server, oneWayMs);
  } finally {
    await server.kill();
  }
}

/** From the request for a free resource on a copy to the copy having it granted, ms. */
async function lockTime(machine: MachineHome, log: SessionLog, id: string): Promise<number> {
  const started = now();
  publish(log.dir, Date.now(), { t: 'acquire', worker: `W-${machine.name}`, resource: id, id });
  await settle(log, 60_000);
  const time = now() - started;
  if (log.state.locks.get(id)?.holders.length !== 1) throw new Error(`${id} was not granted`);
  publish(log.dir, Date.now(), { t: 'release', worker: `W-${machine.name}`, resource: id, id });
  return time;
}

/** From a line that a machine appends to another one having it, ms. */
const lineTime = (from: MachineHome, to: MachineHome): Promise<number> =>
  timeOf(logToRead(to.dir), (text) =>
    from.publish({ t: 'log', level: 'info', worker: `W-${from.name}`, message: text }),
  );

async function locks(laptop: MachineHome, gpu: MachineHome): Promise<void> {
  const log = new SessionLog(gpu.dir);
  log.refresh();
  let nth = 0;
  await ratio(
    'machines-lock-on-a-copy',
    LOCKS,
    () => lockTime(gpu, log, `lock-${nth++}`),
    ['a line there and one back', async () => (await lineTime(gpu, laptop)) + (await lineTime(laptop, gpu))],
    2,
  );
}

/** Gate, refusal and fold of a session that is shared, and of one of the same home that is not. */
async function sharedAgainstNotShared(laptop: MachineHome): Promise<void> {
  const other = sessionDir(laptop.home, 'session-2');
  createLog(other, Date.now());
  // the same lines are in both logs
  copyFileSync(sessionPaths(laptop.dir).log, sessionPaths(other).log);
  const hook = (session: string): (() => Promise<number>) => {
    const env = { PATH: process.env['PATH'] ?? '', HOME: laptop.root, FERMATA_HOME: laptop.home };
    const stdin = JSON.stringify({
      session_id: session,
      hook_event_name: 'PreToolUse',
      cwd: laptop.root,
      tool_name: 'Read',
      tool_input: { file_path: '/a' },
    });
    return () =>
      processTime({
        file: join(laptop.home, 'hooks/gate.sh'),
        args: ['PreToolUse', '60'],
        env: { ...env, CLAUDE_CODE_SESSION_ID: session, CLAUDE_PROJECT_DIR: laptop.root },
        stdin,
      });
  };
  const [shared, alone] = [hook(laptop.session), hook('session-2')];
  await ratio('machines-shared-gate', 200, shared, ['the gate of one that is not shared', alone], 1.02);
  writeFileSync(join(laptop.home, 'settings.json'), withoutHold(laptop));
  for (const dir of [laptop.dir, other])
    publish(dir, Date.now(), { t: 'hook', worker: 'W1', event: 'PreToolUse', exit: 2, stderr: 'not now' });
  await ratio('machines-shared-refusal', 120, shared, ['a refusal where it is not shared', alone], 1.02);
  for (const dir of [laptop.dir, other]) publish(dir, Date.now(), { t: 'unblock', block: 'B1' });
  await folds(laptop);
}

const withoutHold = (machine: MachineHome): string =>
  JSON.stringify({
    ...(JSON.parse(readFileSync(join(machine.home, 'settings.json'), 'utf8')) as object),
    'hold.seconds': 0,
  });

/** The same log folded in a folder that is the seat of a shared session, and in one that is not. */
async function folds({ root, dir }: MachineHome): Promise<void> {
  const [shared, alone] = ['shared', 'alone'].map((name) => {
    const folder = join(root, name);
    mkdirSync(folder, { recursive: true });
    writeSyntheticLog(sessionPaths(folder).log, 100_000);
    return folder;
  }) as [string, string];
  copyFileSync(sessionPaths(dir).seat, sessionPaths(shared).seat);
  const fold = (folder: string): number => {
    const started = now();
    new SessionLog(folder).refresh();
    return now() - started;
  };
  await ratio('machines-shared-fold', 21, () => fold(shared), ['the fold where it is not', () => fold(alone)], 1.02);
  for (const folder of [shared, alone]) rmSync(folder, { recursive: true });
}

/** Many writers at the seat while its bridge is stopped: how fast it carries what they wrote, and a message a line does. */
async function throughput(server: NatsServer, laptop: MachineHome, gpu: MachineHome, writers: number): Promise<void> {
  await gpu.has(laptop);
  const from = laptop.size;
  laptop.signalBridge('SIGSTOP');
  for (let first = 0; first < writers; first += AT_ONCE) {
    const names = Array.from({ length: Math.min(AT_ONCE, writers - first) }, (_, i) => `M${first + i}`);
    const running = names.map((name) => start('writer', [laptop.dir, name, LINES / writers]));
    for (const each of running) if ((await (await each).ended).code !== 0) throw new Error('a writer has failed');
  }
  const lines = laptop.bytes.subarray(from).toString('utf8').split('\n').filter(Boolean);
  const started = now();
  laptop.signalBridge('SIGCONT');
  await waitFor(() => gpu.size === laptop.size, patient('the copy to have all'));
  const rate = Math.round((LINES / (now() - started)) * 1000);
  const raw = await rawRate(server, lines);
  const value = Number((rate / raw).toFixed(2));
  const name = `machines-lines-of-${writers}-writers`;
  print({ name: `${name}-rate`, value: rate, unit: 'lines/s' });
  print({ name, value, unit: 'ratio', base: 'a message a line', baseValue: raw, limit: 1, ok: value >= 1 });
}

/** Lines a second from one connection to the consumer of another one, a message each. */
async function rawRate(server: NatsServer, lines: string[]): Promise<number> {
  const connection = { servers: [server.url], encrypted: false, name: 'bench', space: 'load' };
  const [from, to] = [new NatsLink(connection), new NatsLink(connection)];
  const subject = 'fermata.load.log.bench.S1';
  let arrived = 0;
  to.follow(subject, 0, () => void arrived++);
  const publishLine = (line: string): Promise<void> =>
    from.publish(subject, { gen: 'g', pos: 0, data: Buffer.from(`${line}\n`) });
  await waitFor(() => publishLine('{}').then(() => true), patient('the stream of the bench'));
  await waitFor(() => arrived > 0, patient('the consumer of the bench'));
  const before = arrived;
  const started = now();
  // so many are under way at once that the server never waits
  for (let at = 0; at < lines.length; at += 256) await Promise.all(lines.slice(at, at + 256).map(publishLine));
  await waitFor(() => arrived - before >= lines.length, patient('all messages of the bench'));
  const rate = Math.round((lines.length / (now() - started)) * 1000);
  await from.close();
  await to.close();
  return rate;
}

/** Both machines are so far from the server: how many ways a line and a lock take. */
async function distance(server: NatsServer, oneWayMs: number): Promise<void> {
  const { port, close } = await delayingProxy(server.port, oneWayMs);
  const url = `nats://127.0.0.1:${port}`;
  const laptop = new MachineHome('laptop', url, {}, `session-far-${oneWayMs}`);
  const gpu = new MachineHome('gpu1', url, {}, `session-far-${oneWayMs}`);
  try {
    await laptop.seat();
    await gpu.follow(laptop);
    const log = new SessionLog(gpu.dir);
    log.refresh();
    const times: { line: number[]; lock: number[] } = { line: [], lock: [] };
    for (let round = -2; round < WORDS; round++) {
      const line = await lineTime(gpu, laptop);
      const lock = await lockTime(gpu, log, `far-${round}`);
      if (round < 0) continue;
      times.line.push(line);
      times.lock.push(lock);
    }
    const ways = times.line.map(() => oneWayMs);
    printRatio(`machines-word-at-${oneWayMs}-ms`, times.line, ['one way', ways], 2.5);
    printRatio(`machines-lock-at-${oneWayMs}-ms`, times.lock, ['one way', ways], 5);
    print({ name: `machines-word-at-${oneWayMs}-ms-median`, value: Math.round(median(times.line)), unit: 'ms' });
  } finally {
    for (const machine of [laptop, gpu]) await machine.stop();
    close();
  }
}

/** A way to a port of this machine that takes a time in each direction. */
async function delayingProxy(to: number, oneWayMs: number): Promise<{ port: number; close: () => void }> {
  const sockets = new Set<Socket>();
  const carry = (from: Socket, onto: Socket): void => {
    sockets.add(from);
    from.on('data', (bytes) => setTimeout(() => onto.writable && onto.write(bytes), oneWayMs));
    from.on('close', () => setTimeout(() => onto.destroy(), oneWayMs));
    from.on('error', () => {});
  };
  const proxy: Server = createServer((client) => {
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) socket.setNoDelay(true);
    carry(client, upstream);
    carry(upstream, client);
  });
  const port = await freePort();
  await once(proxy.listen(port, '127.0.0.1'), 'listening');
  return {
    port,
    close: () => {
      for (const socket of sockets) socket.destroy();
      proxy.close();
    },
  };
}
