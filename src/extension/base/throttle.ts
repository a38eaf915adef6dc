import { inOwnTurn } from './turns.ts';

/**
 * Runs `action` soon after the first request, in a turn of its own, and then at most once an interval: requests in between
 * share the run at its end. A run is followed by a rest of at least `costFactor` times as long as it took, so that
 * under load it leaves that share of the time to others.
 */
export class Throttle {
  #timer: NodeJS.Timeout | undefined;
  #requested = false;
  /** It was requested again since its run began. */
  #again = false;
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  #disposed = false;
  readonly #intervalMs: number;
  readonly #action: () => unknown;
  readonly #costFactor: number;

  constructor(intervalMs: number, action: () => unknown, costFactor = 1) {
    this.#intervalMs = intervalMs;
    this.#action = action;
    this.#costFactor = costFactor;
  }

  request(): void {
    this.#again = this.#requested;
    if (this.#disposed || this.#requested) return;
    this.#requested = true;
    const waitMs = this.#restsUntilMs - performance.now();
    if (waitMs <= 0) this.#runInTurn();
    else this.#timer = setTimeout(() => this.#runInTurn(), waitMs);
  }

  #runInTurn(): void {
    inOwnTurn(() => this.#run());
  }

  #run(): void {
    if (this.#disposed) return;
    this.#again = false;
    const startedMs = performance.now();
    try {
      this.#action();
    } finally {
      const endedMs = performance.now();
      this.#restsUntilMs = endedMs + Math.max(this.#intervalMs, this.#costFactor * (endedMs - startedMs));
      this.#requested = false;
      if (this.#again) this.request();
    }
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }
}
