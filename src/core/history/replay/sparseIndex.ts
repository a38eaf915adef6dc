/** When the index has this many entries, every second one is dropped. */
const MAX_ENTRIES = 32_768;

/** An event's number (from 1), the byte offset of its line, and the newest timestamp up to it (epoch ms). */
export interface IndexEntry {
  event: number;
  pos: number;
  ts: number;
}

/**
 * An index of a log's events in bounded memory: it has every event of a short log, and every n-th of a long one. A
 * reader finds the events between two entries by reading on from the first one.
 */
export class SparseIndex {
  readonly #maxEntries: number;
  readonly #positions: Float64Array;
  readonly #times: Float64Array;
  #count = 0;
  #stride = 1;

  constructor(maxEntries = MAX_ENTRIES) {
    this.#maxEntries = maxEntries;
    this.#positions = new Float64Array(maxEntries);
    this.#times = new Float64Array(maxEntries);
  }

  /** The number of events from one entry to the next. */
  get stride(): number {
    return this.#stride;
  }

  /** Adds the next event if its number fits the stride. Positions and timestamps must not decrease. */
  add({ event, pos, ts }: IndexEntry): void {
    if ((event - 1) % this.#stride !== 0) return;
    if (this.#count === this.#maxEntries) {
      this.#dropEverySecond();
      if ((event - 1) % this.#stride !== 0) return;
    }
    this.#positions[this.#count] = pos;
    this.#times[this.#count] = ts;
    this.#count++;
  }

  /** The last entry at or before a byte offset; undefined before the first event. */
  atPosition(pos: number): IndexEntry | undefined {
    return this.#last(this.#positions, pos);
  }

  /** The last entry at or before a timestamp; undefined before the first event. */
  atTime(ts: number): IndexEntry | undefined {
    return this.#last(this.#times, ts);
  }

  #last(values: Float64Array, limit: number): IndexEntry | undefined {
    const index = firstAbove(values, this.#count, limit) - 1;
    if (index < 0) return undefined;
    return { event: index * this.#stride + 1, pos: this.#positions[index] ?? 0, ts: this.#times[index] ?? 0 };
  }

  #dropEverySecond(): void {
    const remaining = Math.ceil(this.#count / 2);
    for (let i = 0; i < remaining; i++) {
      this.#positions[i] = this.#positions[2 * i] ?? 0;
      this.#times[i] = this.#times[2 * i] ?? 0;
    }
    this.#count = remaining;
    this.#stride *= 2;
  }
}

/** The index of the first of `count` sorted values that is above a limit; `count` if there is none. */
export function firstAbove(values: ArrayLike<number>, count: number, limit: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] ?? Infinity) > limit) high = middle;
    else low = middle + 1;
  }
  return low;
}
