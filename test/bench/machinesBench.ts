import { closeSync, fdatasync, mkdirSync, openSync, readFileSync, watch, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { logToRead, sessionPaths } from '#core/base/paths.ts';
import { raiseFlag } from '#core/session/flags.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { NatsServer } from '#test/lib/natsServer.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { median, print, printRatio, printSpread } from './figure.ts';
import { now, patient, rawWay, timeOf } from './machineWays.ts';

const ROUNDS = 60;
/** What was said before is behind it: memory of the work before is given back only after some seconds. */
const SETTLE_MS = 5000;
const IDLE_MS = 20_000;
const OUTAGE_MS = 5000;
/** Said by two machines and the seat during the outage. */
const OUTAGE_LINES = 2500;

/** Three homes with bridges and a real server on this machine: what the ways between them cost, beside what they consist of. */
export async function machinesBench(): Promise<void> {
  const server = await NatsServer.start();
  const laptop = new MachineHome('laptop', server.url, { 'machines.roles': { gpu1: 'person' } });
  const [gpu, build] = [new MachineHome('gpu1', server.url), new MachineHome('build1', server.url)];
  try {
    await laptop.seat();
    await gpu.follow(laptop);
    await build.follow(laptop);
    await ways(server, laptop, gpu, build);
    await releases(laptop, gpu);
    await outage(server, laptop, gpu, build);
    await idle(gpu);
  } finally {
    for (const machine of [laptop, gpu, build]) await machine.stop();
    await server.kill();
  }
}

/** The time of a line on each way, and of the parts of that way, in turn. */
async function ways(server: NatsServer, laptop: MachineHome, gpu: MachineHome, build: MachineHome): Promise<void> {
  const raw = await rawWay(server);
  const file = scratchFile();
  const measured: Record<'up' | 'down' | 'across' | 'raw' | 'seen' | 'sync', number[]> = {
    up: [],
    down: [],
    across: [],
    raw: [],
    seen: [],
    sync: [],
  };
  const line = (from: MachineHome, to: MachineHome): Promise<number> =>
    timeOf(logToRead(to.dir), (text) =>
      from.publish({ t: 'log', level: 'info', worker: `W-${from.name}`, message: text }),
    );
  for (let round = -5; round < ROUNDS; round++) {
    const times = {
      up: await line(gpu, laptop),
      down: await line(laptop, gpu),
      across: await line(gpu, build),
      raw: await raw.time(),
      seen: await timeOf(file.path, (text) => writeSync(file.fd, `${text}\n`)),
      sync: await syncTime(file.fd),
    };
    await delay(5);
    // the first rounds warm up connections and code
    if (round < 0) continue;
    for (const [name, time] of Object.entries(times)) measured[name as keyof typeof measured].push(time);
  }
  await raw.stop();
  closeSync(file.fd);
  const parts = (raws: number, seens: number, syncs: number): number[] =>
    measured.raw.map((time, i) => raws * time + seens * (measured.seen[i] ?? 0) + syncs * (measured.sync[i] ?? 0));
  for (const name of ['up', 'down', 'across'] as const)
    print({ name: `machines-${name}-median`, value: Number(median(measured[name]).toFixed(2)), unit: 'ms' });
  // two files on each way, the outbox and the log, or the log and the copy; each is on disk before it is published
  printRatio('machines-word-at-the-seat', measured.up, ['its parts', parts(1, 2, 1)], 1.5);
  printRatio('machines-line-on-a-copy', measured.down, ['its parts', parts(1, 2, 1)], 1.8);
  printRatio('machines-machine-to-machine', measured.across, ['its parts', parts(2, 3, 2)], 1.8);
}

function scratchFile(): { path: string; fd: number } {
  const path = join(tempDir(), 'scratch', 'file');
  mkdirSync(dirname(path));
  return { path, fd: openSync(path, 'a') };
}

async function syncTime(fd: number): Promise<number> {
  writeSync(fd, 'x'.repeat(100));
  const started = now();
  await promisify(fdatasync)(fd);
  return now() - started;
}

/** From a person's flag on another machine to the end of the block in the log of the seat. */
async function releases(laptop: MachineHome, gpu: MachineHome): Promise<void> {
  const times: number[] = [];
  for (let n = 1; n <= 20; n++) {
    await laptop.cli('block', `block ${n}`, '--worker', 'W1');
    await gpu.has(laptop);
    const ended = ({ state }: MachineHome): boolean => state.blocks.get(`B${n}`)?.ended !== undefined;
    const started = now();
    const seen = new Promise<void>((resolve) => {
      const watcher = watch(laptop.dir, () => {
        if (!ended(laptop)) return;
        watcher.close();
        resolve();
      });
    });
    raiseFlag(gpu.dir, { kind: 'release', block: `B${n}` });
    await seen;
    times.push(now() - started);
  }
  printSpread('machines-release-elsewhere', times, 'ms', 100);
}

/** All machines say a lot while the server is away: how long after its return all have all. */
async function outage(server: NatsServer, laptop: MachineHome, gpu: MachineHome, build: MachineHome): Promise<void> {
  await server.kill();
  const machines = [laptop, gpu, build];
  for (let n = 0; n < OUTAGE_LINES; n++) {
    const machine = machines[n % machines.length];
    machine?.publish({ t: 'log', level: 'info', worker: `W-${machine.name}`, message: `during the outage ${n}` });
  }
  await delay(OUTAGE_MS);
  await server.start();
  const started = now();
  const marks = [gpu, build].map(({ dir }) => readFileSync(sessionPaths(dir).log).length);
  await waitFor(() => {
    const offsets = [...laptop.state.machines.values()];
    return marks.every((mark) => offsets.includes(mark)) && gpu.size === laptop.size && build.size === laptop.size;
  }, patient('all machines to have all'));
  const seconds = Number(((now() - started) / 1000).toFixed(2));
  print({ name: 'machines-after-an-outage', value: seconds, unit: 's', limit: 2, ok: seconds <= 2 });
}

/** What a bridge takes while nothing happens; of /proc, so on Linux. */
async function idle(machine: MachineHome): Promise<void> {
  const pid = machine.bridgePid;
  if (process.platform !== 'linux' || pid === undefined) return;
  const ticks = (): number => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return Number(fields[11]) + Number(fields[12]);
  };
  await delay(SETTLE_MS);
  const before = ticks();
  await delay(IDLE_MS);
  const share = Number(((ticks() - before) / 100 / (IDLE_MS / 1000)).toFixed(4));
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
  const megabytes = Number(((pages * 4096) / 1e6).toFixed(1));
  print({ name: 'machines-idle-bridge-memory', value: megabytes, unit: 'MB', limit: 70, ok: megabytes <= 70 });
  print({ name: 'machines-idle-bridge-cores', value: share, unit: 'cores', limit: 0.005, ok: share <= 0.005 });
}
