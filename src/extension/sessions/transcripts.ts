import { SessionTranscript } from '#core/claude/transcript/sessionTranscript.ts';
import { repeat, type Disposable } from '#extension/base/emitter.ts';
import { Throttle } from '#extension/base/throttle.ts';
import type { TrackedTranscript } from './session.ts';

/** How often the sizes of the transcripts are checked. */
const POLL_MS = 500;
/** How long transcripts are read in one piece, and the pause after it for the rest of the editor. */
const SLICE_MS = 4;
const YIELD_MS = 12;
/** The shortest time between two change events. */
const RENDER_MS = 200;

export interface TranscriptsOptions {
  /** The paths of the transcripts to follow at this moment. */
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
  readonly #timer: Disposable;
  #sliceTimer: NodeJS.Timeout | undefined;
  #nextIndex = 0;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
    this.#throttle = new Throttle(RENDER_MS, options.onChange);
    this.#timer = repeat(() => this.poll(), POLL_MS);
  }

  /** A transcript as far as it has been read; undefined for one that is not followed. */
  of(path: string | undefined): TrackedTranscript | undefined {
    return path === undefined ? undefined : this.#known.get(path);
  }

  /** Reads what is new, in as many slices as it takes. */
  poll(): void {
    if (this.#sliceTimer !== undefined) return;
    const paths = new Set(this.#options.paths());
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path);
    for (const path of paths) if (!this.#known.has(path)) this.#known.set(path, new SessionTranscript(path));
    this.#readSlice();
  }

  dispose(): void {
    this.#timer.dispose();
    clearTimeout(this.#sliceTimer);
    this.#throttle.dispose();
    this.#known.clear();
  }

  /** Reads the transcripts in turn, so that a long one does not keep the others waiting. */
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
