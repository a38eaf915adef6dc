import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isSessionId } from '#protocol/ids.ts';
import { realPath } from '#core/base/files/facts.ts';
import { homePaths } from '#core/base/paths.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { Settings } from '#protocol/settings.ts';
import { Throttle } from '#extension/base/throttle.ts';
import { DisposableStore, Emitter, repeat } from '#extension/base/emitter.ts';
import { PastFolders, type PastFolder } from './pastFolder.ts';
import { SessionWatch } from './sessionWatch.ts';
import { LoggedSession } from './loggedSession.ts';
import { isInside } from './windowFolders.ts';

/** Changes that come closer together than this are read in one go. */
const THROTTLE_MS = 50;
/** How often sessions are supervised. */
const SUPERVISE_MS = 5000;
/** How often the processes of live sessions are looked at. */
const LIVE_MS = 3000;
/** How long new folders are read in one piece. Asynchronous reads of files as small take three times as long in all. */
const SLICE_MS = 1;

export interface SessionStoreOptions {
  home: string;
  /** The folders whose sessions are this window's, links resolved. They may change at any time. */
  roots: () => readonly string[];
  settings: () => Pick<Settings, 'watch.polling'>;
  /** In Restricted Mode sessions are only read: nothing is armed and no flag is obeyed. */
  trusted: () => boolean;
  /** Supervises a session's workers where no hook may do it any more. It may fold more of the log. */
  superviseWorkers: (log: SessionLog) => Promise<void>;
  /** How often live sessions are read, their workers supervised, and some past sessions checked for new lines. */
  superviseMs?: number;
  /** Called for each failure while watching. */
  onError: (error: unknown) => void;
}

/**
 * The sessions with hooks that run in this window's folders. The only owner of their folded logs. At intervals it checks
 * live sessions, and a few of the past ones: thousands of them must cost nothing.
 */
export class SessionStore {
  readonly #options: SessionStoreOptions;
  readonly #paths: ReturnType<typeof homePaths>;
  readonly #openedMs = Date.now();
  readonly #known = new Map<string, LoggedSession>();
  readonly #past: PastFolders;
  /** Past sessions that were opened: they are folded. */
  readonly #requested = new Set<string>();
  /** The past sessions of the last change event. */
  #shownPast: readonly PastFolder[] = [];
  readonly #changed = new Emitter();
  readonly #disposables = new DisposableStore();
  readonly #watch: SessionWatch;
  readonly #dirty = new Set<string>();
  readonly #reader = this.#disposables.add(new Throttle(THROTTLE_MS, () => this.#readDirty()));
  #isContinuing = false;
  #roots: readonly string[] = [];
  #scanning = Promise.resolve();
  #scanTimer: NodeJS.Timeout | undefined;
  #liveCheckedMs = -Infinity;
  #changedMs = -Infinity;
  /** Whether all folders that were there at the start have been read. */
  #complete = false;
  #disposed = false;

  readonly onDidChange = this.#changed.event;

  constructor(options: SessionStoreOptions) {
    this.#options = options;
    this.#paths = homePaths(options.home);
    this.#past = new PastFolders(this.#paths.sessions, this.#openedMs);
    const polling = () => options.settings()['watch.polling'];
    const onHint = (folder: string): void => this.#onHint(folder);
    this.#watch = new SessionWatch({ root: this.#paths.sessions, polling, onHint, onError: options.onError });
  }

  /** Reads what is there, and everything new from then on. Resolves once the past sessions have been read, too. */
  start(): Promise<void> {
    this.#disposables.add(repeat(() => void this.#supervise(), this.#options.superviseMs ?? SUPERVISE_MS));
    this.reconfigure();
    return this.#scanning;
  }

