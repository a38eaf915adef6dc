import { setImmediate } from 'node:timers/promises';
import type { TimelineView } from '#protocol/timeline.ts';
import { TimelineLog } from './timelineLog.ts';

export interface TimelineReaderOptions {
  dir: string;
  /** Something new was read, or it could not be. */
  onChange: () => void;
}

/** Reads a session's log for a timeline whenever it is told to look, a stretch at a time, and once only at a time. */
export class TimelineReader {
  readonly #log: TimelineLog;
  readonly #onChange: () => void;
  #reading = false;
  #pending = false;
  #complete = false;
  #stopped = false;
  /** Why it could not be read. */
  error: Error | undefined;

  constructor({ dir, onChange }: TimelineReaderOptions) {
    this.#log = new TimelineLog(dir);
    this.#onChange = onChange;
  }

  view(session: TimelineView['session'], now: number): TimelineView {
    return this.#log.view(session, now, this.#complete);
  }

  /** There may be something new. */
  poll(): void {
    if (this.#stopped) return;
    this.#pending = true;
    if (!this.#reading) void this.#readNew();
  }

  dispose(): void {
    this.#stopped = true;
  }

  async #readNew(): Promise<void> {
    this.#reading = true;
    while (this.#pending && !this.#stopped) {
      this.#pending = false;
      try {
        while (this.#log.read() && !this.#stopped) {
          this.#onChange();
          await setImmediate();
        }
        this.error = undefined;
        this.#complete = true;
      } catch (error) {
        this.error = error instanceof Error ? error : new Error(String(error));
      }
      this.#onChange();
    }
    this.#reading = false;
  }
}
