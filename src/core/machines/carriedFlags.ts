import { statSync } from 'node:fs';
import { sessionPaths } from '#core/base/paths.ts';
import { carriedEvent, readFlags, removeFlag } from '#core/session/flags.ts';
import { publish } from '#core/session/publish.ts';
import type { SessionState } from '#protocol/state.ts';

/**
 * The flags that a person raises on a machine that has only a copy. Each is published to the seat once, and removed when the
 * copy has it: until then it counts for the hooks of this machine. After a crash it is published again, which changes nothing.
 */
export class CarriedFlags {
  readonly #dir: string;
  readonly #machine: string;
  /** Where each flag ends in the outbox, by its name and the time of its change. */
  readonly #published = new Map<string, number>();

  constructor(dir: string, machine: string) {
    this.#dir = dir;
    this.#machine = machine;
  }

  /**
   * Publishes new flags and removes those that have arrived. Throws the system's error.
   * @param arrived how far the outbox has come back, as an offset of the file
   */
  carry(state: SessionState, now: number, arrived: number): void {
    for (const flag of readFlags(this.#dir)) {
      const event = carriedEvent(flag, state, this.#machine);
      if (event === undefined) continue;
      const key = `${flag.name} ${flag.changedMs}`;
      const end = this.#published.get(key);
      if (end === undefined) {
        publish(this.#dir, now, event);
        this.#published.set(key, statSync(sessionPaths(this.#dir).log).size);
      } else if (arrived >= end) {
        removeFlag(this.#dir, flag, now);
        this.#published.delete(key);
      }
    }
  }
}
