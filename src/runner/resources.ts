import { thisProcess } from '#core/base/processes.ts';
import { publish } from '#core/session/publish.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { resourceName } from '#core/fold/resources.ts';
import { waitFor } from '#core/session/watchLog.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { SessionState } from '#protocol/state.ts';
import type { PlannedCommand } from './command.ts';

/** The lease of a worker's resources: they lapse this long after its runner was killed, unless another one takes over. */
const LEASE_MS = 30_000;

type ResourceNeed = NonNullable<PlannedCommand['resources']>[number];

/** The resources of a worker: acquired before it starts, renewed while it runs, released by its end. */
export class Resources {
  readonly #log: SessionLog;
  readonly #worker: string;
  readonly #id: string;
  readonly #needed: ResourceNeed[];
  readonly #requested: ResourceNeed[] = [];
  readonly #lost = new Set<string>();
  #acquired = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: SessionLog, worker: string, needed: readonly ResourceNeed[]) {
    this.#log = log;
    this.#worker = worker;
    this.#id = `runner-${worker}`;
    // all runners acquire in the same order, so that no two wait for each other
    this.#needed = needed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Waits until the worker holds all resources. Returns false if it was aborted while it waited. */
  async acquire(): Promise<boolean> {
    for (const need of this.#needed) {
      this.#request(need);
      const status = await waitFor(this.#log, (state) => this.#acquireStatus(state, need.name));
      if (status !== 'granted') return false;
    }
    this.#acquired = true;
    return true;
  }

  /** Continues to renew the resources of a worker that this runner has taken over. */
  takeOver(): void {
    for (const need of this.#needed) this.#request(need);
    this.#acquired = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #request(need: ResourceNeed): void {
    this.#requested.push(need);
    this.#publishAcquire([need]);
    this.#timer ??= setInterval(() => this.#renew(), LEASE_MS / 3);
  }

  #publishAcquire(resources: readonly ResourceNeed[]): void {
    const common = {
      t: 'acquire' as const,
      worker: this.#worker,
      wait: true,
      ttlMs: LEASE_MS,
      id: this.#id,
      ...thisProcess(),
    };
    publish(this.#log.dir, Date.now(), ...resources.map(({ name, mode }) => ({ ...common, resource: name, mode })));
  }

  /** Repeats the acquires, which renews them or requests lost ones again. Logs a lost resource once; the worker runs on. */
  #renew(): void {
    try {
      this.#log.refresh();
      if (this.#acquired)
        for (const { name } of this.#requested) {
          if (this.#lost.has(name) || this.#acquireStatus(this.#log.state, name) !== undefined) continue;
          this.#lost.add(name);
          const message = `${this.#worker} runs on although it has lost ${name}`;
          publish(this.#log.dir, Date.now(), { t: 'log', level: 'warn', worker: this.#worker, message });
        }
      this.#publishAcquire(this.#requested);
    } catch {
      // a lease outlasts two renewals, so the next one is in time
    }
  }

  #acquireStatus(state: SessionState, name: string): 'granted' | 'ended' | undefined {
    const worker = state.workers.get(this.#worker);
    if (worker === undefined || hasEnded(worker)) return 'ended';
    const held = state.locks
      .get(resourceName(name, state.session))
      ?.holders.some((h) => h.worker === this.#worker && h.id === this.#id);
    return held === true ? 'granted' : undefined;
  }
}
