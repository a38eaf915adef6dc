import type { NewEvent } from '#core/log/append.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import type { SessionState } from '#protocol/state.ts';

/** How a deliberately broken fold changes an event before it folds it; the real one does not. */
export type Reading = (event: NewEvent, state: SessionState) => NewEvent;

const LINE_BYTES = 100;

/** A deep copy of a state. It takes half of an exploration's time. */
function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  if (value instanceof Map) {
    const map = new Map<unknown, unknown>();
    for (const [key, held] of value) map.set(key, copyOf(held));
    return map as T;
  }
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) copy[key] = copyOf((value as Record<string, unknown>)[key]);
  return copy as T;
}

/**
 * An immutable log: `append` returns another one. All logs of an exploration form one tree, so that each distinct prefix
 * is folded and checked only once, however many interleavings lead to it.
 */
export class Log {
  readonly id: number;
  readonly parent: Log | undefined;
  readonly event: NewEvent | undefined;
  readonly length: number;
  readonly #tree: { count: number; reading: Reading | undefined };
  readonly #next = new Map<string, Log>();
  #state: SessionState | undefined;

  private constructor(
    tree: { count: number; reading: Reading | undefined },
    parent: Log | undefined,
    event: NewEvent | undefined,
  ) {
    this.#tree = tree;
    this.id = tree.count++;
    this.parent = parent;
    this.event = event;
    this.length = parent === undefined ? 0 : parent.length + 1;
  }

  static empty(reading?: Reading): Log {
    return new Log({ count: 0, reading }, undefined, undefined);
  }

  append(event: NewEvent): Log {
    const key = JSON.stringify(event);
    let next = this.#next.get(key);
    if (next === undefined) {
      next = new Log(this.#tree, this, event);
      this.#next.set(key, next);
    }
    return next;
  }

  /** The position of the last line. */
  get pos(): number {
    return (this.length - 1) * LINE_BYTES;
  }

  /** The folded state. It is shared, so callers must not change it. */
  get state(): SessionState {
    if (this.#state !== undefined) return this.#state;
    if (this.parent === undefined || this.event === undefined) return (this.#state = emptyState());
    const state = copyOf(this.parent.state);
    const value = this.#tree.reading?.(this.event, state) ?? this.event;
    reduce(state, { pos: this.pos, value: { ...value } });
    // no decision reads the activity list, and it costs the most to copy
    state.activity = [];
    return (this.#state = state);
  }

  /** Its events, first to last. */
  events(): NewEvent[] {
    return this.parent === undefined || this.event === undefined ? [] : [...this.parent.events(), this.event];
  }
}
