/** Most stops that are kept; beyond it every other one goes. */
const MAX_ENTRIES = 32_768;

/** Where and when an event stands: how many there are with it, where its line begins, and the newest time so far. */
export interface IndexEntry {
  event: number;
  pos: number;
  ts: number;
}

/**
 * Where the events of a log stand, in bounded memory: every event of a short log, every n-th of a long one. Whoever
 * wants to know more reads on from a stop.
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

  /** How many events are between two stops. */
  get stride(): number {
    return this.#stride;
  }

  /** Notes the next event, counted from 1, if it is one to stop at. Positions and times only ever grow. */
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

  /** The last stop at or before a position in bytes; undefined before the first event. */
  atPosition(pos: number): IndexEntry | undefined {
    return this.#last(this.#positions, pos);
  }

  /** The last stop at or before a time; undefined before the first event. */
  atTime(ts: number): IndexEntry | undefined {
    return this.#last(this.#times, ts);
  }

  #last(values: Float64Array, limit: number): IndexEntry | undefined {
    let [low, high] = [0, this.#count];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((values[middle] ?? Infinity) <= limit) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return undefined;
    const index = low - 1;
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
