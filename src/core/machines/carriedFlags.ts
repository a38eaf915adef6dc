import { statSync } from 'node:fs';
import { sessionPaths } from '#core/base/paths.ts';
import { flagEvent, isCommand, readFlags, removeFlag } from '#core/session/flags.ts';
import { publish } from '#core/session/publish.ts';

/**
 * The flags that a person raises on a machine that has only a copy. Each is published to the seat once, and removed when the
 * copy has it: until then it counts for the hooks of this machine. After a crash it is published again, which changes nothing.
 */
export class CarriedFlags {
  readonly #dir: string;
  /** Where each flag ends in the outbox, by its name and the time of its change. */
  readonly #published = new Map<string, number>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /**
   * Publishes new flags and removes those that have arrived. Throws the system's error.
   * @param arrived how far the outbox has come back, as an offset of the file
   */
  carry(now: number, arrived: number): void {
    const raised = readFlags(this.#dir).filter(isCommand);
    for (const flag of raised) {
      const key = `${flag.name} ${flag.changedMs}`;
      const end = this.#published.get(key);
      if (end === undefined) {
        publish(this.#dir, now, flagEvent(flag));
        this.#published.set(key, statSync(sessionPaths(this.#dir).log).size);
      } else if (arrived >= end) {
        removeFlag(this.#dir, flag, now);
        this.#published.delete(key);
      }
    }
  }
}
