import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isSessionId } from '../../protocol/ids.ts';
import { homePaths } from '../../core/paths.ts';
import type { Settings } from '../../protocol/settings.ts';
import { Coalescer } from '../coalesce.ts';
import { Emitter, type Disposable } from '../emitter.ts';
import { pastFolder, type PastFolder } from './pastFolder.ts';
import { watchSessions } from './sessionWatch.ts';
import { WatchedSession } from './watchedSession.ts';
import { isInside, realPath } from './windowFolders.ts';

/** Changes that come closer together than this are read in one go. */
const COALESCE_MS = 20;
/** So long after a hint nothing can have been left out any more. */
const SETTLED_MS = 60;
/** How often it is looked for what the watcher has missed. */
const LOOK_AROUND_MS = 1000;
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
  tendWorkers: (dir: string) => Promise<void>;
  /** Told once for each thing that went wrong while watching. */
  fault: (error: unknown) => void;
}

/** The sessions with hooks that run in this window's folders. The one owner of what is folded of their logs. */
export class SessionStore {
  readonly #options: SessionStoreOptions;
  readonly #root: string;
  readonly #known = new Map<string, WatchedSession>();
  /** Sessions that are over and are not folded, and those of them that somebody has asked for all the same. */
  readonly #past = new Map<string, PastFolder>();
  readonly #wanted = new Set<string>();
  readonly #changed = new Emitter();
  readonly #dirty = new Set<string>();
  readonly #reader = new Coalescer(COALESCE_MS, () => this.#readDirty());
  readonly #settling = new Map<string, number>();
  #settler: NodeJS.Timeout | undefined;
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
      setInterval(() => this.#lookAround(), LOOK_AROUND_MS).unref(),
      setInterval(() => this.#checkLiveness(), LIVENESS_MS).unref(),
    ];
    this.reconfigure();
  }

  /** This window's sessions, in any order. */
  list(): WatchedSession[] {
    return [...this.#known.values()].filter((s) => this.#isOurs(s));
  }

  /** Those of this window's folders that were over before it looked and are not in the list, the newest first. */
  past(): PastFolder[] {
    const ours = [...this.#past.values()].filter(({ project }) => isInside(project, this.#roots));
    return ours.toSorted((a, b) => b.touchedMs - a.touchedMs);
  }

  /** Takes a session that is over into the list; undefined where there is none in that folder. */
  open(folder: string): WatchedSession | undefined {
    if (this.#past.has(folder)) {
      this.#wanted.add(folder);
      this.#dirty.add(folder);
      this.#readDirty();
    }
    return this.#known.get(folder);
  }

  /** Looks which sessions have come or gone. */
  look(): void {
    this.#lookAround();
  }

  /** Reads a session at once, after this process has written to it. */
  refresh(session: WatchedSession): void {
    this.#dirty.add(session.folder);
    this.#readDirty();
  }

  /** The folders, the settings or the trust of the window have changed. */
  reconfigure(): void {
    const { roots, settings, fault } = this.#options;
    this.#roots = roots();
    this.#watch?.dispose();
    this.#watch = watchSessions(this.#root, settings()['watch.polling'], (id) => this.#hint(id), fault);
    for (const name of sessionNames(this.#root)) this.#dirty.add(name);
    this.#readDirty();
    this.#openNewest();
    this.#changed.fire();
  }

  dispose(): void {
    this.#watch?.dispose();
    this.#reader.dispose();
    for (const timer of this.#timers) clearInterval(timer);
    clearInterval(this.#settler);
    for (const session of this.#known.values()) session.dispose();
    this.#known.clear();
  }

  /** The watcher leaves out changes of a file that come within 50 ms of one that it told: they are looked for. */
  #hint(id: string): void {
    this.#dirty.add(id);
    this.#reader.request();
    this.#settling.set(id, performance.now() + SETTLED_MS);
    this.#settler ??= setInterval(() => this.#settle(), COALESCE_MS);
  }

  #settle(): void {
    const now = performance.now();
    for (const [id, untilMs] of this.#settling) {
      this.#dirty.add(id);
      if (now >= untilMs) this.#settling.delete(id);
    }
    this.#reader.request();
    if (this.#settling.size > 0) return;
    clearInterval(this.#settler);
    this.#settler = undefined;
  }

  /** A watcher that is just starting misses things, and so may any watcher: sessions that came or went, and those at work. */
  #lookAround(): void {
    const names = new Set(sessionNames(this.#root));
    const roots = this.#options.roots();
    if (roots !== this.#roots) for (const name of names) this.#dirty.add(name);
    this.#roots = roots;
    for (const name of names) if (!this.#known.has(name) && !this.#past.has(name)) this.#dirty.add(name);
    for (const name of this.#past.keys()) if (!names.has(name)) this.#dirty.add(name);
    for (const [name, session] of this.#known) if (session.live || !names.has(name)) this.#dirty.add(name);
    this.#readDirty();
  }

  #isOurs(session: WatchedSession): boolean {
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
        this.#options.fault(error);
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
    const there = lstatSync(dir, { throwIfNoEntry: false })?.isDirectory() === true;
    const known = this.#known.get(id);
    const wasPast = this.#past.delete(id);
    if (!there) {
      known?.dispose();
      this.#wanted.delete(id);
      return this.#known.delete(id) || wasPast;
    }
    const past = known === undefined && !this.#wanted.has(id) ? pastFolder(id, dir, this.#openedMs) : undefined;
    if (past !== undefined) {
      this.#past.set(id, past);
      return !wasPast;
    }
    const session = known ?? new WatchedSession(id, dir);
    if (known === undefined) this.#known.set(id, session);
    // another window's session is not folded: whose it is stands in its session.json
    const { project } = session;
    if (project !== undefined && !isInside(project, this.#roots) && !this.#isDemo(project)) return false;
    const wasLive = session.live;
    const changed = session.refresh() || session.live !== wasLive;
    if (this.#isOurs(session) && this.#options.trusted()) {
      session.tend(Date.now());
      session.tendFlags(() => this.refresh(session), this.#options.fault);
    }
    return changed || known === undefined;
  }

  #checkLiveness(): void {
    const live = this.list().filter((s) => s.live);
    const changed = live.filter((s) => s.checkLive());
    if (this.#options.trusted()) for (const session of live) void this.#tendProcesses(session);
    if (changed.length > 0) this.#changed.fire();
  }

  /** What has run out of time is said here too, though nothing was appended. */
  async #tendProcesses(session: WatchedSession): Promise<void> {
    try {
      if (session.state.workers.size > 0) await this.#options.tendWorkers(session.dir);
      if (this.#known.get(session.folder) !== session) return;
      session.tend(Date.now());
    } catch (error) {
      this.#options.fault(error);
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
