import { join } from 'node:path';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { HistoryCache, PastSession } from '#protocol/fileFormats.ts';
import { historyCacheSchema } from '#protocol/schemas.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { readJson } from '#core/base/json.ts';
import { homePaths } from '#core/base/paths.ts';

const isHistoryCache = compileValidator(historyCacheSchema);

type CachedSession = HistoryCache['sessions'][string];

/** Identifies one version of a log file. */
export type LogStamp = Omit<CachedSession, 'past'>;

/** Summaries of sessions that are over, on disk, so that each log is read once. The file may be deleted at any time. */
export class PastCache {
  readonly #path: string;
  readonly #folder: string;
  #sessions: Map<string, CachedSession>;
  #changed = false;

  constructor(home: string) {
    this.#folder = homePaths(home).cache;
    this.#path = join(this.#folder, 'history.json');
    this.#sessions = read(this.#path);
  }

  /** The summary of a session; undefined if there is none for this version of its log. */
  get(folder: string, { size, mtimeMs }: LogStamp): PastSession | undefined {
    const cached = this.#sessions.get(folder);
    return cached?.size === size && cached.mtimeMs === mtimeMs ? cached.past : undefined;
  }

  set(folder: string, { size, mtimeMs }: LogStamp, past: PastSession): void {
    this.#sessions.set(folder, { size, mtimeMs, past });
    this.#changed = true;
  }

  /** Writes the cache if it has changed, without sessions that no longer exist. Ignores errors. */
  save(exists: (folder: string) => boolean): void {
    if (!this.#changed) return;
    this.#changed = false;
    // another window may have added sessions since
    const sessions = new Map([...read(this.#path), ...this.#sessions]);
    this.#sessions = new Map([...sessions].filter(([folder]) => exists(folder)));
    const cache: HistoryCache = { version: 2, sessions: Object.fromEntries(this.#sessions) };
    try {
      makeFolder(this.#folder);
      writeFileAtomic(this.#path, JSON.stringify(cache), { mode: 0o600, durable: false });
    } catch {
      // the disk is full or read-only
    }
  }
}

function read(path: string): Map<string, CachedSession> {
  const value = readJson(path);
  return isHistoryCache(value) ? new Map(Object.entries((value as HistoryCache).sessions)) : new Map();
}
