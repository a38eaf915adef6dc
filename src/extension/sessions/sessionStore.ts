import { lstatSync, type Stats } from 'node:fs';
import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isSessionId } from '#protocol/ids.ts';
import { homePaths } from '#core/base/paths.ts';
import { mountOf } from '#core/install/doctor/mounts.ts';
import type { Settings } from '#protocol/settings.ts';
import { Throttle } from '#extension/base/throttle.ts';
import { DisposableStore, Emitter, repeat } from '#extension/base/emitter.ts';
import { PastFolders, type PastFolder } from './pastFolder.ts';
import { SessionWatch, usesPolling } from './sessionWatch.ts';
import { LoggedSession } from './loggedSession.ts';
import { isInside, realPath } from './windowFolders.ts';

/** Changes that come closer together than this are read in one go. */
const THROTTLE_MS = 20;
/** How often the disk is checked for what the watch has missed, and where there is no watch. */
const SCAN_MS = 1000;
const POLL_MS = 200;
/** How often the workers of live sessions are supervised. */
const SUPERVISE_MS = 5000;
/** For how long after a change of the folder of sessions its names are read again: its time may be coarse. */
const COARSE_MS = 3000;

export interface SessionStoreOptions {
  home: string;
  /** The folders whose sessions are this window's, links resolved. They may change at any time. */
  roots: () => readonly string[];
  settings: () => Pick<Settings, 'watch.polling'>;
  /** In Restricted Mode sessions are only read: nothing is armed and no flag is obeyed. */
  trusted: () => boolean;
  /** Supervises a session's workers where no hook may do it any more. */
  superviseWorkers: (dir: string) => Promise<void>;
  /** Called for each failure while watching. */
  onError: (error: unknown) => void;
}

/**
 * The sessions with hooks that run in this window's folders. The only owner of their folded logs. What it does at
 * intervals is asynchronous and concerns live sessions; of the past ones it checks a few at a time.
 */
export class SessionStore {
  readonly #options: SessionStoreOptions;
  readonly #root: string;
  readonly #demo: string;
  readonly #known = new Map<string, LoggedSession>();
  readonly #past: PastFolders;
  readonly #openedMs = Date.now();
  readonly #changed = new Emitter();
  readonly #disposables = new DisposableStore();
  readonly #dirty = new Set<string>();
  readonly #reader = this.#disposables.add(new Throttle(THROTTLE_MS, () => this.#readDirty()));
  readonly #watch: SessionWatch;
  /** Of the folder of sessions; undefined while there is none. */
  #inode: number | undefined;
  #polling = false;
  #roots: readonly string[] = [];
  #scanning = Promise.resolve();
  #scanTimer: NodeJS.Timeout | undefined;
  /** The time of the folder of sessions when its names were read last, and until when that is not trusted (ms). */
  #listed = { modifiedMs: Number.NaN, untrustedUntilMs: 0 };
  /** Whether all that was there at the start has been read. */
  #complete = false;
  #scans = 0;
  #disposed = false;

  readonly onDidChange = this.#changed.event;

  constructor(options: SessionStoreOptions) {
    this.#options = options;
    const { home, onError } = options;
    this.#root = homePaths(home).sessions;
    this.#demo = homePaths(home).demo;
    this.#past = new PastFolders(this.#root, this.#openedMs);
    const onHint = (session: string): void => this.#onHint(session);
    this.#watch = this.#disposables.add(new SessionWatch({ root: this.#root, onHint, onError }));
  }

  /** Reads what is there, and everything new from then on. Resolves once the past sessions have been read, too. */
  start(): Promise<void> {
    this.#disposables.add(repeat(() => void this.#supervise(), SUPERVISE_MS));
    this.reconfigure();
    return this.#scanning;
  }

