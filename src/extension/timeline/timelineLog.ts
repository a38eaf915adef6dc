import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LogTail } from '#core/log/logTail.ts';
import { Timeline } from '#core/history/timeline/timeline.ts';
import type { TimelineView } from '#protocol/timeline.ts';

/** So much is read at a stretch, some 10 ms; then everybody else has their turn. */
const SLICE_BYTES = 256 * 1024;

/**
 * A session's log as a timeline, read from its beginning: of what a snapshot knows nothing is left of when it was. Read
 * by stretches; from then on only what is new.
 */
export class TimelineLog {
  readonly #tail: LogTail;
  #generation = 0;
  #state = emptyState();
  #timeline = new Timeline();

  constructor(dir: string) {
    this.#tail = new LogTail(dir);
  }

  /** Reads a stretch; returns whether there is more. Throws the system's error. */
  read(maxBytes = SLICE_BYTES): boolean {
    const before = this.#tail.fraction;
    const lines = this.#tail.next(maxBytes);
    if (this.#tail.generation !== this.#generation) {
      // another log, from its beginning
      this.#generation = this.#tail.generation;
      this.#state = emptyState();
      this.#timeline = new Timeline();
    }
    for (const line of lines) {
      reduce(this.#state, line);
      this.#timeline.update(this.#state, line);
    }
    return this.#tail.fraction < 1 && (lines.length > 0 || this.#tail.fraction !== before);
  }

  /**
   * What was read of it. Its parts change with the next reading.
   * @param complete that everything has been read once
   */
  view(session: TimelineView['session'], now: number, complete: boolean): TimelineView {
    const view = this.#timeline.view(this.#state, { session, read: 1, generatedTs: now });
    // half of it would say what is not so
    return complete ? view : { ...view, read: Math.min(0.99, this.#tail.fraction), lanes: [] };
  }
}
