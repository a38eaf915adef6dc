import { systemError } from './kernel/disk.ts';
import type { SimulatedProcess } from './kernel/process.ts';
import { chanceOf, type Act, type Fault } from './schedule.ts';
import type { World } from './world.ts';

/** The calls in whose place an error can be. */
const CAN_FAIL: Record<'ENOSPC' | 'EACCES' | 'EMFILE', ReadonlySet<string>> = {
  ENOSPC: new Set(['write', 'mkdir', 'link', 'rename']),
  EACCES: new Set(['open', 'mkdir', 'unlink', 'rename', 'rmdir', 'link', 'scandir']),
  EMFILE: new Set(['open', 'scandir', 'watch']),
};

/** More turns than this mean that a world does not come to its end. */
const MAX_TURNS = 4000;
/** No wait of any program is longer. */
const MAX_MS = 400_000;

/** Gives the processes of a world their turns, in the order of its seed, and does what its schedule has between two calls. */
export class Scheduler {
  readonly #world: World;
  readonly #faults = new Map<string, Fault[]>();
  readonly #chance;
  /** No faults any more: the world comes to its end. */
  isClosing = false;
  turns = 0;

  constructor(world: World) {
    this.#world = world;
    const { schedule, machine } = world;
    this.#chance = chanceOf(schedule.seed + 77);
    for (const fault of schedule.faults) {
      const list = this.#faults.get(fault.at) ?? [];
      list.push(fault);
      this.#faults.set(fault.at, list);
    }
    for (const list of this.#faults.values()) list.sort((a, b) => a.call - b.call);
    machine.beforeCall = (process, call, path) => this.#beforeCall(process, call, path);
    const { watches } = schedule;
    machine.watchDelay = () => (watches === 'never' ? undefined : watches === 'at once' ? 0 : this.#chance.below(300));
  }

  #choose(count: number): number {
    return this.#world.schedule.order === 'first' || count < 2 ? 0 : this.#chance.below(count);
  }

  /** Runs until nothing is left to do and nothing waits. Returns why that does not come about. */
  run(): string | undefined {
    const { machine } = this.#world;
    const end = machine.now + MAX_MS;
    while (true) {
      if (++this.turns > MAX_TURNS || machine.now > end) return `it does not come to its end: ${this.#alive()}`;
      machine.fireDue();
      const ready = this.#ready();
      const next = machine.nextDue();
      const idle = this.#idle();
      const choices = ready.length + idle.length;
      if (choices === 0) {
        if (next === undefined) return undefined;
        machine.now = Math.max(machine.now, next);
        continue;
      }
      // time may pass before an actor goes on
      const passes =
        ready.length === 0 && next !== undefined && this.#world.schedule.order === 'seed' && this.#chance.next() < 0.3;
      if (passes) {
        machine.now = Math.max(machine.now, next);
        continue;
      }
      const chosen = this.#choose(choices);
      const process = ready[chosen];
      if (process !== undefined) machine.turn(process);
      else this.#begin(idle[chosen - ready.length]);
    }
  }

  #begin(actor: Parameters<World['begin']>[0] | undefined): SimulatedProcess | undefined {
    const process = actor && this.#world.begin(actor);
    if (process !== undefined) this.#world.machine.turn(process);
    return process;
  }

  #idle(): Parameters<World['begin']>[0][] {
    return [...this.#world.actors.values()].filter(({ busy, steps }) => !busy && steps.length > 0);
  }

  #ready(): SimulatedProcess[] {
    const ready: SimulatedProcess[] = [];
    for (const process of this.#world.machine.processes.values()) if (process.isReady) ready.push(process);
    return ready;
  }

  #alive(): string {
    return [...this.#world.machine.processes.values()]
      .map(({ label, argv }) => `${label} ${argv.slice(2).join(' ')}`)
      .join(', ');
  }

  #beforeCall(process: SimulatedProcess, call: string, path: string): 'torn' | undefined {
    if (this.isClosing) return undefined;
    const faults = this.#faults.get(process.label);
    const next = faults?.[0];
    if (faults === undefined || next === undefined || next.call > process.calls) return undefined;
    const { act } = next;
    if (act.do === 'torn' && call !== 'write') return undefined;
    if (act.do === 'fail' && !CAN_FAIL[act.code].has(call)) return undefined;
    // a pipe has no path, and needs no room on a disk
    if (act.do === 'fail' && act.code === 'ENOSPC' && path === '') return undefined;
    faults.shift();
    return this.#act(process, act, call, path);
  }

  #act(process: SimulatedProcess, act: Act, call: string, path: string): 'torn' | undefined {
    const { machine, facts } = this.#world;
    if (act.do !== 'run') facts.accidents.push(process);
    switch (act.do) {
      case 'kill':
        machine.end(process, null, 'SIGKILL');
        return undefined;
      case 'torn':
        return 'torn';
      case 'fail':
        if (act.code === 'ENOSPC') process.hadFullDisk = true;
        else process.hadFault = true;
        throw systemError(act.code, call, path);
      case 'run':
        this.#runOthers(act.which, act.turns);
        return undefined;
      case 'delay':
        process.isStopped = true;
        this.#passTime(act.ms);
        process.isStopped = false;
        return undefined;
      case 'clock':
      case 'sleep':
        this.#world.setClock(act.ms);
        return undefined;
      case 'full':
        facts.diskWasFull = true;
        machine.disk.room = Math.floor(this.#chance.next() * 200);
        machine.fullUntil = machine.now + act.ms;
        return undefined;
    }
  }

  /** Within a call of one process others run, each of their turns whole. */
  #runOthers(which: number, turns: number): void {
    const { machine } = this.#world;
    if (!machine.mayNest) return;
    machine.fireDue();
    const ready = this.#ready();
    const idle = this.#idle();
    const count = ready.length + idle.length;
    if (count === 0) return;
    const chosen = which % count;
    const process = ready[chosen] ?? this.#begin(idle[chosen - ready.length]);
    for (let n = 1; n < turns; n++) {
      machine.fireDue();
      if (process?.isReady !== true) break;
      machine.turn(process);
    }
  }

  /** A process stands still for a time in which the others go on. */
  #passTime(ms: number): void {
    const { machine } = this.#world;
    const end = machine.now + ms;
    for (let n = 0; n < 200 && machine.mayNest; n++) {
      machine.fireDue();
      const ready = this.#ready();
      const idle = this.#idle();
      const chosen = this.#choose(ready.length + idle.length);
      const process = ready[chosen];
      const actor = idle[chosen - ready.length];
      if (process !== undefined) machine.turn(process);
      else if (actor !== undefined) this.#begin(actor);
      else {
        const next = machine.nextDue();
        if (next === undefined || next > end) break;
        machine.now = Math.max(machine.now, next);
      }
    }
    machine.now = Math.max(machine.now, end);
  }
}
