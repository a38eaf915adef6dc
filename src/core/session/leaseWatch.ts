import { monotonicMs } from '#core/base/clock.ts';

/** No two polls are further apart, unless this process has slept in between. */
const MAX_POLL_MS = 1000;

/** What one process has seen to be overdue, and has published as over. */
export class LeaseWatch {
  readonly #published = new Set<string>();
  readonly #overdueMs = new Map<string, number>();
  #lastMs = monotonicMs();
  #awakeMs = 0;

  /** Counts the time since the last poll, as far as this process was awake in it: so others have been awake, too. */
  poll(): void {
    const now = monotonicMs();
    this.#awakeMs = Math.min(now - this.#lastMs, MAX_POLL_MS);
    this.#lastMs = now;
  }

  /** Forgets the expiries that are no longer due: the second report of one may become due later. */
  keep(due: readonly string[]): void {
    const names = new Set(due);
    for (const name of this.#published) if (!names.has(name)) this.#published.delete(name);
    for (const name of this.#overdueMs.keys()) if (!names.has(name)) this.#overdueMs.delete(name);
  }

  /** Whether this expiry is not published yet, which it is from then on. */
  isNew(name: string): boolean {
    return !this.#published.has(name) && this.#published.add(name).size > 0;
  }

  /** Whether it was overdue at all polls for so long. */
  isOverdueFor(name: string, ms: number): boolean {
    const known = this.#overdueMs.get(name);
    const overdueMs = known === undefined ? 0 : known + this.#awakeMs;
    this.#overdueMs.set(name, overdueMs);
    return overdueMs >= ms;
  }
}
