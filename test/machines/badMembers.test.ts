import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import type { NewEvent } from '#core/log/append.ts';
import { readSeat } from '#core/session/seat.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import type { CommandResult } from '#test/lib/fermata.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { mountTmpfs } from '#test/lib/mounts.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { eventsOf } from '#test/lib/readSession.ts';
import { canMount } from '#test/lib/stress/fullDisk.ts';
import { sized } from '#test/lib/stress/size.ts';
import { Running } from '#test/lib/stress/program.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });

describe.skipIf(!hasNatsServer)('a member of a space', () => {
  let server: NatsServer;
  let laptop: MachineHome;
  let build: MachineHome;
  let hostile: NatsConnection;
  /** The outbox of gpu1, under which the hostile member publishes. */
  let gen: string;

  beforeEach(async () => {
    server = await NatsServer.start();
    [laptop, build] = [new MachineHome('laptop', server.url), new MachineHome('build1', server.url)];
    await laptop.seat();
    await build.follow(laptop);
    hostile = await connect({ servers: server.url });
    gen = `${readSeat(laptop.dir)?.gen}_hostile1`;
  });
  afterEach(async () => {
    await hostile?.close();
    await Promise.all([laptop, build].map((machine) => machine.stop()));
    await server.kill();
  });
  afterAll(removeTempDirs);

  const send = (pos: number | string, text: string, ofGen = gen): void => {
    const head = headers();
    head.set('Gen', ofGen);
    head.set('Pos', String(pos));
    hostile.publish(`fermata.t.up.laptop.${laptop.session}.gpu1`, text, { headers: head });
  };
  /** The others are not kept from anything. */
  const buildIsHeard = async (name: string): Promise<void> => {
    await build.cli('progress', '40', '--worker', name);
    await waitFor(() => laptop.state.workers.get(name)?.progress?.pct === 40, patient('the words of build1'));
    await build.has(laptop);
  };
  const ofGpu = (): Record<string, unknown>[] =>
    eventsOf(laptop.dir).filter(({ via }) => String(via).startsWith('gpu1/'));

  test('that sends positions beyond the end, negative, none, or another machine’s outbox, adds nothing', async () => {
    const line = '{"t":"progress","worker":"W9","pct":1}\n';
    for (const pos of [1e6, 1e15, 9e15, -1, -1e9, 'NaN', '', '1e3', '0x10', '1.5', '99999999999999999999'])
      send(pos, line);
    // of another log, of none, of another machine, and of no form
    for (const other of ['x', `${gen}.x`, '', 'a_b', readSeat(build.dir)?.gen ?? '', 'k'.repeat(200), '*', '>'])
      send(other === readSeat(build.dir)?.gen ? 1e6 : 0, line, other);
    await hostile.flush();
    await buildIsHeard('W1');
    expect(ofGpu()).toEqual([]);
    // and what it may do it still can
    send(0, line);
    await waitFor(() => laptop.state.workers.get('W9')?.progress?.pct === 1, patient('the line that counts'));
    await build.has(laptop);
  });

  test('that sends a line of 64 KiB each millisecond is held to its share, and the others are heard meanwhile', async () => {
    const line = (n: number): string =>
      `{"t":"log","level":"info","worker":"W9","message":"${n}${'x'.repeat(65_400)}"}\n`;
    const before = laptop.size;
    const startedMs = Date.now();
    let pos = 0;
    let heard: Promise<void> | undefined;
    // four seconds of it, and more where the machine is too busy for ten times the share
    for (let n = 0; Date.now() - startedMs < 4000 || pos <= 20 << 20; n++) {
      const text = line(n);
      send(pos, text);
      pos += text.length;
      if (n === 200) heard = buildIsHeard('W1');
      await delay(1);
    }
    await hostile.flush();
    await heard;
    await buildIsHeard('W2');
    const seconds = (Date.now() - startedMs) / 1000;
    // 2 MB/s, and as much at once in the beginning
    expect(laptop.size - before).toBeLessThan((seconds + 1) * (2 << 20) + (1 << 20));
    expect((await laptop.run('status')).code).toBe(0);
  });

  test('that names a hundred thousand workers, or a million, fills no memory, and the session goes on', async () => {
    let pos = 0;
    for (let n = 0; n < sized(100_000, 1_000_000);) {
      let text = '';
      for (let i = 0; i < 2000; i++, n++) text += `{"t":"progress","worker":"W${n}x","pct":1}\n`;
      send(pos, text);
      pos += text.length;
    }
    await hostile.flush();
    await buildIsHeard('B1');
    const isNamed = (): boolean => laptop.state.notices.some(({ text }) => /gpu1: .*more than 1000 workers/.test(text));
    await waitFor(() => laptop.state.workers.size > 1000 && isNamed(), patient('the first names, and the reason'));
    expect(laptop.state.workers.size).toBeLessThanOrEqual(1001);
    const status = JSON.parse((await laptop.cli('status', '--json')).out) as { workers: unknown[] };
    expect(status.workers.length).toBeGreaterThan(0);
    if (process.platform !== 'linux') return;
    const [, peakKb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${laptop.bridgePid}/status`, 'utf8')) ?? [];
    expect(Number(peakKb)).toBeLessThan(256 << 10);
  });

  test('with another version is named by doctor, and its unknown events are kept', async () => {
    writeFileSync(join(build.home, 'version'), '99.0.0\n');
    await build.stop();
    await build.cli('status');
    build.publish({ t: 'fromTheFuture', worker: 'W1' } as unknown as NewEvent);
    await waitFor(() => eventsOf(laptop.dir, 'fromTheFuture').length > 0, patient('the event at the seat'));
    await build.has(laptop);
    await waitFor(
      async () => /build1 has Fermata 99\.0\.0, this machine test/.test((await laptop.run('doctor')).out),
      patient('doctor to name the version'),
    );
  });

  test('whose clock is off by a day is named, and its leases count by the clock of the seat', async (context) => {
    if (!hasFaketime()) return context.skip('faketime is not installed');
    await build.stop();
    build.env = { LD_PRELOAD: faketimeLibrary(), FAKETIME: '+1d', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
    const env = cleanEnv(build.root, { FERMATA_HOME: build.home, ...build.env });
    const bridge = new Running(process.execPath, [homePaths(build.home).bridge, '--stay'], { env });
    await waitFor(() => build.bridgePid === bridge.child.pid, patient('the bridge with that clock'));
    await buildIsHeard('W1');
    await build.cli('acquire', 'db', '--ttl', '3m', '--worker', 'W1');
    const [held] = laptop.state.locks.get('db')?.holders ?? [];
    expect(Math.abs((held?.dueTs ?? 0) - Date.now() - 180_000)).toBeLessThan(60_000);
    await delay(2500);
    expect(laptop.state.locks.get('db')?.holders).toHaveLength(1);
    expect((await laptop.run('acquire', 'db', '--worker', 'W2')).code).not.toBe(0);
    await build.cli('release', 'db', '--worker', 'W1');
    await laptop.cli('acquire', 'db', '--worker', 'W2');
    const named = /The clock of build1 is (23 h 59 min|24 h|1 d)\S* ahead of this one/;
    await waitFor(async () => named.test((await laptop.run('doctor')).out), patient('doctor to name the clock'));
    expect((await laptop.run('machines')).out).toMatch(/build1.*its clock is (23 h 59 min|24 h|1 d)\S* ahead/);
  });

  describe.skipIf(!canMount())('with a full disk', () => {
    /** A machine whose sessions are on a disk of 1 MB. */
    function small(name: string): MachineHome {
      const home = new MachineHome(name, server.url);
      mountTmpfs('size=1m', homePaths(home.home).sessions);
      return home;
    }
    const filler = (home: MachineHome): string => join(homePaths(home.home).sessions, 'filler');
    /** Leaves less room than a line takes. */
    function fill(home: MachineHome): void {
      for (const size of [1 << 20, 4096, 1])
        for (let full = false; !full;)
          try {
            writeFileSync(filler(home), Buffer.alloc(size), { flag: 'a' });
          } catch {
            full = true;
          }
    }
    /** The numbers of the words that count; where the disk was full half a line may stand between them. */
    const numbers = (home: MachineHome): number[] =>
      home.bytes
        .toString('utf8')
        .split('\n')
        .flatMap((line) => /"message":"(\d+) x{2000}"/.exec(line)?.[1] ?? [])
        .map(Number);
    const say = (home: MachineHome, from: number, count: number): void => {
      for (let n = from; n < from + count; n++)
        home.publish({ t: 'log', level: 'info', worker: 'W1', message: `${n} ${'x'.repeat(2000)}` });
    };

    test('at the seat: words wait on their machine, the reason is shown, and all come once there is room', async () => {
      const seat = small('seat1');
      await seat.seat();
      const other = new MachineHome('gpu1', server.url);
      await other.follow(seat);
      fill(seat);
      say(other, 0, 20);
      const shown = /no space left|disk full|ENOSPC/i;
      await waitFor(async () => shown.test((await seat.run('status')).out), patient('the reason at the seat'));
      await waitFor(async () => linkOf(await other.run('status', '--json')).behind > 0, patient('what waits on gpu1'));
      expect((await seat.run('doctor')).out).toMatch(shown);
      rmSync(filler(seat));
      await waitFor(() => numbers(seat).length >= 20, patient('every word at the seat'));
      expect(numbers(seat)).toEqual(Array.from({ length: 20 }, (_, n) => n));
      await other.has(seat);
      await Promise.all([seat.stop(), other.stop()]);
    });

    test('on a copy: the seat goes on, the reason is shown, and the copy is whole once there is room', async () => {
      const copy = small('small1');
      await copy.follow(laptop);
      fill(copy);
      say(laptop, 0, 20);
      const shown = /no space left|disk full|ENOSPC/i;
      await waitFor(async () => shown.test((await copy.run('status')).out), patient('the reason on the copy'));
      await buildIsHeard('W1');
      expect((await copy.run('doctor')).out).toMatch(shown);
      rmSync(filler(copy));
      await copy.has(laptop);
      await copy.stop();
    });
  });
});

const linkOf = ({ out }: CommandResult): { behind: number } => (JSON.parse(out) as { link: { behind: number } }).link;

const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (arch) => `/usr/lib/${arch}/faketime/libfaketimeMT.so.1`,
);
const faketimeLibrary = (): string =>
  LIBRARIES.find((path) => {
    try {
      return readFileSync(path).length > 0;
    } catch {
      return false;
    }
  }) ?? '';
const hasFaketime = (): boolean => faketimeLibrary() !== '';
