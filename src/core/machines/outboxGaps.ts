import type { Clock } from './clock.ts';

/** A machine is sent how far its outbox is taken at most once in this time. */
const REQUEST_MS = 300;
/** So long a gap in an outbox keeps its leases: its machine may still have what is missing. */
const KEPT_MS = 5000;
/** Gaps in more outboxes at once are not filled. */
const MAX_GAPS = 1000;

/** The outbox of a machine: one of its names in the log. */
export interface Outbox {
  machine: string;
  gen: string;
}

interface Gap extends Outbox {
  /** Where the message that came too early ends. */
  end: number;
  sinceMs: number;
  requestedMs: number;
  /** How far the outbox was taken when that was looked at last. */
  have: number;
}

/** What is missing of the outboxes of other machines: a message came whose predecessor has not. */
export class OutboxGaps {
  readonly #clock: Clock;
  readonly #request: (outbox: Outbox) => void;
  readonly #gaps = new Map<string, Gap>();

  /** @param request has a machine publish its outbox again from where it is taken */
  constructor(clock: Clock, request: (outbox: Outbox) => void) {
    this.#clock = clock;
    this.#request = request;
  }

  /**
   * A message of an outbox ends at `end`, and begins behind `have`. Before what passes by (`isLive`) the stream mostly delivers what
   * is missing: the next look at the gap finds whether it does.
   */
  open(via: string, { end, ...found }: Outbox & { end: number; have: number }, isLive: boolean): void {
    // a machine may name as many outboxes as it likes
    if (this.#gaps.size >= MAX_GAPS && !this.#gaps.has(via)) return;
    const known = this.#gaps.get(via) ?? { ...found, end, sinceMs: this.#clock.now(), requestedMs: 0 };
    const gap = { ...known, end: Math.max(end, known.end) };
    this.#gaps.set(via, gap);
    if (!isLive) this.#requestAgain(gap);
  }

  /** An outbox has been taken up to there. */
  close(via: string, end: number): void {
    if ((this.#gaps.get(via)?.end ?? 0) <= end) this.#gaps.delete(via);
  }

  clear(): void {
    this.#gaps.clear();
  }

  /** Called each second, with how far each outbox is taken: requests what has not come since. */
  tick(taken: ReadonlyMap<string, number>): void {
    for (const [via, gap] of this.#gaps) {
      const have = taken.get(via) ?? 0;
      if (have === gap.have) this.#requestAgain(gap);
      gap.have = have;
    }
  }

  /** Whether the leases of an outbox may end: nothing of it is missing, or nothing comes of it any more. */
  isDrained(via: string): boolean {
    const sinceMs = this.#gaps.get(via)?.sinceMs;
    return sinceMs === undefined || Math.abs(this.#clock.now() - sinceMs) >= KEPT_MS;
  }

  #requestAgain(gap: Gap): void {
    const now = this.#clock.now();
    if (Math.abs(now - gap.requestedMs) < REQUEST_MS) return;
    gap.requestedMs = now;
    this.#request(gap);
  }
}
