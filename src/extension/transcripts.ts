import { SessionTranscript } from '../core/transcript/sessionTranscript.ts';
import { Coalescer } from './coalesce.ts';
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
    this.#stretch([...this.#known.values()]);
  }

  dispose(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#going);
    this.#drawer.dispose();
    this.#known.clear();
  }

  #stretch(left: SessionTranscript[]): void {
    this.#going = undefined;
    const endMs = performance.now() + STRETCH_MS;
    const goOn = (): boolean => performance.now() < endMs;
    let changed = false;
    for (let next = left[0]; next !== undefined && goOn(); next = left[0]) {
      const before = next.revision;
      if (!this.#read(next, goOn)) left.shift();
      changed ||= next.revision !== before;
    }
    if (changed) this.#drawer.request();
    if (left.length > 0) this.#going = setTimeout(() => this.#stretch(left), PAUSE_MS);
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
