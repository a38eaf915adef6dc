import type { SessionState } from '#protocol/state.ts';
import { machineOf } from '#core/fold/machines.ts';

/** The most that one machine publishes to a session, in bytes. */
export const MAX_MACHINE_BYTES = 64 << 20;
/** The same in a second. */
const BYTES_PER_SECOND = 2 << 20;
/** The most machines that publish to a session. */
const MAX_MACHINES = 1000;

interface Bucket {
  bytes: number;
  ts: number;
}

/** Bounds what each machine publishes. What goes beyond the rate waits; what goes beyond the rest is not taken. */
export class SenderLimits {
  readonly #buckets = new Map<string, Bucket>();

  /** Whether so many bytes of a machine may be taken at `now` (epoch ms); otherwise why not, or after how many milliseconds. */
  judge(
    state: SessionState,
    machine: string,
    bytes: number,
    now: number,
  ): 'taken' | { waitMs: number } | { why: string } {
    const machines = new Set([...state.machines.keys()].map(machineOf));
    if (!machines.has(machine) && machines.size >= MAX_MACHINES) return { why: `more than ${MAX_MACHINES} machines` };
    let total = bytes;
    for (const [via, off] of state.machines) if (machineOf(via) === machine) total += off;
    if (total > MAX_MACHINE_BYTES) return { why: `more than ${MAX_MACHINE_BYTES >> 20} MB` };
    const known = this.#buckets.get(machine) ?? { bytes: BYTES_PER_SECOND, ts: now };
    const gained = (Math.max(0, now - known.ts) * BYTES_PER_SECOND) / 1000;
    const bucket = { bytes: Math.min(BYTES_PER_SECOND, known.bytes + gained), ts: now };
    this.#buckets.set(machine, bucket);
    if (bytes > bucket.bytes) return { waitMs: Math.ceil(((bytes - bucket.bytes) * 1000) / BYTES_PER_SECOND) };
    bucket.bytes -= bytes;
    return 'taken';
  }
}
