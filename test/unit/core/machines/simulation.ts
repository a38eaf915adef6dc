import { appendFileSync, fstatSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { append, createLog } from '#core/log/append.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { BridgedHome } from '#core/machines/bridgedHome.ts';
import type { MachineRole } from '#core/machines/admit.ts';
import { subjectText } from '#core/machines/subjects.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { makeCopy, shareSession } from '#core/session/seat.ts';
import type { SessionState } from '#protocol/state.ts';
import { MemoryServer, type Faults, type MemoryLink } from './memoryLink.ts';

const SPACE = 't';
export const SEAT = 'laptop';
const SESSION = 's';
/** Frozen: a test that changes the faults of its server gives that a copy. */
export const NO_FAULTS: Readonly<Faults> = Object.freeze({ copies: () => 1, delayMs: () => 1, keeping: () => 'kept' });

/** Faults by chance, from a seed: the same seed has the same ones. */
export function faultsOf(seed: number): Faults {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    copies: () => Math.floor(next() * 3),
    delayMs: () => Math.floor(next() * 40),
    keeping: () => (next() < 0.8 ? 'kept' : next() < 0.5 ? 'refused' : 'unheard'),
  };
}

/** The bridge of one machine while it runs. */
interface Running {
  machine: string;
  home: BridgedHome;
  link: MemoryLink;
  isDead: boolean;
}

interface Event {
  atMs: number;
  nth: number;
  run: () => void;
}

/** Three machines and a server in one process, on files that are real and by a clock that is not. */
export class Simulation {
  nowMs = Date.UTC(2026, 0, 1);
  /** By how much the clocks of the machines were set forth since the beginning. */
  setMs = 0;
  #nth = 0;
  #events: Event[] = [];
  readonly server: MemoryServer;
  readonly dirs = new Map<string, string>();
  readonly running: Running[] = [];
  readonly errors: unknown[] = [];
  /** What was published of a file before it was on disk. */
  readonly unsynced: string[] = [];
  readonly #synced = new Map<number, number>();
  readonly #homes = new Map<string, string>();
  role: MachineRole = 'worker';
  maxResultBytes = 8 << 20;
  /** Set while syncing takes its time. */
  syncMs = 1;

  constructor(root: string, machines: string[], faults: Faults) {
    this.server = new MemoryServer((ms, run) => this.#at(ms, run), faults);
    for (const machine of machines) {
      const home = join(root, machine);
      mkdirSync(homePaths(home).sessions, { recursive: true });
      const dir = sessionDir(home, SESSION);
      this.#homes.set(machine, home);
      this.dirs.set(machine, dir);
      if (machine !== SEAT) makeCopy(dir, { space: SPACE, seat: SEAT, machine });
      else {
        createLog(dir, this.nowMs);
        shareSession(dir, { space: SPACE, machine });
      }
    }
  }

  dir(machine: string): string {
    return this.dirs.get(machine)!;
  }

  #at(ms: number, run: () => void): { cancel(): void } {
    const event: Event = { atMs: this.nowMs + ms, nth: this.#nth++, run };
    this.#events.push(event);
    return { cancel: () => void (this.#events = this.#events.filter((each) => each !== event)) };
  }

  /** Starts a bridge; a second one of the same machine is allowed. */
  start(machine: string): void {
    const link = this.server.connect();
    const alive: { running?: Running } = {};
    const clock = {
      now: () => this.nowMs + this.setMs,
      later: (ms: number, run: () => void) =>
        this.#at(ms, () => {
          if (alive.running?.isDead !== true) run();
        }),
    };
    const publish = link.publish.bind(link);
    link.publish = (subject, message) => {
      if ('gen' in message && subject === subjectText(SPACE, { kind: 'log', seat: SEAT, session: SESSION })) {
        const { ino } = statSync(sessionPaths(this.dir(SEAT)).log);
        const end = message.pos + message.data.length;
        if (end > (this.#synced.get(ino) ?? 0)) this.unsynced.push(`${end} of ${this.#synced.get(ino)}`);
      }
      return publish(subject, message);
    };
    const home = new BridgedHome({
      home: this.#homes.get(machine)!,
      space: SPACE,
      machine,
      link,
      roleOf: () => this.role,
      maxResultBytes: () => this.maxResultBytes,
      report: (error) => this.errors.push(error),
      clock,
      sync: (fd) =>
        new Promise((resolve) => {
          const { ino, size } = fstatSync(fd);
          clock.later(this.syncMs, () => {
            this.#synced.set(ino, Math.max(size, this.#synced.get(ino) ?? 0));
            resolve();
          });
        }),
    });
    const running: Running = { machine, home, link, isDead: false };
    alive.running = running;
    this.running.push(running);
    home.start();
    const tick = (): void => {
      home.discover();
      home.tick();
      clock.later(1000, tick);
    };
    const check = (): void => {
      void home.check();
      clock.later(4000, check);
    };
    clock.later(1000, tick);
    clock.later(4000, check);
  }

  /** Ends the bridges of a machine at once, whatever they were about to do. */
  crash(machine: string): void {
    for (const running of this.running.filter((each) => each.machine === machine && !each.isDead)) {
      running.isDead = true;
      running.link.end();
      running.home.stop();
    }
  }

  isUp(machine: string): boolean {
    return this.running.some((each) => each.machine === machine && !each.isDead);
  }

  bridges(machine?: string): Running[] {
    return this.running.filter((each) => !each.isDead && (machine === undefined || each.machine === machine));
  }

  look(machine: string): void {
    for (const { home } of this.bridges(machine)) home.look(SESSION);
  }

  /** Lets so much time pass. */
  async run(ms: number): Promise<void> {
    const end = this.nowMs + ms;
    for (;;) {
      // what was awaited goes on first
      await new Promise((resolve) => setImmediate(resolve));
      let next: Event | undefined;
      for (const event of this.#events)
        if (next === undefined || event.atMs < next.atMs || (event.atMs === next.atMs && event.nth < next.nth))
          next = event;
      if (next === undefined || next.atMs > end) break;
      this.#events = this.#events.filter((event) => event !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
    }
    this.nowMs = end;
  }

  /** Lets time pass until something holds; false where it does not within that time. */
  async until(holds: () => boolean, ms = 120_000): Promise<boolean> {
    for (let passed = 0; passed < ms; passed += 200) {
      if (holds()) return true;
      await this.run(200);
    }
    return holds();
  }

  /** Appends a line of that machine, as `fermata` does. */
  write(machine: string, ...events: Parameters<typeof append> extends [string, number, ...infer E] ? E : never): void {
    append(this.dir(machine), this.nowMs, ...events);
  }

  /** Appends bytes to the log or the outbox of a machine, as a foreign writer does. */
  writeRaw(machine: string, text: string): void {
    appendFileSync(sessionPaths(this.dir(machine)).log, text);
  }

  log(): Buffer {
    return readFileSync(sessionPaths(this.dir(SEAT)).log);
  }

  copy(machine: string): Buffer {
    return readFileSync(sessionPaths(this.dir(machine)).copy);
  }

  /** The messages that count, each once, in the order of the log; and the state. */
  folded(): { messages: string[]; state: SessionState } {
    const state = emptyState();
    const messages: string[] = [];
    new LineReader().push(this.log(), (line) => {
      const { events } = state;
      reduce(state, line);
      const value = 'value' in line ? (line.value as { t: string; message: string }) : undefined;
      if (state.events > events && value?.t === 'log') messages.push(value.message);
    });
    return { messages, state };
  }

  stop(): void {
    for (const machine of this.dirs.keys()) this.crash(machine);
  }
}
