/** Runs `action` at the first request, and then at most once an interval: requests in between share the run at its end. */
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