  /** This window's sessions, in any order. */
  list(): LoggedSession[] {
    return [...this.#known.values()].filter((s) => this.#isInWindow(s));
  }

  /** The running sessions of other windows, which are not folded. */
  elsewhere(): LoggedSession[] {
    return [...this.#known.values()].filter((session) => !this.#isFollowed(session) && session.runs());
  }

  /** The past sessions of this window that are not in the list, the newest first. The same array until one changes. */
  past(): PastFolder[] {
    return this.#past.list(this.#roots);
  }

  /** Takes a past session into the list; undefined where there is no such folder. */
  open(folder: string): LoggedSession | undefined {
    if (!this.#known.has(folder) && isSessionId(folder)) {
      this.#requested.add(folder);
      this.refresh({ folder });
    }
    return this.#known.get(folder);
  }

  /** Checks sessions that run by Claude Code's own account: one of them may count as past, or be new. */
  check(folders: readonly string[]): void {
    for (const folder of folders) if (!this.#known.has(folder)) this.#onHint(folder);
  }

  /** Checks which sessions have come, gone or changed. */
  scan(): Promise<void> {
    this.#scanning = this.#scanning.then(() => this.#scanOnce());
    return this.#scanning;
  }

  /** Reads a session at once, after this process has written to it. */
  refresh({ folder }: Pick<LoggedSession, 'folder'>): void {
    this.#dirty.add(folder);
    this.#readDirty();
  }

  /** The folders, the settings or the trust of the window have changed. */
  reconfigure(): void {
    this.#roots = this.#options.roots();
    this.#watch.reconfigure();
    for (const folder of this.#known.keys()) this.#dirty.add(folder);
    this.#readDirty(true);
    void this.scan();
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#scanTimer);
    this.#disposables.dispose();
    // a scan that is under way may still open a watch
    void this.#scanning.then(() => this.#watch.dispose());
    for (const session of this.#known.values()) session.dispose();
    this.#known.clear();
  }

  #onHint(folder: string): void {
    if (!isSessionId(folder)) return;
    this.#dirty.add(folder);
    this.#reader.request();
  }

  async #scanOnce(): Promise<void> {
    clearTimeout(this.#scanTimer);
    try {
      await this.#scanFolder();
      this.#scanSessions();
    } catch (error) {
      this.#options.onError(error);
    }
    if (this.#disposed) return;
    this.#complete = true;
    this.#readDirty();
    const scanMs = this.#watch.scanMs(performance.now() - this.#changedMs);
    this.#scanTimer = setTimeout(() => void this.scan(), scanMs).unref();
  }

  /** Reads the folders that are new, and finds those that are gone. */
  async #scanFolder(): Promise<void> {
    const names = this.#watch.listNames();
    const roots = this.#options.roots();
    if (roots !== this.#roots) for (const folder of this.#known.keys()) this.#dirty.add(folder);
    this.#roots = roots;
    if (names === undefined) return;
    const gone = new Set([...this.#known.keys(), ...this.#past.names()]);
    let endMs = performance.now() + SLICE_MS;
    for await (const folder of names) {
      if (this.#disposed) return;
      if (!gone.delete(folder) && this.#tryRead(folder)) this.#changed.fire();
      if (performance.now() < endMs) continue;
      await nextTurn();
      endMs = performance.now() + SLICE_MS;
    }
    for (const folder of gone) if (!this.#past.delete(folder)) this.#dirty.add(folder);
  }

  /** Finds the live sessions whose log has grown, or in which something has come due. */
  #scanSessions(): void {
    const now = Date.now();
    const checksLive = performance.now() - this.#liveCheckedMs >= LIVE_MS;
    if (checksLive) this.#liveCheckedMs = performance.now();
    for (const session of this.#known.values()) {
      if (!session.live || !this.#isFollowed(session)) continue;
      if (checksLive && session.checkLive()) {
        // its end is published
        this.#dirty.add(session.folder);
        this.#changed.fire();
      }
      const trusted = this.#options.trusted();
      if (session.checkLink(this.#options.home, now, trusted)) this.#changed.fire();
      const due = trusted && session.isDue(now);
      if (due || session.hasGrown()) this.#dirty.add(session.folder);
    }
  }

  #isInWindow(session: LoggedSession): boolean {
    if (!session.isFolded) return false;
    const { project, state, live, startedTs, isCopy } = session;
    // one of another machine has no folder here, so each window has it
    if (isCopy) return state.events > 0 && (live || state.lastTs >= this.#openedMs);
    if (state.events === 0 || project === undefined) return false;
    if (isInside(project, this.#roots)) return true;
    // a demo has no folder of a window: it shows while it plays, and where it began while this window was open
    return this.#isDemo(project) && (live || startedTs >= this.#openedMs);
  }

  #isDemo(project: string): boolean {
    return project === realPath(this.#paths.demo);
  }

  /** Whether a session is folded. One of another window is not: its session.json names its project. */
  #isFollowed({ project }: LoggedSession): boolean {
    return project === undefined || isInside(project, this.#roots) || this.#isDemo(project);
  }

  /** Reads on in the next turn of the event loop: the editor's own work has its turn between two parts of a large log. */
  #continueReading(): void {
    if (this.#isContinuing) return;
    this.#isContinuing = true;
    setImmediate(() => {
      this.#isContinuing = false;
      if (!this.#disposed) this.#readDirty();
    });
  }

  /** Fires a change event where a session has changed, or the list of past ones. That list is shown once it is complete. */
  #readDirty(changed = false): void {
    const folders = [...this.#dirty];
    this.#dirty.clear();
    for (const folder of folders) changed = this.#tryRead(folder) || changed;
    const past = this.#complete ? this.past() : this.#shownPast;
    if (changed) this.#changedMs = performance.now();
    if (!changed && past === this.#shownPast) return;
    this.#shownPast = past;
    if (this.#complete) this.#openNewest();
    this.#changed.fire();
  }

  /** Of a project without a listed session the newest past one is listed: how it ended is what a person comes for. */
  #openNewest(): void {
    const folding = [...this.#known.values()].filter(({ isBehind }) => isBehind);
    const projects = new Set([...this.list(), ...folding].map(({ project }) => project));
    for (const { folder, project } of this.past()) {
      if (projects.has(project)) continue;
      projects.add(project);
      this.open(folder);
    }
  }

  #tryRead(folder: string): boolean {
    try {
      return this.#read(folder);
    } catch (error) {
      this.#options.onError(error);
      return false;
    }
  }

  /** Returns whether a session that is folded has changed. */
  #read(folder: string): boolean {
    const dir = join(this.#paths.sessions, folder);
    const stats = lstatSync(dir, { throwIfNoEntry: false });
    // what is no folder names another session, in whose folder that one works
    const exists = stats?.isDirectory() === true;
    const known = this.#known.get(folder);
    if (exists && known === undefined && !this.#requested.has(folder) && this.#past.take(folder)) return false;
    this.#past.delete(folder);
    if (!exists) {
      known?.dispose();
      this.#watch.unfollow(folder);
      this.#requested.delete(folder);
      return this.#known.delete(folder);
    }
    const session = known ?? new LoggedSession(folder, dir);
    this.#known.set(folder, session);
    if (!this.#isFollowed(session)) {
      this.#watch.unfollow(folder);
      return false;
    }
    // before the log is read, so that no line falls between
    this.#watch.follow(folder, stats);
    const wasLive = session.live;
    let changed = session.refresh() || session.live !== wasLive;
    if (session.isBehind) {
      this.#dirty.add(folder);
      this.#continueReading();
      // what was shown before is not to be shown as it was at some time in between
      return false;
    }
    if (known === undefined) session.checkLink(this.#paths.home, Date.now(), this.#options.trusted());
    if (this.#isInWindow(session) && this.#options.trusted()) {
      changed = session.maintain(Date.now()) || changed;
      session.scheduleFlags(() => this.refresh(session), this.#options.onError);
    }
    return changed || known === undefined;
  }

  /** Reads the live sessions one at a time, and supervises their workers, since no hook may be left that does. */
  async #supervise(): Promise<void> {
    try {
      for (const session of this.list()) {
        // of a log that is being read on, what is known is of long ago
        if (!session.live || session.isBehind) continue;
        await nextTurn();
        if (this.#options.trusted() && session.reach?.outOfReach === undefined && session.state.workers.size > 0)
          await this.#options.superviseWorkers(session.log).catch(this.#options.onError);
        if (this.#known.get(session.folder) === session) this.refresh(session);
      }
      // a resumed session is in Claude Code's own list sooner
      for (const folder of await this.#past.findChanged(this.#roots)) this.#onHint(folder);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
