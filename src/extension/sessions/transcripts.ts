import { followTranscript, type SessionTranscript } from '#core/claude/transcript/sessionTranscript.ts';
import { dirname } from 'node:path';
import type { Disposable } from '#extension/base/emitter.ts';
import { watchFolder } from '#extension/base/watchFolder.ts';
import { Throttle } from '#extension/base/throttle.ts';
import type { TrackedTranscript } from './session.ts';

/** How often the sizes of those transcripts are checked that have grown lately. */
const POLL_MS = 500;
/** How long after it has grown a transcript counts as such. */
const WARM_MS = 10_000;
/** The others are checked at intervals so many times as long. */
const COLD_POLLS = 4;
/** The shortest time between two readings for a change of a session's transcript. */
const CHANGED_MS = 50;
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
  /** How often they are read. */
  pollMs?: number | undefined;
}

/**
 * Follows the transcripts of sessions, only ever reading. A transcript of a hundred megabytes is read a few
 * milliseconds at a time, so that the editor never waits for it.
 */
export class Transcripts {
  readonly #options: TranscriptsOptions;
  readonly #known = new Map<string, SessionTranscript>();
  /** When each was last seen to have grown, by a clock that only goes forward. */
  readonly #grownMs = new WeakMap<SessionTranscript, number>();
  /** Those that are still to be read. */
  #queue: SessionTranscript[] = [];
  #polledMs = -Infinity;
  readonly #throttle: Throttle;
  readonly #pollMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** The folders of the transcripts, one for each project: an interruption shows at once. */
  readonly #watches = new Map<string, Disposable>();
  readonly #poller = new Throttle(CHANGED_MS, () => this.poll());
  #sliceTimer: NodeJS.Timeout | undefined;
  /** Something has changed while they were read: what had been read already would wait for the next interval. */
  #changedMeanwhile = false;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
    this.#throttle = new Throttle(RENDER_MS, options.onChange);
    this.#pollMs = options.pollMs ?? POLL_MS;
    this.#schedule();
  }

  /** A transcript as far as it has been read; undefined for one that is not followed. */
  of(path: string | undefined): TrackedTranscript | undefined {
    return path === undefined ? undefined : this.#known.get(path);
  }

  /** Begins at once with a transcript that has become one to follow. */
  followNew(): void {
    for (const path of this.#options.paths()) if (!this.#known.has(path)) return this.#poller.request();
  }

  /** An idle window is woken seldom: a timer costs more than what it looks at. */
  #schedule(): void {
    const isWarm = this.#warm().length > 0;
    this.#timer = setTimeout(() => this.#pollAtInterval(), this.#pollMs * (isWarm ? 1 : COLD_POLLS)).unref();
  }

  #pollAtInterval(): void {
    if (performance.now() - this.#polledMs >= this.#pollMs * (COLD_POLLS - 1)) this.poll();
    else this.#start(this.#warm());
    this.#schedule();
  }

  /** The transcripts that have grown lately. */
  #warm(): SessionTranscript[] {
    const coldMs = performance.now() - WARM_MS;
    return [...this.#known.values()].filter((each) => (this.#grownMs.get(each) ?? -Infinity) > coldMs);
  }

  /** Reads what is new, in as many slices as it takes. */
  poll(): void {
    if (this.#sliceTimer !== undefined) {
      this.#changedMeanwhile = true;
      return;
    }
    this.#changedMeanwhile = false;
    this.#polledMs = performance.now();
    const paths = new Set(this.#options.paths());
    for (const path of this.#known.keys()) if (!paths.has(path)) this.#known.delete(path);
    for (const path of paths) if (!this.#known.has(path)) this.#known.set(path, followTranscript(path));
    this.#watch(new Set([...paths].map((path) => dirname(path))));
    this.#start([...this.#known.values()]);
  }

  #start(transcripts: SessionTranscript[]): void {
    if (this.#sliceTimer !== undefined) return;
    this.#queue = transcripts;
    this.#readSlice();
  }

  #watch(folders: ReadonlySet<string>): void {
    for (const [folder, watch] of this.#watches) {
      if (folders.has(folder)) continue;
      watch.dispose();
      this.#watches.delete(folder);
    }
    for (const folder of folders) {
      const watch = this.#watches.has(folder) ? undefined : watchFolder(folder, () => this.#poller.request());
      if (watch !== undefined) this.#watches.set(folder, watch);
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#poller.dispose();
    this.#watch(new Set());
    clearTimeout(this.#sliceTimer);
    this.#throttle.dispose();
    this.#known.clear();
  }

  /** Reads the transcripts in turn, so that a long one does not keep the others waiting. */
  #readSlice(): void {
    this.#sliceTimer = undefined;
    const endMs = performance.now() + SLICE_MS;
    const hasTime = (): boolean => performance.now() < endMs;
    let [changed, turned, more] = [false, false, false];
    while (hasTime()) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      const { revision, turn } = { revision: next.revision, turn: next.main.turn };
      if (this.#read(next, hasTime)) {
        more = true;
        this.#queue.push(next);
      }
      if (next.revision !== revision) {
        changed = true;
        this.#grownMs.set(next, performance.now());
      }
      turned ||= next.main.turn !== turn;
    }
    // at the end of what there is, a turn that begins or ends is rare, and is waited for
    if (turned && !more) this.#options.onChange();
    else if (changed) this.#throttle.request();
    if (this.#queue.length > 0) this.#sliceTimer = setTimeout(() => this.#readSlice(), YIELD_MS);
    else if (this.#changedMeanwhile) this.poll();
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
