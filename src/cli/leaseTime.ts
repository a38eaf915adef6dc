import { monotonicMs } from '#core/base/clock.ts';
import { isCopy } from '#core/session/seat.ts';
import { arrivedEnd, outboxEnd } from '#core/session/settle.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { Acquire } from '#protocol/state.ts';

/**
 * How long ago a lease was renewed last, by two clocks: one stands still in a sleep of the machine, the other one may be set. On
 * a machine that has only a copy a renewal counts once it has come back, from the moment at which it was published: the seat
 * counts from a later one, so a lease is over here first.
 */
export class LeaseTime {
  readonly #log: SessionLog;
  readonly #now: () => number;
  readonly isCopy: boolean;
  #renewed: number[];
  #tried: number[];
  #pending: { end: number; times: number[] }[] = [];

  /** @param granted the request as it was granted just now */
  constructor(log: SessionLog, now: () => number, { dueTs, ttlMs = 0 }: Acquire) {
    this.#log = log;
    this.#now = now;
    this.isCopy = isCopy(log.dir);
    // by the clock of the seat, as it was heard last
    const agoMs = this.isCopy && dueTs !== undefined ? Math.max(0, log.state.lastTs - (dueTs - ttlMs)) : 0;
    this.#renewed = this.#times().map((time) => time - agoMs);
    this.#tried = this.#renewed;
  }

  #times(): number[] {
    return [this.#now(), monotonicMs()];
  }

  #isSince(past: number[], ms: number): boolean {
    return this.#times().some((time, i) => time - (past[i] ?? 0) >= ms);
  }

  /** Whether the lease was renewed so long ago by either clock. The log has been read. */
  hasPassed(ms: number): boolean {
    const arrived = this.#pending.length === 0 ? 0 : arrivedEnd(this.#log);
    for (let [first] = this.#pending; first !== undefined && arrived >= first.end; [first] = this.#pending) {
      this.#renewed = first.times;
      this.#pending.shift();
    }
    return this.#isSince(this.#renewed, ms);
  }

  /** Whether it is time to publish a renewal again. */
  isDue(ms: number): boolean {
    return this.#isSince(this.#tried, ms);
  }

  /** A renewal was published just now. */
  renewed(): void {
    const times = this.#times();
    this.#tried = times;
    if (this.isCopy) this.#pending.push({ end: outboxEnd(this.#log.dir), times });
    else this.#renewed = times;
  }
}
