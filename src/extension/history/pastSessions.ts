import { statSync } from 'node:fs';
import { join } from 'node:path';
import { PastCache, type LogStamp } from '#core/history/pastCache.ts';
import { readPastSession } from '#core/history/pastSession.ts';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import type { PastSession } from '#protocol/fileFormats.ts';
import { Throttle } from '#extension/base/throttle.ts';
import { Emitter } from '#extension/base/emitter.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';

/** Minimum interval between two change events while sessions are being read. */
const CHANGE_MS = 150;

export interface PastSessionsOptions {
  home: string;
  onError: (error: unknown) => void;
}

/** Summaries of sessions that have ended: read in the background on demand, one after the other, and cached on disk. */
export class PastSessions {
  readonly #options: PastSessionsOptions;
  readonly #cache: PastCache;
  readonly #changed = new Emitter();
  readonly #throttle = new Throttle(CHANGE_MS, () => this.#changed.fire());
  readonly #waiting = new Map<string, PastFolder>();
  /** Folders whose log could not be read; they are not tried again. */
  readonly #unreadable = new Set<string>();
  #reading = false;
  #disposed = false;

  readonly onDidChange = this.#changed.event;

  constructor(options: PastSessionsOptions) {
    this.#options = options;
    this.#cache = new PastCache(options.home);
  }

  /** The summary of a session. Where there is none yet, it is read in the background and `onDidChange` fires. */
  get(past: PastFolder): PastSession | undefined {
    const { folder, dir } = past;
    if (this.#waiting.has(folder)) return undefined;
    const stamp = stampOf(dir);
    if (stamp === undefined) return undefined;
    const known = this.#cache.get(folder, stamp);
    if (known !== undefined || this.#unreadable.has(folder)) return known;
    this.#waiting.set(folder, past);
    if (!this.#reading) void this.#read();
    return undefined;
  }

  /** Whether sessions are still being read. */
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
        // taken before reading, so that a log that grows during it counts as another one
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

/** Undefined where there is no log that can be accessed. */
function stampOf(dir: string): LogStamp | undefined {
  try {
    const { size, mtimeMs } = statSync(sessionPaths(dir).log);
    return { size, mtimeMs };
  } catch {
    return undefined;
  }
}
