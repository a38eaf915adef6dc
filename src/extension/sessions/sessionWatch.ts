import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { opendir, stat } from 'node:fs/promises';
import { isSessionId } from '#protocol/ids.ts';
import { isShared, mountOf } from '#core/install/doctor/fileSystem.ts';
import type { Settings } from '#protocol/settings.ts';
import type { Disposable } from '#extension/base/emitter.ts';

/** The parts of a session's folder whose changes matter here: the log, its project, and the person's flags. */
const WATCHED = new Set(['events.jsonl', 'session.json', 'flags']);
/** How long after a change a folder's names are read once more, since its time may be coarse. */
const COARSE_MS = 2000;

/** Whether a folder on such a file system is polled, since changes by other machines send no events there. Pure. */
export function usesPolling(setting: Settings['watch.polling'], fileSystem: string | undefined): boolean {
  if (setting !== 'auto') return setting === 'always';
  return fileSystem !== undefined && isShared(fileSystem);
}

export interface SessionWatchOptions {
  /** The folder of all sessions. */
  root: string;
  polling: () => Settings['watch.polling'];
  /** Something has changed in a session's folder, or a name has come or gone. A hint only: the disk is the truth. */
  onHint: (session: string) => void;
  onError: (error: unknown) => void;
}

/**
 * Watches the folder of sessions for names that come and go, and the folders of the sessions that are followed: two
 * watches each. Other sessions cost no watch. Where events do not arrive, there is no watch at all.
 */
export class SessionWatch implements Disposable {
  readonly #options: SessionWatchOptions;
  readonly #followed = new Map<string, { own: FSWatcher | undefined; flags: FSWatcher | undefined }>();
  #root: FSWatcher | undefined;
  #inode: number | undefined;
  /** The time of the folder of sessions when its names were read, and when they are read once more, ms. */
  #modifiedMs: number | undefined = -1;
  #recheckMs = 0;
  #polling = false;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
  }

  /** Whether changes must be found by polling. */
  get polling(): boolean {
    return this.#polling;
  }

  /** The setting, or the file system of the folder of sessions, may be another one. */
  reconfigure(): void {
    this.#polling = usesPolling(this.#options.polling(), mountOf(this.#options.root));
    if (this.#polling) this.dispose();
  }

  /**
   * Watches the folder of sessions that is there now. Returns the names of the sessions' folders in it, where they may
   * have changed since the last call. A stream, since there may be thousands.
   */
  async listNames(): Promise<AsyncIterable<string> | undefined> {
    const { root, onHint } = this.#options;
    const stats = await stat(root).catch(() => undefined);
    if (stats?.ino !== this.#inode) {
      this.#inode = stats?.ino;
      this.#root?.close();
      this.#root = undefined;
      this.reconfigure();
    }
    if (stats !== undefined && !this.#polling)
      this.#root ??= this.#watch(root, (session) => {
        // its folder may be another one now
        this.unfollow(session);
        onHint(session);
      });
    const nowMs = performance.now();
    const changed = stats?.mtimeMs !== this.#modifiedMs;
    if (!changed && nowMs < this.#recheckMs) return undefined;
    this.#modifiedMs = stats?.mtimeMs;
    this.#recheckMs = changed ? nowMs + COARSE_MS : Infinity;
    return sessionFolders(root);
  }

  follow(session: string): void {
    if (this.#polling || this.#followed.has(session)) return;
    const dir = join(this.#options.root, session);
    const hint = (): void => this.#options.onHint(session);
    const watchFlags = () => this.#watch(join(dir, 'flags'), (name) => !name.endsWith('.tmp') && hint());
    const own = this.#watch(dir, (part) => {
      if (!WATCHED.has(part)) return;
      const followed = this.#followed.get(session);
      if (part === 'flags' && followed !== undefined) {
        followed.flags?.close();
        followed.flags = watchFlags();
      }
      hint();
    });
    this.#followed.set(session, { own, flags: watchFlags() });
  }

  unfollow(session: string): void {
    const followed = this.#followed.get(session);
    followed?.own?.close();
    followed?.flags?.close();
    this.#followed.delete(session);
  }

  /** Ends all watches. */
  dispose(): void {
    this.#root?.close();
    this.#root = undefined;
    for (const session of this.#followed.keys()) this.unfollow(session);
  }

  /** Undefined where there is no such folder. Polling, though seldom, finds what a failing watch misses. */
  #watch(folder: string, onName: (name: string) => void): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => name !== null && onName(name));
      watcher.on('error', (error: NodeJS.ErrnoException) => {
        watcher.close();
        // so Windows reports that a watched folder was deleted
        if (error.code !== 'EPERM') this.#options.onError(error);
      });
      return watcher;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#options.onError(error);
      return undefined;
    }
  }
}

/** Links are left out: each is another session's folder under a further name, and no session of its own. */
async function* sessionFolders(root: string): AsyncGenerator<string> {
  try {
    for await (const entry of await opendir(root)) if (entry.isDirectory() && isSessionId(entry.name)) yield entry.name;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
