import type { SessionList } from './sessionList.ts';
import type { Session } from './session.ts';

/**
 * What the panel shows: the session that the person has chosen, while it exists; else the Board, if several sessions
 * live; else the newest session. A chosen session that has ended is replaced by one that starts after the choice, unless
 * its past is replayed.
 */
export class Selection {
  readonly #list: SessionList;
  #chosen: { folder: string; atMs: number; stays: boolean } | undefined;
  #wantsBoard = false;

  constructor(list: SessionList) {
    this.#list = list;
  }

  choose(session: Session, stays = false): void {
    this.#chosen = { folder: session.folder, atMs: Date.now(), stays };
    this.#wantsBoard = false;
  }

  /** Shows the Board, also where fewer sessions live. */
  chooseBoard(): void {
    this.#chosen = undefined;
    this.#wantsBoard = true;
  }

  /** Shows what is shown where nothing is chosen. */
  leave(): void {
    this.#chosen = undefined;
  }

  /** Whether the Board is shown. */
  isBoard(): boolean {
    if (this.#chosenSession() !== undefined) return false;
    const list = this.#list.list();
    return list.filter(({ live }) => live).length > 1 || (this.#wantsBoard && list.length > 0);
  }

  /** The session that commands act on: the one shown, on the Board the newest. */
  current(): Session | undefined {
    return this.#chosenSession() ?? this.#list.list()[0];
  }

  #chosenSession(): Session | undefined {
    if (this.#chosen === undefined) return undefined;
    const { folder, atMs, stays } = this.#chosen;
    const list = this.#list.list();
    const chosen = list.find((session) => session.folder === folder);
    const newest = list[0];
    const overtaken = !stays && chosen?.live === false && newest?.live === true && newest.startedTs > atMs;
    return overtaken ? undefined : chosen;
  }
}
