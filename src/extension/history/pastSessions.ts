import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { readWords } from '#core/claude/transcript/readWords.ts';
import type { Words } from '#core/claude/transcript/transcriptState.ts';
import { PastCache, type LogStamp } from '#core/history/pastCache.ts';
import { readPastSession } from '#core/history/pastSession.ts';
import { sessionName } from '#core/projection/names.ts';
import { homePaths, logToRead } from '#core/base/paths.ts';
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

/** A session that has ended, with its name, and with its first prompt where that is known: neither is kept on disk. */
export interface NamedPast extends PastSession {
  name: string;
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
  /** The titles and prompts of those whose transcript was looked at. */
  readonly #words = new Map<string, Words | undefined>();
  #reading = false;
  #disposed = false;

  readonly onDidChange = this.#changed.event;

  constructor(options: PastSessionsOptions) {
    this.#options = options;
    this.#cache = new PastCache(options.home);
  }

  /** The summary of a session. Where there is none yet, it is read in the background and `onDidChange` fires. */
  get(past: PastFolder): NamedPast | undefined {
    const { folder, dir } = past;
    const stamp = stampOf(dir);
    if (stamp === undefined) return undefined;
    const known = this.#cache.get(folder, stamp);
    const isComplete = known === undefined ? this.#unreadable.has(folder) : this.isNamed(past, known);
    if (!isComplete && !this.#waiting.has(folder)) {
      this.#waiting.set(folder, past);
      if (!this.#reading) void this.#read();
    }
    return known && this.#named(folder, known);
  }

  /** Whether the name of a session is final: its transcript was looked at. */
  isNamed({ folder }: PastFolder, { transcript }: PastSession): boolean {
    return transcript === undefined || this.#words.has(folder);
  }

  #named(folder: string, past: PastSession): NamedPast {
    const words = this.#words.get(folder);
    const { startedTs, title, prompt = words?.prompts.first ?? words?.prompts.latest } = past;
    const session = { startedTs, ...(prompt === undefined ? {} : { firstPrompt: prompt }) };
    const name = sessionName({ session }, words && { main: { words } }, title);
    return { ...past, name, ...(prompt === undefined ? {} : { prompt }) };
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
        const cached = stamp && this.#cache.get(folder, stamp);
        const read = cached ?? (stamp && (await readPastSession(past, () => !this.#disposed)));
        if (stamp === undefined || read === undefined) this.#unreadable.add(folder);
        else {
          if (cached === undefined) this.#cache.set(folder, stamp, read);
          this.#words.set(folder, read.transcript === undefined ? undefined : readWords(read.transcript));
          await nextTurn();
        }
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
    const { size, mtimeMs } = statSync(logToRead(dir));
    return { size, mtimeMs };
  } catch {
    return undefined;
  }
}
