/**
 * The time of the log's machine, as the page knows it. The extension may run on another machine than the page, so the
 * page adds an offset to its own clock; the largest offset seen belongs to the snapshot that travelled fastest.
 */
class Clock {
  #offsetMs: number | undefined;
  #stoppedAt: number | undefined;
  readonly #listeners = new Set<() => void>();
  #timer: number | undefined;

  /** Updates the offset by the time at which a snapshot was made, epoch ms. */
  adjust(snapshotTs: number): void {
    this.#offsetMs = Math.max(this.#offsetMs ?? -Infinity, snapshotTs - Date.now());
  }

  /** Stops the clock at a time of the past, epoch ms; `undefined` lets it run again. */
  stop(at: number | undefined): void {
    this.#stoppedAt = at;
  }

  now(): number {
    return this.#stoppedAt ?? Date.now() + (this.#offsetMs ?? 0);
  }

  /** Calls the listener once a second until the returned function is called; without listeners there is no timer. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    this.#timer ??= window.setInterval(() => {
      for (const each of this.#listeners) each();
    }, 1000);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size > 0) return;
      window.clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }
}

/** The page's only clock. */
export const clock = new Clock();
