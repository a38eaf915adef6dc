import { useEffect, useRef, useState } from 'preact/hooks';

/**
 * The log's time as seen from here. The extension may run on another machine, so the panel counts on from the times
 * in the snapshots; the largest offset seen belongs to the freshest one.
 */
class Clock {
  #offsetMs: number | undefined;
  #stoppedAt: number | undefined;
  readonly #listeners = new Set<() => void>();
  #timer: number | undefined;

  /** Learns from a snapshot's own time. */
  adjust(snapshotTs: number): void {
    this.#offsetMs = Math.max(this.#offsetMs ?? -Infinity, snapshotTs - Date.now());
  }

  /** Stands still at a moment of the past; without one it is now again. */
  stop(at: number | undefined): void {
    this.#stoppedAt = at;
  }

  now(): number {
    return this.#stoppedAt ?? Date.now() + (this.#offsetMs ?? 0);
  }

  /** Calls once a second for as long as somebody listens; a panel without ages has no timer. */
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

/** One clock for the page, since there is one snapshot. */
export const clock = new Clock();

/** A text that depends on the time. The component draws again only in the seconds in which the text changes. */
export function useTicking(text: (now: number) => string): string {
  const [, redraw] = useState(0);
  const rendered = useRef('');
  const latest = useRef(text);
  latest.current = text;
  rendered.current = text(clock.now());
  useEffect(
    () =>
      clock.subscribe(() => {
        if (latest.current(clock.now()) !== rendered.current) redraw((count) => count + 1);
      }),
    [],
  );
  return rendered.current;
}
