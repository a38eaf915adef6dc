/** Runs `action` at once when it is asked for after a pause, and else once at the end of the pause. Whole state, never deltas. */
export class Coalescer {
  #timer: NodeJS.Timeout | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #disposed = false;
  readonly #pauseMs: number | (() => number);
  readonly #action: () => void;

  constructor(pauseMs: number | (() => number), action: () => void) {
    this.#pauseMs = pauseMs;
    this.#action = action;
  }

  request(): void {
    if (this.#disposed || this.#timer !== undefined) return;
    const pause = typeof this.#pauseMs === 'number' ? this.#pauseMs : this.#pauseMs();
    const wait = this.#lastMs + pause - performance.now();
    if (wait <= 0) this.#run();
    else this.#timer = setTimeout(() => this.#run(), wait);
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
