import { watch, type FSWatcher, type Stats } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { statOf } from '#core/base/files/facts.ts';
import { streamEntries } from '#core/base/files/folder.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { isSessionId } from '#protocol/ids.ts';
import { isShared, mountOf } from '#core/install/doctor/fileSystem.ts';
import type { Settings } from '#protocol/settings.ts';
import type { Disposable } from '#extension/base/emitter.ts';

/** The parts of a session's folder whose changes matter here: the log, its project, and the person's flags. */
const WATCHED = new Set(['events.jsonl', 'copy.jsonl', 'session.json', 'flags']);
/** How often files are checked where no events arrive, and how often names are listed elsewhere: a watch may miss some. */
const POLL_MS = 200;
const SCAN_MS = 1000;
/** So long after the latest change the longer interval is enough. */
const ACTIVE_MS = 10_000;
const RESTING_SCAN_MS = 2000;
/** How long after a change a folder's names are read again, since its time may be coarse. */
const COARSE_MS = 2000;
/** Chokidar leaves out changes of a file within 50 ms of one that it has reported. */
const STABLE_MS = 60;

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

/** Watches the folder of sessions for names that come and go, and the folders of the sessions that are followed. */
export class SessionWatch implements Disposable {
  readonly #options: SessionWatchOptions;
  readonly #followed = new Map<string, { identity: string; watcher: Disposable }>();
  #root: FSWatcher | undefined;
  #inode: number | undefined;
  /** The time of the folder of sessions when its names were read. */
  #modifiedMs = 0;
  #polling = false;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
  }

  /** How often names and logs are to be checked, ms; where files are polled, nothing else notices a change. */
  scanMs(sinceChangeMs: number): number {
    if (this.#polling) return POLL_MS;
    return sinceChangeMs < ACTIVE_MS ? SCAN_MS : RESTING_SCAN_MS;
  }

  /** The setting, or the file system of the folder of sessions, may be another one. */
  reconfigure(): void {
    const polling = usesPolling(this.#options.polling(), mountOf(this.#options.root));
    if (polling !== this.#polling) this.dispose();
    this.#polling = polling;
  }

  /** Returns the names of the sessions' folders where they may have changed. A stream, since there may be thousands. */
  listNames(): AsyncIterable<string> | Iterable<string> | undefined {
    const { root } = this.#options;
    const stats = statOf(root);
    if (stats?.ino !== this.#inode) {
      this.#inode = stats?.ino;
      this.#root?.close();
      this.#root = undefined;
      this.reconfigure();
    }
    if (stats === undefined) return [];
    if (!this.#polling) this.#root ??= this.#watchFolder(root, this.#options.onHint);
    if (stats.mtimeMs === this.#modifiedMs && Date.now() - stats.mtimeMs > COARSE_MS) return undefined;
    this.#modifiedMs = stats.mtimeMs;
    return sessionFolders(root);
  }

  /** Watches a session's folder. It may have been removed and made again, also with the same inode. */
  follow(session: string, { ino, birthtimeMs }: Stats): void {
    const identity = `${ino} ${birthtimeMs}`;
    if (this.#followed.get(session)?.identity === identity) return;
    this.unfollow(session);
    this.#followed.set(session, { identity, watcher: this.#watchSession(session) });
  }

  unfollow(session: string): void {
    this.#followed.get(session)?.watcher.dispose();
    this.#followed.delete(session);
  }

  /** Ends all watches. */
  dispose(): void {
    this.#root?.close();
    this.#root = undefined;
    for (const session of this.#followed.keys()) this.unfollow(session);
  }

  /**
   * Calls `onName` for each name in a folder that changes, comes or goes. Not by chokidar: for 10,000 names it takes 25 MB and
   * 0.25 s of a core at the start, and as long for each new name; and of a log that gets thousands of lines a second it
   * handles each for longer than it takes to fold it.
   */
  #watchFolder(folder: string, onName: (name: string) => void): FSWatcher | undefined {
    const { onError } = this.#options;
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => name !== null && onName(name));
      // Windows reports EPERM when a watched folder is deleted
      return watcher.on('error', (error: NodeJS.ErrnoException) => error.code === 'EPERM' || onError(error));
    } catch (error) {
      onError(error);
      return undefined;
    }
  }

  #watchSession(session: string): Disposable {
    if (this.#polling) return this.#pollSession(session);
    const { root, onHint } = this.#options;
    const { flags } = sessionPaths(join(root, session));
    let flagsWatch: FSWatcher | undefined;
    const watchFlags = (): void => {
      flagsWatch?.close();
      // where it is missing, or something else is in its place, the name comes once that has changed
      flagsWatch = statOf(flags)?.isDirectory() === true ? this.#watchFolder(flags, onFlag) : undefined;
    };
    const onFlag = (name: string): void => {
      if (!name.endsWith('.tmp')) onHint(session);
    };
    const folderWatch = this.#watchFolder(join(root, session), (name) => {
      if (name === basename(flags)) watchFlags();
      if (WATCHED.has(name)) onHint(session);
    });
    watchFlags();
    return {
      dispose: () => {
        folderWatch?.close();
        flagsWatch?.close();
      },
    };
  }

  /** Where changes send no events, files are looked at every now and then. */
  #pollSession(session: string): Disposable {
    const { root, onHint, onError } = this.#options;
    const dir = join(root, session);
    let timer: NodeJS.Timeout | undefined;
    const hint = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => onHint(session), STABLE_MS);
      onHint(session);
    };
    const started = import('chokidar').then((chokidar) => {
      const ignored = (path: string): boolean => {
        const [part = '', flag = ''] = relative(dir, path).split(sep);
        return part !== '' && (!WATCHED.has(part) || flag.endsWith('.tmp'));
      };
      const [usePolling, interval] = [true, POLL_MS];
      const options = { ignored, ignoreInitial: true, followSymlinks: false, depth: 1, usePolling, interval };
      // until it is ready it misses changes
      return chokidar.watch(dir, options).on('all', hint).on('ready', hint).on('error', onError);
    });
    started.catch(onError);
    const close = async (): Promise<void> => {
      await (await started).close();
      clearTimeout(timer);
    };
    return { dispose: () => void close().catch(onError) };
  }
}

/** What is no folder is left out: it names another session, in whose folder that one works. */
async function* sessionFolders(root: string): AsyncGenerator<string> {
  for await (const entry of streamEntries(root)) if (entry.isDirectory() && isSessionId(entry.name)) yield entry.name;
}
