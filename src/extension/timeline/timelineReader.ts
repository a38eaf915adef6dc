import { setImmediate } from 'node:timers/promises';
import type { TimelineView } from '../../protocol/timeline.ts';
import { TimelineLog } from './timelineLog.ts';

export interface TimelineReaderOptions {
  dir: string;
  /** Something new was read, or it could not be. */
  changed: () => void;
}

/** Reads a session's log for a timeline whenever it is told to look, a stretch at a time, and once only at a time. */
export class TimelineReader {
  readonly #log: TimelineLog;
  readonly #changed: () => void;
  #reading = false;
  #again = false;
  #complete = false;
  #stopped = false;
  /** Why it could not be read. */
  error: Error | undefined;

  constructor({ dir, changed }: TimelineReaderOptions) {
    this.#log = new TimelineLog(dir);
    this.#changed = changed;
  }

  view(session: TimelineView['session'], now: number): TimelineView {
    return this.#log.view(session, now, this.#complete);
  }

  /** There may be something new. */
  look(): void {
    if (this.#stopped) return;
    this.#again = true;
    if (!this.#reading) void this.#readOn();
  }

  dispose(): void {
    this.#stopped = true;
  }

  async #readOn(): Promise<void> {
    this.#reading = true;
    while (this.#again && !this.#stopped) {
      this.#again = false;
      try {
        while (this.#log.read() && !this.#stopped) {
          this.#changed();
          await setImmediate();
        }
        this.error = undefined;
        this.#complete = true;
      } catch (error) {
        this.error = error instanceof Error ? error : new Error(String(error));
      }
      this.#changed();
    }
    this.#reading = false;
  }
}
