import type { Lock, SessionState } from '../../protocol/state.ts';
import type { Lane, Lasting, Place } from './lane.ts';

/** What of a lock is drawn at present. */
interface Drawn {
  /** By fencing token. */
  held: Map<number, { lane: Lane; lasting: Lasting }>;
  queue: Set<string>;
}

/** The locks of a session as spans: who had what from when to when, and who waits for it. */
export class LockTimes {
  readonly #lane: (id: string) => Lane;
  readonly #drawn = new Map<string, Drawn>();
  /** What each worker waits for, the first first. */
  readonly #waits = new Map<string, Set<string>>();

  constructor(lane: (id: string) => Lane) {
    this.#lane = lane;
  }

  /** The resource that a worker waits for. */
  waitsFor(worker: string): string | undefined {
    const [first] = this.#waits.get(worker) ?? [];
    return first;
  }

  /** Looks at one lock; returns who waits no longer, or only now. */
  look(state: SessionState, resource: string, at: Place): string[] {
    const lock = state.locks.get(resource);
    let drawn = this.#drawn.get(resource);
    if (drawn === undefined) {
      if (lock === undefined || lock.holders.length + lock.queue.length === 0) return [];
      this.#drawn.set(resource, (drawn = { held: new Map(), queue: new Set() }));
    }
    this.#hold(state, drawn, lock, at);
    const changed = this.#wait(drawn, resource, new Set(lock?.queue.map((q) => q.worker)));
    if (drawn.held.size + drawn.queue.size === 0) this.#drawn.delete(resource);
    return changed;
  }

  /** Looks at all of them, after an event that may have ended a worker or a lease. */
  lookAll(state: SessionState, at: Place): string[] {
    const names = new Set(this.#drawn.keys());
    for (const [name, lock] of state.locks) if (lock.holders.length + lock.queue.length > 0) names.add(name);
    return [...names].flatMap((name) => this.look(state, name, at));
  }

  #hold(state: SessionState, { held }: Drawn, lock: Lock | undefined, at: Place): void {
    for (const [token, { lane, lasting }] of held) {
      if (lock?.holders.some((h) => h.token === token) === true) continue;
      lane.end(lasting, at);
      held.delete(token);
    }
    for (const { worker, token, mode } of lock?.holders ?? []) {
      if (held.has(token)) continue;
      const lane = this.#lane(worker);
      const { resource } = lock as Lock;
      const said = {
        label: resource,
        text: mode === 'shared' ? mode : undefined,
        block: blockOf(state, resource, token),
      };
      held.set(token, { lane, lasting: lane.begin('lock', at, said) });
    }
  }

  #wait(drawn: Drawn, resource: string, queue: Set<string>): string[] {
    const changed = [...drawn.queue].filter((worker) => !queue.has(worker));
    for (const worker of changed) {
      const reasons = this.#waits.get(worker);
      reasons?.delete(resource);
      if (reasons?.size === 0) this.#waits.delete(worker);
    }
    for (const worker of queue) {
      if (drawn.queue.has(worker)) continue;
      const reasons = this.#waits.get(worker) ?? new Set();
      this.#waits.set(worker, reasons.add(resource));
      changed.push(worker);
    }
    drawn.queue = queue;
    return changed;
  }
}

/** The block by which a lock keeps everybody else from a file; the newest blocks are looked at first. */
function blockOf(state: SessionState, resource: string, token: number): string | undefined {
  if (!resource.startsWith('file:')) return undefined;
  for (let n = state.blockCount; n > 0; n--) {
    const block = state.blocks.get(`B${n}`);
    if (block?.cause.kind === 'lock' && block.cause.token === token && block.cause.resource === resource)
      return block.id;
    if (block === undefined) return undefined;
  }
  return undefined;
}
