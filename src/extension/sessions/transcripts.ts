import { SessionTranscript } from '../../core/transcript/sessionTranscript.ts';
import { Coalescer } from '../coalesce.ts';
import type { ReadTranscript } from './session.ts';

/** How often it is looked whether a transcript has grown: a look at the sizes of a few files. */
const LOOK_MS = 500;
/** So long transcripts are read at a stretch, and so long everybody else has in between. */
const STRETCH_MS = 4;
const PAUSE_MS = 12;
/** What was read is drawn at most this often. */
const DRAW_MS = 200;

export interface TranscriptsOptions {
  /** Paths of the transcripts that are to be followed now. */
  wanted: () => Iterable<string>;
  changed: () => void;
  fault: (error: unknown) => void;
}

/**
 * Follows the transcripts of sessions, only ever reading. A transcript of a hundred megabytes is read a few
 * milliseconds at a time, so that the editor never waits for it.
 */
export class Transcripts {
  readonly #options: TranscriptsOptions;
  readonly #known = new Map<string, SessionTranscript>();
  readonly #drawer: Coalescer;
  readonly #timer: NodeJS.Timeout;
  #going: NodeJS.Timeout | undefined;
  #turn = 0;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
    this.#drawer = new Coalescer(DRAW_MS, options.changed);
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  /** What is read of a transcript so far; undefined while nobody follows it. */
  of(path: string | undefined): ReadTranscript | undefined {
    return path === undefined ? undefined : this.#known.get(path);
  }

  /** Looks for what is new; goes on by itself where there is more than fits into one stretch. */
  look(): void {
    if (this.#going !== undefined) return;
    const wanted = new Set(this.#options.wanted());
    for (const path of this.#known.keys()) if (!wanted.has(path)) this.#known.delete(path);
    for (const path of wanted) if (!this.#known.has(path)) this.#known.set(path, new SessionTranscript(path));
    this.#stretch();
  }

  dispose(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#going);
    this.#drawer.dispose();
    this.#known.clear();
  }

  /** Everybody in turn: who has much to read goes on after the others. */
  #stretch(): void {
    this.#going = undefined;
    const endMs = performance.now() + STRETCH_MS;
    const goOn = (): boolean => performance.now() < endMs;
    const all = [...this.#known.values()];
    let [changed, more, visited] = [false, false, 0];
    for (; visited < all.length && goOn(); visited++) {
      const next = all[this.#turn++ % all.length];
      if (next === undefined) break;
      const before = next.revision;
      more = this.#read(next, goOn) || more;
      changed ||= next.revision !== before;
    }
    if (changed) this.#drawer.request();
    if (more || visited < all.length) this.#going = setTimeout(() => this.#stretch(), PAUSE_MS);
  }

  #read(transcript: SessionTranscript, goOn: () => boolean): boolean {
    try {
      return transcript.read(goOn);
    } catch (error) {
      this.#options.fault(error);
      return false;
    }
  }
}
