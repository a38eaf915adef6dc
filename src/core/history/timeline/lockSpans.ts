import type { SessionState } from '#protocol/state.ts';
import type { Lane, OpenSpan, LogPosition } from './lane.ts';

/** The open spans and the queue of one lock. */
interface TrackedLock {
  /** The holders' spans by fencing token. */
  held: Map<number, { lane: Lane; openSpan: OpenSpan }>;
  queue: Set<string>;
}

/** The locks of a session as spans in their holders' lanes, and the workers that wait for them. */
export class LockSpans {
  readonly #lane: (id: string) => Lane;
  readonly #tracked = new Map<string, TrackedLock>();
  /** The resources that each worker waits for, in the order of its requests. */
  readonly #waitedResources = new Map<string, Set<string>>();

  constructor(lane: (id: string) => Lane) {
    this.#lane = lane;
  }

  /** The resource that a worker has waited for longest; undefined if it waits for none. */
  waitsFor(worker: string): string | undefined {
    const [first] = this.#waitedResources.get(worker) ?? [];
    return first;
  }

  /** Updates the spans of one lock; returns the workers that began or ceased to wait. */
  update(state: SessionState, resource: string, at: LogPosition): string[] {
    const lock = state.locks.get(resource);
    let tracked = this.#tracked.get(resource);
    if (tracked === undefined) {
      if (lock === undefined || lock.holders.length + lock.queue.length === 0) return [];
      this.#tracked.set(resource, (tracked = { held: new Map(), queue: new Set() }));
    }
    this.#updateHolders(state, tracked, resource, at);
    const changed = this.#updateQueue(tracked, resource, new Set(lock?.queue.map((q) => q.worker)));
    if (tracked.held.size + tracked.queue.size === 0) this.#tracked.delete(resource);
    return changed;
  }

  /** Updates the spans of all locks, after an event that may have ended a worker or a lease. */
  updateAll(state: SessionState, at: LogPosition): string[] {
    const names = new Set(this.#tracked.keys());
    for (const [name, lock] of state.locks) if (lock.holders.length + lock.queue.length > 0) names.add(name);
    return [...names].flatMap((name) => this.update(state, name, at));
  }

  #updateHolders(state: SessionState, { held }: TrackedLock, resource: string, at: LogPosition): void {
    const lock = state.locks.get(resource);
    for (const [token, { lane, openSpan }] of held) {
      if (lock?.holders.some((h) => h.token === token) === true) continue;
      lane.closeSpan(openSpan, at);
      held.delete(token);
    }
    for (const { worker, token, mode } of lock?.holders ?? []) {
      if (held.has(token)) continue;
      const lane = this.#lane(worker);
      const text = mode === 'shared' ? mode : undefined;
      const block = blockOf(state, resource, token);
      held.set(token, { lane, openSpan: lane.openSpan('lock', at, { label: resource, text, block }) });
    }
  }

  #updateQueue(tracked: TrackedLock, resource: string, queue: Set<string>): string[] {
    const changed = [...tracked.queue].filter((worker) => !queue.has(worker));
    for (const worker of changed) {
      const resources = this.#waitedResources.get(worker);
      resources?.delete(resource);
      if (resources?.size === 0) this.#waitedResources.delete(worker);
    }
    for (const worker of queue) {
      if (tracked.queue.has(worker)) continue;
      const resources = this.#waitedResources.get(worker) ?? new Set();
      this.#waitedResources.set(worker, resources.add(resource));
      changed.push(worker);
    }
    tracked.queue = queue;
    return changed;
  }
}

/** The block by which a file's lock refuses the calls of others. Searches the newest blocks first. */
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
