import { watch, type FSWatcher } from 'node:fs';
import { join } from 'node:path';
import { isShared } from '#core/install/doctor/mounts.ts';
import type { Settings } from '#protocol/settings.ts';
import type { Disposable } from '#extension/base/emitter.ts';

/** The parts of a session's folder that matter here: the log, whose session it is, and the person's flags. */
const WATCHED = new Set(['events.jsonl', 'session.json', 'flags']);

/** Whether a change in a session's folder is passed over: workers, runs, snapshots, armed events. Pure. */
export const isIgnored = (part: string): boolean => !WATCHED.has(part);

/** Whether a folder on such a file system is polled, since changes by other machines send no events there. Pure. */
export function usesPolling(setting: Settings['watch.polling'], fileSystem: string | undefined): boolean {
  if (setting !== 'auto') return setting === 'always';
  return fileSystem !== undefined && isShared(fileSystem);
}

export interface SessionWatchOptions {
  /** The folder of all sessions. */
  root: string;
  /** Something has changed in a session's folder, or a name has come or gone. A hint only: the disk is the truth. */
  onHint: (session: string) => void;
  onError: (error: unknown) => void;
}

/**
 * Watches the folder of sessions for names that come and go, and the folders of the sessions that are followed. Others
 * cost no watch. Nothing is watched recursively, since Linux counts a watch for each folder.
 */
export class SessionWatch implements Disposable {
  readonly #options: SessionWatchOptions;
  #root: { watcher: FSWatcher | undefined; inode: number } | undefined;
  readonly #followed = new Map<string, { own: FSWatcher | undefined; flags: FSWatcher | undefined }>();

  constructor(options: SessionWatchOptions) {
    this.#options = options;
  }

  /** Follows the folder of sessions that is there now, by its inode; undefined while there is none. */
  setRoot(inode: number | undefined): void {
    if (inode === this.#root?.inode) return;
    this.#root?.watcher?.close();
    const onName = (session: string): void => {
      // its folder may be another one now
      this.unfollow(session);
      this.#options.onHint(session);
    };
    this.#root = inode === undefined ? undefined : { inode, watcher: this.#watch(this.#options.root, onName) };
  }

  follow(session: string): void {
    if (this.#followed.has(session)) return;
    const dir = join(this.#options.root, session);
    const hint = (): void => this.#options.onHint(session);
    const watchFlags = () => this.#watch(join(dir, 'flags'), (name) => !name.endsWith('.tmp') && hint());
    const own = this.#watch(dir, (part) => {
      if (isIgnored(part)) return;
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

  dispose(): void {
    this.setRoot(undefined);
    for (const session of this.#followed.keys()) this.unfollow(session);
  }

  /** Undefined where there is no such folder; what a failing watch would miss is found by polling. */
  #watch(folder: string, onName: (name: string) => void): FSWatcher | undefined {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => name !== null && onName(name));
      // Windows reports a watched folder that was deleted as an error
      watcher.on('error', (error: NodeJS.ErrnoException) => {
        watcher.close();
        if (error.code !== 'EPERM') this.#options.onError(error);
      });
      return watcher;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') this.#options.onError(error);
      return undefined;
    }
  }
}
