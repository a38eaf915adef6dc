import { SessionTranscript } from '#core/claude/transcript/sessionTranscript.ts';
import { Throttle } from '#extension/base/throttle.ts';
import type { TrackedTranscript } from './session.ts';

/** How often it is looked whether a transcript has grown: a look at the sizes of a few files. */
const POLL_MS = 500;
/** So long transcripts are read at a stretch, and so long everybody else has in between. */
const SLICE_MS = 4;
const YIELD_MS = 12;
/** What was read is drawn at most this often. */
const RENDER_MS = 200;

export interface TranscriptsOptions {
  /** Paths of the transcripts that are to be followed now. */
  paths: () => Iterable<string>;
  onChange: () => void;
  onError: (error: unknown) => void;
}

/**
 * Follows the transcripts of sessions, only ever reading. A transcript of a hundred megabytes is read a few
 * milliseconds at a time, so that the editor never waits for it.
 */
export class Transcripts {
  readonly #options: TranscriptsOptions;
  readonly #known = new Map<string, SessionTranscript>();
  readonly #throttle: Throttle;
  readonly #timer: NodeJS.Timeout;
  #sliceTimer: NodeJS.Timeout | undefined;
  #nextIndex = 0;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
    this.#throttle = new Throttle(RENDER_MS, options.onChange);
    this.#timer = setInterval(() => this.poll(), POLL_MS).unref();
  }

  /** What is read of a transcript so far; undefined while nobody follows it. */
  of(path: string | undefined): TrackedTranscript | undefined {
    return path === undefined ? undefined : this.#known.get(path);
  }

  /** Looks for what is new; goes on by itself where there is more than fits into one stretch. */
  poll(): void {
    if (this.#sliceTimer !== undefined) return;
    const paths = new Set(this.#options.paths());
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path);
    for (const path of paths) if (!this.#known.has(path)) this.#known.set(path, new SessionTranscript(path));
    this.#readSlice();
  }

  dispose(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#sliceTimer);
    this.#throttle.dispose();
    this.#known.clear();
  }

  /** Everybody in turn: who has much to read goes on after the others. */
  #readSlice(): void {
    this.#sliceTimer = undefined;
    const endMs = performance.now() + SLICE_MS;
    const hasTime = (): boolean => performance.now() < endMs;
    const all = [...this.#known.values()];
    let [changed, more, processed] = [false, false, 0];
    for (; processed < all.length && hasTime(); processed++) {
      const next = all[this.#nextIndex++ % all.length];
      if (next === undefined) break;
      const before = next.revision;
      more = this.#read(next, hasTime) || more;
      changed ||= next.revision !== before;
    }
    if (changed) this.#throttle.request();
    if (more || processed < all.length) this.#sliceTimer = setTimeout(() => this.#readSlice(), YIELD_MS);
  }

  #read(transcript: SessionTranscript, hasTime: () => boolean): boolean {
    try {
      return transcript.read(hasTime);
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }
}
