import { statSync } from 'node:fs';
import { join } from 'node:path';
import { PastCache, type LogStamp } from '#core/history/pastCache.ts';
import { readPastSession } from '#core/history/pastSession.ts';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import type { PastSession } from '#protocol/fileFormats.ts';
import { Throttle } from '#extension/base/throttle.ts';
import { Emitter } from '#extension/base/emitter.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';

/** What was read is drawn at most this often. */
const RENDER_MS = 150;

export interface PastSessionsOptions {
  home: string;
  onError: (error: unknown) => void;
}

/** What became of sessions that are over: read in the background once somebody asks, one after the other, and kept. */
export class PastSessions {
  readonly #options: PastSessionsOptions;
  readonly #cache: PastCache;
  readonly #changed = new Emitter();
  readonly #throttle = new Throttle(RENDER_MS, () => this.#changed.fire());
  readonly #waiting = new Map<string, PastFolder>();
  /** Those that could not be read are not tried again and again. */
  readonly #unreadable = new Set<string>();
  #reading = false;
  #disposed = false;

  readonly onDidChange = this.#changed.event;

  constructor(options: PastSessionsOptions) {
    this.#options = options;
    this.#cache = new PastCache(options.home);
  }

  /** What is known of a session; where that is nothing yet it is read, and `onDidChange` tells. */
  get(past: PastFolder): PastSession | undefined {
    const { folder, dir } = past;
    const stamp = stampOf(dir);
    if (stamp === undefined) return undefined;
    const known = this.#cache.get(folder, stamp);
    if (known !== undefined || this.#unreadable.has(folder)) return known;
    this.#waiting.set(folder, past);
    if (!this.#reading) void this.#read();
    return undefined;
  }

  /** Whether something is still being read. */
  get busy(): boolean {
    return this.#reading;
  }

  dispose(): void {
    this.#disposed = true;
    this.#throttle.dispose();
  }

  async #read(): Promise<void> {
    this.#reading = true;
    for (const [folder, past] of this.#waiting) {
      if (this.#disposed) return;
      this.#waiting.delete(folder);
      try {
        // before it is read: what comes meanwhile makes it another one
        const stamp = stampOf(past.dir);
        const read = stamp && (await readPastSession(past, () => !this.#disposed));
        if (stamp === undefined || read === undefined) this.#unreadable.add(folder);
        else this.#cache.set(folder, stamp, read);
      } catch (error) {
        this.#unreadable.add(folder);
        this.#options.onError(error);
      }
      this.#throttle.request();
    }
    this.#reading = false;
    const { sessions } = homePaths(this.#options.home);
    this.#cache.save((folder) => statSync(join(sessions, folder), { throwIfNoEntry: false }) !== undefined);
    this.#throttle.request();
  }
}

/** Undefined where there is no log, or none for us. */
function stampOf(dir: string): LogStamp | undefined {
  try {
    const { size, mtimeMs } = statSync(sessionPaths(dir).log);
    return { size, mtimeMs };
  } catch {
    return undefined;
  }
}
