import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { machineOf } from '#core/fold/machines.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { NatsCluster } from '#test/lib/natsCluster.ts';
import { NatsServer } from '#test/lib/natsServer.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { Running, start } from './program.ts';
import { random } from './random.ts';

type Line = Record<string, unknown>;

/** What can happen to the carrying of words; the words themselves must not suffer from it. */
export type Mishap = 'bridge' | 'server' | 'wipe' | 'setBack' | 'leader';

interface MachinesOptions {
  /** Three servers instead of one. */
  cluster?: boolean;
  /** A second bridge on each machine. */
  twice?: boolean;
}

/** A session of three machines over real servers: its seat, and two that follow it. */
export class ThreeMachines {
  readonly homes: readonly [MachineHome, MachineHome, MachineHome];
  /** How often what happened. */
  readonly counts = new Map<string, number>();
  /** What happened, in order, for the report of a failure. */
  readonly story: string[] = [];
  readonly #server: NatsServer | NatsCluster;
  readonly #bridges = new Map<MachineHome, Running>();
  readonly #seconds: Running[] = [];
  readonly #startedMs = Date.now();

  private constructor(server: NatsServer | NatsCluster) {
    this.#server = server;
    const home = (name: string): MachineHome => new MachineHome(name, server.url);
    this.homes = [home('laptop'), home('gpu1'), home('build1')];
  }

  static async open({ cluster = false, twice = false }: MachinesOptions = {}): Promise<ThreeMachines> {
    const machines = new ThreeMachines(await (cluster ? NatsCluster.start() : NatsServer.start()));
    const [seat, ...others] = machines.homes;
    for (const home of machines.homes) machines.#startBridge(home);
    for (const home of machines.homes)
      await waitFor(() => home.status?.connected, patient(`${home.name} to be connected`));
    await seat.seat();
    await Promise.all(others.map((home) => home.follow(seat)));
    if (twice) for (const { home } of machines.homes) machines.#seconds.push(await start('secondBridge', [home]));
    return machines;
  }

  get seat(): MachineHome {
    return this.homes[0];
  }

  /** The folders of the session, that with the log first. */
  get dirs(): string[] {
    return this.homes.map(({ dir }) => dir);
  }

  async close(): Promise<void> {
    const all = [...this.#bridges.values(), ...this.#seconds];
    for (const each of all) each.kill();
    await Promise.all(all.map(({ ended }) => ended));
    await this.#server.kill();
  }

  /** Lets one thing after the other happen, by chance of a seed, until it is stopped, and each of them at least once. */
  suffer(kinds: readonly Mishap[], seed: number, paceMs = 800): { stop: () => Promise<void> } {
    const rnd = random(seed);
    const stopped = new AbortController();
    const run = async (): Promise<void> => {
      // each of them once, then as it comes
      for (let n = 0; n < kinds.length || !stopped.signal.aborted; n++) {
        const kind = kinds[n] ?? kinds[Math.floor(rnd() * kinds.length)] ?? 'bridge';
        await this.#happen(kind, rnd);
        await delay(paceMs * (0.5 + 2 * rnd()), undefined, { signal: stopped.signal }).catch(() => {});
      }
    };
    const ended = run();
    // a failure is reported where it is waited for
    ended.catch(() => {});
    return {
      stop: () => {
        stopped.abort();
        return ended;
      },
    };
  }

  async #happen(kind: Mishap, rnd: () => number): Promise<void> {
    if (kind === 'bridge') return this.#killBridge(rnd);
    if (this.#server instanceof NatsCluster) {
      const leader = await waitFor(() => (this.#server as NatsCluster).leader('t'), patient('a leader'));
      await leader.kill();
      this.#note('leader killed');
      await delay(500 + rnd() * 1500);
      await leader.start();
      return void (await waitFor(() => (this.#server as NatsCluster).leader('t'), patient('three servers again')));
    }
    await this.#server.kill();
    if (kind === 'wipe') this.#server.wipe();
    if (kind === 'setBack') {
      const wasSetBack = this.#server.setBack();
      if (!wasSetBack) this.#server.keep();
      this.#note(wasSetBack ? 'store set back' : 'server killed');
    } else this.#note(kind === 'wipe' ? 'store wiped' : 'server killed');
    await delay(200 + rnd() * 1000);
    await this.#server.start();
    if (kind === 'setBack') {
      // the next one is set back to some later time
      await delay(300);
      await this.#server.kill();
      this.#server.keep();
      await this.#server.start();
    }
  }

  async #killBridge(rnd: () => number): Promise<void> {
    const home = this.homes[Math.floor(rnd() * this.homes.length)] ?? this.seat;
    const bridge = this.#bridges.get(home);
    if (bridge?.child.pid !== home.bridgePid) throw new Error(`the bridge of ${home.name} is another one`);
    bridge?.kill();
    await bridge?.ended;
    this.#note('bridge killed', ` of ${home.name}`);
    await delay(rnd() * 600);
    this.#startBridge(home);
    await waitFor(() => home.bridgePid === this.#bridges.get(home)?.child.pid, patient(`the bridge of ${home.name}`));
  }

  #startBridge(home: MachineHome): void {
    const env = cleanEnv(home.root, { FERMATA_HOME: home.home });
    this.#bridges.set(home, new Running(process.execPath, [homePaths(home.home).bridge, '--stay'], { env }));
  }

  #note(what: string, detail = ''): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    this.story.push(`${((Date.now() - this.#startedMs) / 1000).toFixed(1)} s: ${what}${detail}`);
  }

  /** Waits until all machines have the same bytes, and all that was published on one of them counts. */
  async haveAll(): Promise<void> {
    const [seat, ...others] = this.homes;
    await waitFor(() => {
      const counted = [...seat.state.machines].reduce((sum, [, off]) => sum + off, 0);
      return counted >= others.reduce((sum, { outboxBytes }) => sum + outboxBytes, 0);
    }, patient('the seat to have every word'));
    const log = seat.bytes;
    await waitFor(() => others.every(({ bytes }) => bytes.equals(log)), patient('the copies to be the log'));
  }

  /** Words that the log has not exactly as they were published on their machine: once, and in order. */
  lostWords(): string[] {
    const seat = linesOf(this.seat.bytes);
    return this.homes.slice(1).flatMap((home) => {
      const published = linesOf(readFileSync(sessionPaths(home.dir).log)).map(textOf);
      const counted = firstOfEach(seat.filter(({ via }) => typeof via === 'string' && machineOf(via) === home.name));
      const taken = counted.filter(({ t }) => t !== 'taken').map(textOf);
      const at = published.findIndex((text, n) => text !== taken[n]);
      if (at < 0 && taken.length === published.length) return [];
      return [
        `${home.name}: of ${published.length} lines ${taken.length} count; the first other one is ${at}: ${published[at] ?? taken[published.length]}`,
      ];
    });
  }
}

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });

const linesOf = (bytes: Buffer): Line[] =>
  bytes
    .toString('utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Line);

/** Those that count: of an outbox each line that ends further than all before it. */
function firstOfEach(lines: Line[]): Line[] {
  const taken = new Map<unknown, number>();
  return lines.filter(({ via, off }) => {
    const isFirst = Number(off) > (taken.get(via) ?? 0);
    if (isFirst) taken.set(via, Number(off));
    return isFirst;
  });
}

/** A line without what the seat writes into it. */
const textOf = ({ ts: _ts, via: _via, off: _off, said: _said, host: _host, ...rest }: Line): string =>
  JSON.stringify(rest);
