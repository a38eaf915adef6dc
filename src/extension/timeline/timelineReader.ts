import { setImmediate } from 'node:timers/promises';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';
import { OwnCalls } from '#core/claude/transcript/ownCalls.ts';
import { LogTail } from '#core/log/logTail.ts';
import type { TimelineView } from '#protocol/timeline.ts';

/** Read and folded without a pause, some 10 ms. */
const SLICE_BYTES = 256 * 1024;

export interface TimelineReaderOptions {
  dir: string;
  /** Something new was read, or reading failed. */
  onChange: () => void;
}

/**
 * A session's log as a timeline. The log is read from its beginning, since a snapshot does not keep when things happened;
 * after that, only what was appended is read.
 */
export class TimelineReader {
  readonly #tail: LogTail;
  readonly #onChange: () => void;
  #generation = 0;
  #state = emptyState();
  #timeline = new Timeline();
  /** The calls of Claude's transcript, once the log is read and names one. */
  #calls: OwnCalls | undefined;
  #complete = false;
  #reading = false;
  #pending = false;
  #stopped = false;
  /** Why the log could not be read. */
  error: Error | undefined;

  constructor({ dir, onChange }: TimelineReaderOptions) {
    this.#tail = new LogTail(dir);
    this.#onChange = onChange;
  }

  /** What was read so far. Its parts change with the next reading. Before the first complete reading it has no lanes. */
  view(session: TimelineView['session'], now: number): TimelineView {
    const view = this.#timeline.view(this.#state, { session, read: 1, generatedTs: now }, this.#calls?.calls);
    // without the rest of the log, lanes would look as if their workers were still running
    return this.#complete ? view : { ...view, read: Math.min(0.99, this.#tail.fraction), lanes: [] };
  }

  /** Reads what is new in the log, slice by slice, in the background. */
  poll(): void {
    if (this.#stopped) return;
    this.#pending = true;
    if (!this.#reading) void this.#readNew();
  }

  /** Reads one slice of the log; returns whether there is more. Throws the system's error. */
  readSlice(maxBytes = SLICE_BYTES): boolean {
    const before = this.#tail.fraction;
    const lines = this.#tail.next(maxBytes);
    if (this.#tail.generation !== this.#generation) {
      // the log was replaced, and is read from the beginning
      this.#generation = this.#tail.generation;
      this.#state = emptyState();
      this.#timeline = new Timeline();
    }
    for (const line of lines) {
      reduce(this.#state, line);
      this.#timeline.update(this.#state, line);
    }
    const hasMore = this.#tail.fraction < 1 && (lines.length > 0 || this.#tail.fraction !== before);
    this.#complete ||= !hasMore;
    return hasMore;
  }

  dispose(): void {
    this.#stopped = true;
  }

  async #readCalls(): Promise<void> {
    const { transcript } = this.#state.session;
    if (transcript === undefined || this.#stopped) return;
    if (this.#calls?.path !== transcript) this.#calls = new OwnCalls(transcript);
    await this.#calls.read();
  }

  async #readNew(): Promise<void> {
    this.#reading = true;
    while (this.#pending && !this.#stopped) {
      this.#pending = false;
      try {
        while (this.readSlice() && !this.#stopped) {
          this.#onChange();
          await setImmediate();
        }
        await this.#readCalls();
        this.error = undefined;
      } catch (error) {
        this.error = error instanceof Error ? error : new Error(String(error));
      }
      this.#onChange();
    }
    this.#reading = false;
  }
}
