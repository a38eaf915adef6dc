import { statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { realPath } from '#core/base/files/facts.ts';
import { logToRead, sessionPaths } from '#core/base/paths.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import { isInside } from './windowFolders.ts';

/** Where it is unknown whether a session's Claude runs, a log that has not grown for this long means that it has ended. */
const STALE_MS = 86_400_000;
/** How many past sessions `findChanged` checks: the newest ones each time, and some of the others in turn. */
const NEWEST = 8;
const IN_TURN = 8;
/** By how much the time of a file may be behind the clock: the system takes it from its last tick. */
const TICK_MS = 20;

/** A session that had ended before this window opened. There may be thousands, so only its folder is known. */
export interface PastFolder {
  /** Its folder's name, and its path. */
  readonly folder: string;
  readonly dir: string;
  /** Its project's folder, links resolved. */
  readonly project: string;
  /** When its log last grew, epoch ms. */
  readonly modifiedMs: number;
}

/** One of thousands: its path is made when it is needed. */
class Past implements PastFolder {
  readonly #root: string;
  readonly folder: string;
  readonly project: string;
  readonly modifiedMs: number;

  constructor(root: string, folder: string, project: string, modifiedMs: number) {
    this.#root = root;
    this.folder = folder;
    this.project = project;
    this.modifiedMs = modifiedMs;
  }

  get dir(): string {
    return join(this.#root, this.folder);
  }
}

/** The past sessions below the folder of sessions. No watch is held for them. */
export class PastFolders {
  readonly #root: string;
  readonly #openedMs: number;
  readonly #folders = new Map<string, Past>();
  /** The real path of each project: thousands of sessions share a few. */
  readonly #projects = new Map<string, string>();
  #listed: { roots: readonly string[]; folders: PastFolder[] } | undefined;
  #nextInTurn = 0;

  /** @param openedMs when this window opened: a session whose log has grown since then is not a past one */
  constructor(root: string, openedMs: number) {
    this.#root = root;
    this.#openedMs = openedMs;
  }

  names(): Iterable<string> {
    return this.#folders.keys();
  }

  /** Those of projects in `roots`, the newest first. The same array until something changes. */
  list(roots: readonly string[]): PastFolder[] {
    if (this.#listed?.roots !== roots) {
      const inside = [...this.#folders.values()].filter(({ project }) => isInside(project, roots));
      this.#listed = { roots, folders: inside.toSorted((a, b) => b.modifiedMs - a.modifiedMs) };
    }
    return this.#listed.folders;
  }

  delete(folder: string): boolean {
    const deleted = this.#folders.delete(folder);
    if (deleted) this.#listed = undefined;
    return deleted;
  }

  /** Takes in a folder, if it is that of a past session. Returns whether it is. */
  take(folder: string): boolean {
    const past = this.#readFolder(folder);
    const before = this.#folders.get(folder);
    if (past === undefined) this.delete(folder);
    else if (past.modifiedMs !== before?.modifiedMs || past.project !== before.project) {
      this.#folders.set(folder, past);
      this.#listed = undefined;
    }
    return past !== undefined;
  }

  /** Which of some past sessions have been written to again. Thousands would be too many to check at once. */
  async findChanged(roots: readonly string[]): Promise<string[]> {
    const all = this.list(roots);
    const others = all.slice(NEWEST);
    const start = this.#nextInTurn < others.length ? this.#nextInTurn : 0;
    this.#nextInTurn = start + IN_TURN;
    const candidates = [...all.slice(0, NEWEST), ...others.slice(start, start + IN_TURN)];
    const changed = await Promise.all(candidates.map((past, i) => this.#hasChanged(past, i < NEWEST)));
    return candidates.filter((_, i) => changed[i]).map(({ folder }) => folder);
  }

  /** A resumed session has a new session.json, and then a longer log; a late worker only makes the log longer. */
  async #hasChanged({ dir, modifiedMs }: PastFolder, withInfo: boolean): Promise<boolean> {
    const { info } = sessionPaths(dir);
    if ((await modifiedMsOf(logToRead(dir))) !== modifiedMs) return true;
    return withInfo && ((await modifiedMsOf(info)) ?? Infinity) >= this.#openedMs - TICK_MS;
  }

  /** A folder as that of a past session; undefined where its Claude may still run, or too little is known of it. */
  #readFolder(folder: string): Past | undefined {
    const dir = join(this.#root, folder);
    const info = readSessionInfo(dir);
    const modifiedMs = statSync(logToRead(dir), { throwIfNoEntry: false })?.mtimeMs;
    if (info === undefined || modifiedMs === undefined || modifiedMs >= this.#openedMs) return undefined;
    const ended = !(isSessionLive(info) ?? this.#openedMs - modifiedMs < STALE_MS);
    return ended ? new Past(this.#root, folder, this.#realProject(info.project), modifiedMs) : undefined;
  }

  #realProject(project: string): string {
    const known = this.#projects.get(project) ?? realPath(project);
    this.#projects.set(project, known);
    return known;
  }
}

async function modifiedMsOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