  /** This window's sessions, in any order. */
  list(): LoggedSession[] {
    return [...this.#known.values()].filter((s) => this.#isInWindow(s));
  }

  /** The past sessions of this window that are not in the list, the newest first. The same array until one changes. */
  past(): PastFolder[] {
    return this.#past.list(this.#roots);
  }

  /** Takes a past session into the list; undefined where there is no such folder. */
  open(folder: string): LoggedSession | undefined {
    if (!this.#known.has(folder) && isSessionId(folder)) {
      this.#dirty.add(folder);
      this.#readDirty();
    }
    return this.#known.get(folder);
  }

  /** Checks sessions that run by Claude Code's own account: one of them may count as past, or be new. */
  check(folders: readonly string[]): void {
    const unknown = folders.filter((folder) => !this.#known.has(folder) && !this.#isLink(folder));
    if (unknown.length > 0) this.#readUnknown(unknown).catch(this.#options.onError);
  }

  /** Checks which sessions have come, gone or changed. */
  scan(): Promise<void> {
    clearTimeout(this.#scanTimer);
    this.#scanning = this.#scanning.then(() => this.#scanOnce());
    return this.#scanning;
  }

  /** Reads a session at once, after this process has written to it. */
  refresh(session: LoggedSession): void {
    this.#dirty.add(session.folder);
    this.#readDirty();
  }

  /** The folders, the settings or the trust of the window have changed. */
  reconfigure(): void {
    this.#roots = this.#options.roots();
    this.#choosePolling();
    for (const folder of this.#known.keys()) this.#dirty.add(folder);
    this.#listed.untrustedUntilMs = Infinity;
    this.#readDirty();
    if (this.#complete) this.#openNewest();
    this.#changed.fire();
    void this.scan();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#scanTimer);
    this.#disposables.dispose();
    for (const session of this.#known.values()) session.dispose();
    this.#known.clear();
  }

  #choosePolling(): void {
    this.#polling = usesPolling(this.#options.settings()['watch.polling'], mountOf(this.#root));
    if (this.#polling) this.#watch.dispose();
  }

  #onHint(folder: string): void {
    if (this.#known.has(folder)) {
      this.#dirty.add(folder);
      this.#reader.request();
    } else if (isSessionId(folder)) this.check([folder]);
  }

  async #scanOnce(): Promise<void> {
    try {
      await this.#scanFolder();
      await this.#scanSessions();
      if (!this.#complete) this.#openNewest();
      this.#complete = true;
      // Claude Code's own list tells sooner which one was resumed
      if (this.#scans % (this.#polling ? 20 : 4) === 0)
        await this.#readUnknown(await this.#past.findChanged(this.#roots));
      this.#scans++;
    } catch (error) {
      this.#options.onError(error);
    }
    if (this.#disposed) return;
    clearTimeout(this.#scanTimer);
    this.#scanTimer = setTimeout(() => void this.scan(), this.#polling ? POLL_MS : SCAN_MS).unref();
  }

  /** Reads the names in the folder of sessions, where they may have changed: there may be thousands. */
  async #scanFolder(): Promise<void> {
    const stats = await stat(this.#root).catch(() => undefined);
    if (this.#disposed) return;
    if (stats?.ino !== this.#inode) this.#choosePolling();
    this.#inode = stats?.ino;
    if (!this.#polling) this.#watch.setRoot(stats?.ino);
    const roots = this.#options.roots();
    if (roots !== this.#roots) for (const folder of this.#known.keys()) this.#dirty.add(folder);
    this.#roots = roots;
    const nowMs = performance.now();
    const modifiedMs = stats?.mtimeMs ?? -1;
    if (modifiedMs !== this.#listed.modifiedMs) this.#listed = { modifiedMs, untrustedUntilMs: nowMs + COARSE_MS };
    else if (nowMs > this.#listed.untrustedUntilMs) return;
    this.#listed.untrustedUntilMs = Math.min(this.#listed.untrustedUntilMs, nowMs + COARSE_MS);
    const gone = new Set([...this.#known.keys(), ...this.#past.names()]);
    await this.#readUnknown(unknownFolders(this.#root, (folder) => gone.delete(folder)));
    const forgotten = [...gone].filter((folder) => this.#past.delete(folder));
    for (const folder of gone) if (this.#known.has(folder)) this.#dirty.add(folder);
    if (forgotten.length > 0) this.#changed.fire();
  }

  /** Reads the live sessions whose files have changed, and those of which something has come due. */
  async #scanSessions(): Promise<void> {
    let changed = false;
    const now = Date.now();
    const all = this.#polling || this.#scans % 4 === 0;
    for (const session of this.#known.values()) {
      if (!this.#isFollowed(session) || !(session.live || this.#polling)) continue;
      if ((await session.hasChanged(all)) || (this.#options.trusted() && session.isDue(now)))
        this.#dirty.add(session.folder);
      else changed = session.checkLive() || changed;
    }
    if (this.#disposed) return;
    this.#readDirty();
    if (changed) this.#changed.fire();
  }

  /** Reads folders that are not known as sessions at work: each becomes a past session, or one that is folded. */
  async #readUnknown(folders: Iterable<string> | AsyncIterable<string>): Promise<void> {
    const changed = await this.#past.read(folders, (folder) => {
      this.#dirty.add(folder);
      this.#reader.request();
    });
    // one of them may have been opened meanwhile
    for (const folder of this.#known.keys()) this.#past.delete(folder);
    if (!changed || this.#disposed) return;
    if (this.#complete) this.#openNewest();
    this.#changed.fire();
  }

  /** A link is another session's folder under a further name, and no session of its own. */
  #isLink(folder: string): boolean {
    return this.#statsOf(folder)?.isSymbolicLink() === true;
  }

  #statsOf(folder: string): Stats | undefined {
    return lstatSync(join(this.#root, folder), { throwIfNoEntry: false });
  }

  #isInWindow(session: LoggedSession): boolean {
    const { project, state, live, startedTs } = session;
    if (state.events === 0 || project === undefined) return false;
    if (isInside(project, this.#roots)) return true;
    // a demo has no folder of a window: it shows while it plays, and where it began while this window was open
    return this.#isDemo(project) && (live || startedTs >= this.#openedMs);
  }

  #isDemo(project: string): boolean {
    return project === realPath(this.#demo);
  }

  /** Whether a session is folded. One of another window is not: its session.json names its project. */
  #isFollowed({ project }: LoggedSession): boolean {
    return project === undefined || isInside(project, this.#roots) || this.#isDemo(project);
  }

  #readDirty(): void {
    const folders = [...this.#dirty];
    this.#dirty.clear();
    let changed = false;
    for (const folder of folders) {
      try {
        changed = this.#read(folder) || changed;
      } catch (error) {
        this.#options.onError(error);
      }
    }
    if (!changed) return;
    if (this.#complete) this.#openNewest();
    this.#changed.fire();
  }

  /** Of a project without a listed session the newest past one is listed: how it ended is what a person comes for. */
  #openNewest(): void {
    const projects = new Set(this.list().map(({ project }) => project));
    for (const { folder, project } of this.past()) {
      if (projects.has(project)) continue;
      projects.add(project);
      this.open(folder);
    }
  }

  #read(folder: string): boolean {
    const dir = join(this.#root, folder);
    const exists = this.#statsOf(folder)?.isDirectory() === true;
    const known = this.#known.get(folder);
    const wasPast = this.#past.delete(folder);
    if (!exists) {
      known?.dispose();
      this.#watch.unfollow(folder);
      return this.#known.delete(folder) || wasPast;
    }
    const session = known ?? new LoggedSession(folder, dir);
    this.#known.set(folder, session);
    if (!this.#isFollowed(session)) {
      this.#watch.unfollow(folder);
      return false;
    }
    // before the log is read, so that no line falls between
    if (!this.#polling) this.#watch.follow(folder);
    const wasLive = session.live;
    let changed = session.refresh() || session.live !== wasLive;
    if (this.#isInWindow(session) && this.#options.trusted()) {
      changed = session.maintain(Date.now()) || changed;
      session.scheduleFlags(() => this.refresh(session), this.#options.onError);
    }
    return changed || known === undefined;
  }

  /** Does for live sessions what no hook may be left to do, one at a time. */
  async #supervise(): Promise<void> {
    for (const session of this.list()) {
      if (!session.live || !this.#options.trusted()) continue;
      await nextTurn();
      try {
        if (session.maintain(Date.now())) this.#changed.fire();
        if (session.state.workers.size === 0) continue;
        await this.#options.superviseWorkers(session.dir);
        if (this.#known.get(session.folder) === session) this.refresh(session);
      } catch (error) {
        this.#options.onError(error);
      }
    }
  }
}

/** The names of sessions' folders of which `isKnown` is false; none where there is no such folder yet. A stream: there may be thousands. */
async function* unknownFolders(root: string, isKnown: (folder: string) => boolean): AsyncGenerator<string> {
  try {
    // a link is another session's folder under a further name, and no session of its own
    for await (const entry of await opendir(root))
      if (entry.isDirectory() && isSessionId(entry.name) && !isKnown(entry.name)) yield entry.name;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
