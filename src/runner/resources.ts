import { say } from '../core/log/say.ts';
import { hasEnded } from '../core/fold/conditions.ts';
import { until } from '../core/log/follow.ts';
import type { SessionLog } from '../core/log/sessionLog.ts';
import type { SessionState } from '../protocol/state.ts';

/** What a runner asks for lapses this long after it was killed, unless another one takes over. */
const LEASE_MS = 30_000;

interface Needed {
  name: string;
  mode: 'exclusive' | 'shared';
}

/** What a worker needs for itself while it runs: asked for before it starts, renewed, given back by its end. */
export class Resources {
  readonly #log: SessionLog;
  readonly #worker: string;
  readonly #needed: Needed[];
  readonly #asked: Needed[] = [];
  readonly #lost = new Set<string>();
  #had = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: SessionLog, worker: string, needed: readonly Needed[]) {
    this.#log = log;
    this.#worker = worker;
    // everybody in the same order: then no two wait for each other
    this.#needed = needed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Waits until the worker has all of them. False when it ended meanwhile: somebody aborted it. */
  async acquire(): Promise<boolean> {
    for (const one of this.#needed) {
      this.#ask(one);
      const how = await until(this.#log, (state) => this.#standing(state, one.name));
      if (how !== 'granted') return false;
    }
    this.#had = true;
    return true;
  }

  /** The worker runs and has them already, or had them: a runner that takes over goes on renewing. */
  takeOver(): void {
    for (const one of this.#needed) this.#ask(one);
    this.#had = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  get #id(): string {
    return `runner-${this.#worker}`;
  }

  #ask(one: Needed): void {
    this.#asked.push(one);
    this.#say([one]);
    this.#timer ??= setInterval(() => this.#renew(), LEASE_MS / 3);
  }

  #say(resources: readonly Needed[]): void {
    const common = { t: 'acquire' as const, worker: this.#worker, wait: true, ttlMs: LEASE_MS, id: this.#id };
    say(this.#log.dir, Date.now(), ...resources.map(({ name, mode }) => ({ ...common, resource: name, mode })));
  }

  /** The same ask again renews it, or asks anew for what was lost. The worker runs on without it: that is said once. */
  #renew(): void {
    try {
      this.#log.refresh();
      if (this.#had)
        for (const { name } of this.#asked) {
          if (this.#lost.has(name) || this.#standing(this.#log.state, name) !== undefined) continue;
          this.#lost.add(name);
          const message = `${this.#worker} runs on although it has lost ${name}`;
          say(this.#log.dir, Date.now(), { t: 'log', level: 'warn', worker: this.#worker, message });
        }
      this.#say(this.#asked);
    } catch {
      // the next time will do: a lease outlasts two of them
    }
  }

  #standing(state: SessionState, name: string): 'granted' | 'ended' | undefined {
    const worker = state.workers.get(this.#worker);
    if (worker === undefined || hasEnded(worker)) return 'ended';
    const held = state.locks.get(name)?.holders.some((h) => h.worker === this.#worker && h.id === this.#id);
    return held === true ? 'granted' : undefined;
  }
}
