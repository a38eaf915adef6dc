/** Runs `action` at once when it is asked for after a pause, and else once at the end of the pause. Whole state, never deltas. */
export class Throttle {
  #timer: NodeJS.Timeout | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #disposed = false;
  readonly #intervalMs: number | (() => number);
  readonly #action: () => void;

  constructor(intervalMs: number | (() => number), action: () => void) {
    this.#intervalMs = intervalMs;
    this.#action = action;
  }

  request(): void {
    if (this.#disposed || this.#timer !== undefined) return;
    const intervalMs = typeof this.#intervalMs === 'number' ? this.#intervalMs : this.#intervalMs();
    const waitMs = this.#lastMs + intervalMs - performance.now();
    if (waitMs <= 0) this.#run();
    else this.#timer = setTimeout(() => this.#run(), waitMs);
  }

  #run(): void {
    this.#timer = undefined;
    this.#lastMs = performance.now();
    this.#action();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
