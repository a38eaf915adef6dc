import { closeSync, constants, statSync } from 'node:fs';
import { join } from 'node:path';
import { statOf } from './files/facts.ts';
import { makeFolder } from './files/folder.ts';
import { openFile } from './files/openFile.ts';
import { removeFileIfAny, removeTree } from './files/remove.ts';
import { touch } from './files/touch.ts';
import { holderOf, makeClaim, recordHolder, unrecordedState } from './processClaim.ts';
import { isAlive } from './processes.ts';
import { startDetached } from './startDetached.ts';

/** The time that a started process has to claim its home before another one is started. */
const DISPATCH_TIMEOUT_MS = 3000;

/**
 * A program that runs once for a home, in the background, such as the bridge. Each process that needs it starts it; it claims the home
 * by a folder that one process can make. The claim only saves processes: a second one is harmless. Each method throws the system's
 * error.
 */
export class HomeProcess {
  readonly #folder: string;
  readonly #claim: string;
  readonly #dispatched: string;

  /** @param folder the folder in which its claim is made */
  constructor(folder: string) {
    this.#folder = folder;
    this.#claim = join(folder, 'run');
    this.#dispatched = join(folder, 'sent');
  }

  /** Whether it runs. One that cannot be looked at, in another container, counts as none. */
  isAlive(now: number): boolean {
    const info = holderOf(this.#claim);
    if (info === undefined) return unrecordedState(this.#claim, now) === 'alive';
    return isAlive(info.pid, info.startTime, info.host) === true;
  }

  /**
   * Starts it unless it runs, or its program is missing. Never waits.
   * @param node the Node that runs it: an editor has one of its own
   */
  start(program: string, node: string, env: NodeJS.ProcessEnv, now: number): void {
    if (this.isAlive(now) || statOf(program)?.isFile() !== true) return;
    makeFolder(this.#folder);
    if (this.#claimDispatch(now)) startDetached(node, [program], env);
  }

  /** Makes this process the one that runs; false where another one is. */
  claim(now: number): boolean {
    makeFolder(this.#folder);
    if (!makeClaim(this.#claim)) {
      if (this.isAlive(now)) return false;
      // of one that was killed
      removeTree(this.#claim);
      if (!makeClaim(this.#claim)) return false;
    }
    recordHolder(this.#claim);
    removeFileIfAny(this.#dispatched);
    return true;
  }

  /** Whether this process still is the one that runs. */
  isOwn(): boolean {
    return holderOf(this.#claim)?.pid === process.pid;
  }

  /** Gives the claim up, so that another one may start at once. */
  release(): void {
    if (this.isOwn()) removeTree(this.#claim);
  }

  /** Of several processes that would start it, one does. */
  #claimDispatch(now: number): boolean {
    try {
      closeSync(openFile(this.#dispatched, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL).fd);
      return true;
    } catch {
      const dispatchedMs = statSync(this.#dispatched, { throwIfNoEntry: false })?.mtimeMs;
      if (dispatchedMs !== undefined && Math.abs(now - dispatchedMs) < DISPATCH_TIMEOUT_MS) return false;
      touch(this.#dispatched, now);
      return true;
    }
  }
}
