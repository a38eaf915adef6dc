import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isSessionId } from '#protocol/ids.ts';
import { homePaths } from '#core/base/paths.ts';
import type { Settings } from '#protocol/settings.ts';
import { Throttle } from '#extension/base/throttle.ts';
import { Emitter, type Disposable } from '#extension/base/emitter.ts';
import { pastFolder, type PastFolder } from './pastFolder.ts';
import { watchSessions } from './sessionWatch.ts';
import { LoggedSession } from './loggedSession.ts';
import { isInside, realPath } from './windowFolders.ts';

/** Changes that come closer together than this are read in one go. */
const THROTTLE_MS = 20;
/** So long after a hint nothing can have been left out any more. */
const STABLE_MS = 60;
/** How often it is looked for what the watcher has missed. */
const SCAN_MS = 1000;
/** How often it is looked whether Claude's processes are still there. */
const LIVENESS_MS = 5000;

export interface SessionStoreOptions {
  home: string;
  /** The folders whose sessions are this window's, links resolved. They may change at any time. */
  roots: () => readonly string[];
  settings: () => Pick<Settings, 'watch.polling'>;
  /** In Restricted Mode sessions are only read: nothing is armed and no flag is obeyed. */
  trusted: () => boolean;
  /** Does for a session's workers what nobody else may be left to do. */
  superviseWorkers: (dir: string) => Promise<void>;
  /** Told once for each thing that went wrong while watching. */
  onError: (error: unknown) => void;
}

/** The sessions with hooks that run in this window's folders. The one owner of what is folded of their logs. */
export class SessionStore {
  readonly #options: SessionStoreOptions;
  readonly #root: string;
  readonly #known = new Map<string, LoggedSession>();
  /** Sessions that are over and are not folded, and those of them that somebody has asked for all the same. */
  readonly #past = new Map<string, PastFolder>();
  readonly #requested = new Set<string>();
  readonly #changed = new Emitter();
  readonly #dirty = new Set<string>();
  readonly #reader = new Throttle(THROTTLE_MS, () => this.#readDirty());
  readonly #rechecks = new Map<string, number>();
  #recheckTimer: NodeJS.Timeout | undefined;
  #timers: NodeJS.Timeout[] = [];
  #watch: Disposable | undefined;
  #roots: readonly string[] = [];
  readonly #demo: string;
  readonly #openedMs = Date.now();

  readonly onDidChange = this.#changed.event;

  constructor(options: SessionStoreOptions) {
    this.#options = options;
    this.#root = homePaths(options.home).sessions;
    this.#demo = homePaths(options.home).demo;
  }

