import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { HistoryCache, PastSession } from '#protocol/fileFormats.ts';
import { historyCacheSchema } from '#protocol/schemas.ts';
import { writeFileAtomic } from '#core/base/atomicFile.ts';
import { homePaths } from '#core/base/paths.ts';

const isHistoryCache = compileValidator(historyCacheSchema);

/** What tells one log from another, or from itself with more in it. */
export interface LogStamp {
  size: number;
  mtimeMs: number;
}

/** What became of sessions that are over, kept so that their logs are read once. May be deleted at any time. */
export class PastCache {
  readonly #path: string;
  readonly #folder: string;
  #sessions: Map<string, LogStamp & { past: PastSession }>;
  #changed = false;

  constructor(home: string) {
    this.#folder = homePaths(home).cache;
    this.#path = join(this.#folder, 'history.json');
    this.#sessions = read(this.#path);
  }

  /** What is known of a session whose log is this one. */
  get(folder: string, { size, mtimeMs }: LogStamp): PastSession | undefined {
    const cached = this.#sessions.get(folder);
    return cached?.size === size && cached.mtimeMs === mtimeMs ? cached.past : undefined;
  }

  set(folder: string, { size, mtimeMs }: LogStamp, past: PastSession): void {
    this.#sessions.set(folder, { size, mtimeMs, past });
    this.#changed = true;
  }

  /** Writes what is new, without sessions that are gone. Failing to is no failure: they are read again. */
  save(exists: (folder: string) => boolean): void {
    if (!this.#changed) return;
    this.#changed = false;
    // what another window has found out meanwhile stays
    const sessions = new Map([...read(this.#path), ...this.#sessions]);
    this.#sessions = new Map([...sessions].filter(([folder]) => exists(folder)));
    const cache: HistoryCache = { version: 1, sessions: Object.fromEntries(this.#sessions) };
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileAtomic(this.#path, JSON.stringify(cache), { mode: 0o600, durable: false });
    } catch {
      // a full or a foreign disk
    }
  }
}

function read(path: string): Map<string, LogStamp & { past: PastSession }> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return isHistoryCache(value) ? new Map(Object.entries((value as HistoryCache).sessions)) : new Map();
  } catch {
    return new Map();
  }
}
