import { setTimeout as delay } from 'node:timers/promises';
import { exists } from '#core/base/files/facts.ts';
import { monotonicMs } from '#core/base/clock.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { append, LineTooLongError, type NewEvent } from '#core/log/append.ts';
import { armFor } from '#core/session/publish.ts';

/** Between two attempts to write what could not be written. */
const RETRY_MS = 1000;
/** How long a runner whose worker has ended tries to report that. */
const MAX_SETTLE_MS = 3_600_000;

/**
 * Publishes what a runner reports, in order. What cannot be written, since the disk is full or the log may not be written, is
 * tried again until it can be: a command whose start is in no log would run on after an abort, and its end would be lost.
 */
export class PersistentPublisher {
  readonly #dir: string;
  readonly #onError: (error: unknown) => void;
  readonly #waiting: NewEvent[] = [];
  #retrying: Promise<void> | undefined;
  #giveUpMs = Infinity;

  /** @param onError called with what cannot be written at first, and with what never can */
  constructor(dir: string, onError: (error: unknown) => void) {
    this.#dir = dir;
    this.#onError = onError;
  }

  /** Never throws. Events that have to wait keep the time of this call. */
  publish(...events: NewEvent[]): void {
    const ts = Date.now();
    this.#waiting.push(...events.map((event) => ({ ...event, ts: event.ts ?? ts })));
    if (this.#retrying === undefined && !this.#tryAll()) this.#retrying = this.#retry();
  }

  /** Resolves once all is written; or the log is gone; or an hour is over. */
  async settled(): Promise<void> {
    this.#giveUpMs = monotonicMs() + MAX_SETTLE_MS;
    await this.#retrying;
  }

  async #retry(): Promise<void> {
    do await delay(RETRY_MS);
    while (exists(sessionPaths(this.#dir).log) && monotonicMs() < this.#giveUpMs && !this.#tryAll(() => undefined));
    this.#retrying = undefined;
  }

  /** Whether nothing waits any more. */
  #tryAll(onError = this.#onError): boolean {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      try {
        append(this.#dir, Date.now(), next);
      } catch (error) {
        onError(error);
        if (!(error instanceof LineTooLongError)) return false;
      }
      this.#waiting.shift();
      try {
        armFor(this.#dir, [next]);
      } catch (error) {
        // the next reader arms it
        onError(error);
      }
    }
    return true;
  }
}