  /** Reads what is there, and everything new from then on. */
  start(): void {
    this.#timers = [
      setInterval(() => this.#scan(), SCAN_MS).unref(),
      setInterval(() => this.#checkLiveness(), LIVENESS_MS).unref(),
    ];
    this.reconfigure();
  }

  /** This window's sessions, in any order. */
  list(): LoggedSession[] {
    return [...this.#known.values()].filter((s) => this.#isInWindow(s));
  }

  /** Those of this window's folders that were over before it looked and are not in the list, the newest first. */
  past(): PastFolder[] {
    const inWindow = [...this.#past.values()].filter(({ project }) => isInside(project, this.#roots));
    return inWindow.toSorted((a, b) => b.modifiedMs - a.modifiedMs);
  }

  /** Takes a session that is over into the list; undefined where there is none in that folder. */
  open(folder: string): LoggedSession | undefined {
    if (this.#past.has(folder)) {
      this.#requested.add(folder);
      this.#dirty.add(folder);
      this.#readDirty();
    }
    return this.#known.get(folder);
  }

  /** Looks which sessions have come or gone. */
  scan(): void {
    this.#scan();
  }

  /** Reads a session at once, after this process has written to it. */
  refresh(session: LoggedSession): void {
    this.#dirty.add(session.folder);
    this.#readDirty();
  }

  /** The folders, the settings or the trust of the window have changed. */
  reconfigure(): void {
    const { roots, settings, onError } = this.#options;
    this.#roots = roots();
    this.#watch?.dispose();
    this.#watch = watchSessions(this.#root, settings()['watch.polling'], (id) => this.#onHint(id), onError);
    for (const name of sessionNames(this.#root)) this.#dirty.add(name);
    this.#readDirty();
    this.#openNewest();
    this.#changed.fire();
  }

  dispose(): void {
    this.#watch?.dispose();
    this.#reader.dispose();
    for (const timer of this.#timers) clearInterval(timer);
    clearInterval(this.#recheckTimer);
    for (const session of this.#known.values()) session.dispose();
    this.#known.clear();
  }

  /** The watcher leaves out changes of a file that come within 50 ms of one that it told: they are looked for. */
  #onHint(id: string): void {
    this.#dirty.add(id);
    this.#reader.request();
    this.#rechecks.set(id, performance.now() + STABLE_MS);
    this.#recheckTimer ??= setInterval(() => this.#recheck(), THROTTLE_MS);
  }

  #recheck(): void {
    const now = performance.now();
    for (const [id, untilMs] of this.#rechecks) {
      this.#dirty.add(id);
      if (now >= untilMs) this.#rechecks.delete(id);
    }
    this.#reader.request();
    if (this.#rechecks.size > 0) return;
    clearInterval(this.#recheckTimer);
    this.#recheckTimer = undefined;
  }

  /** A watcher that is just starting misses things, and so may any watcher: sessions that came or went, and those at work. */
  #scan(): void {
    const names = new Set(sessionNames(this.#root));
    const roots = this.#options.roots();
    if (roots !== this.#roots) for (const name of names) this.#dirty.add(name);
    this.#roots = roots;
    for (const name of names) if (!this.#known.has(name) && !this.#past.has(name)) this.#dirty.add(name);
    for (const name of this.#past.keys()) if (!names.has(name)) this.#dirty.add(name);
    for (const [name, session] of this.#known) if (session.live || !names.has(name)) this.#dirty.add(name);
    this.#readDirty();
  }

  #isInWindow(session: LoggedSession): boolean {
    const { project, state, live, startedTs } = session;
    if (state.events === 0 || project === undefined) return false;
    if (isInside(project, this.#roots)) return true;
    // a demo has no folder of a window: it shows while it plays, and where somebody has seen it play
    return this.#isDemo(project) && (live || startedTs >= this.#openedMs);
  }

  #isDemo(project: string): boolean {
    return project === realPath(this.#demo);
  }

  #readDirty(): void {
    const ids = [...this.#dirty];
    this.#dirty.clear();
    let changed = false;
    for (const id of ids) {
      try {
        changed = this.#read(id) || changed;
      } catch (error) {
        this.#options.onError(error);
      }
    }
    if (changed && this.#past.size > 0) this.#openNewest();
    if (changed) this.#changed.fire();
  }

  /** Of a project with no other session the newest is listed though it is over: how it ended is what a person comes for. */
  #openNewest(): void {
    const known = new Set(this.list().map(({ project }) => project));
    for (const { folder, project } of this.past()) {
      if (known.has(project)) continue;
      known.add(project);
      this.open(folder);
    }
  }

  #read(id: string): boolean {
    const dir = join(this.#root, id);
    // a link is another session's folder under a further name, and not a session of its own
    const exists = lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() === true;
    const known = this.#known.get(id);
    const wasPast = this.#past.delete(id);
    if (!exists) {
      known?.dispose();
      this.#requested.delete(id);
      return this.#known.delete(id) || wasPast;
    }
    const past = known === undefined && !this.#requested.has(id) ? pastFolder(id, dir, this.#openedMs) : undefined;
    if (past !== undefined) {
      this.#past.set(id, past);
      return !wasPast;
    }
    const session = known ?? new LoggedSession(id, dir);
    if (known === undefined) this.#known.set(id, session);
    // another window's session is not folded: whose it is stands in its session.json
    const { project } = session;
    if (project !== undefined && !isInside(project, this.#roots) && !this.#isDemo(project)) return false;
    const wasLive = session.live;
    const changed = session.refresh() || session.live !== wasLive;
    if (this.#isInWindow(session) && this.#options.trusted()) {
      session.maintain(Date.now());
      session.scheduleFlags(() => this.refresh(session), this.#options.onError);
    }
    return changed || known === undefined;
  }

  #checkLiveness(): void {
    const live = this.list().filter((s) => s.live);
    const changed = live.filter((s) => s.checkLive());
    if (this.#options.trusted()) for (const session of live) void this.#superviseProcesses(session);
    if (changed.length > 0) this.#changed.fire();
  }

  /** What has run out of time is said here too, though nothing was appended. */
  async #superviseProcesses(session: LoggedSession): Promise<void> {
    try {
      if (session.state.workers.size > 0) await this.#options.superviseWorkers(session.dir);
      if (this.#known.get(session.folder) !== session) return;
      session.maintain(Date.now());
    } catch (error) {
      this.#options.onError(error);
    }
    this.refresh(session);
  }
}

function sessionNames(root: string): string[] {
  try {
    return readdirSync(root).filter((name) => isSessionId(name));
  } catch {
    return []; // not there yet
  }
}
