import type { SessionList } from './sessionList.ts';
import type { Session } from './session.ts';

/**
 * The session that the surfaces show: the person's choice while it exists, else the newest live session. A chosen session
 * that has ended is replaced by one that starts after the choice, unless its past is replayed.
 */
export class Selection {
  readonly #list: SessionList;
  #chosen: { folder: string; atMs: number; stays: boolean } | undefined;

  constructor(list: SessionList) {
    this.#list = list;
  }

  choose(session: Session, stays = false): void {
    this.#chosen = { folder: session.folder, atMs: Date.now(), stays };
  }

  current(): Session | undefined {
    const list = this.#list.list();
    const chosen = list.find((s) => s.folder === this.#chosen?.folder);
    const newest = list[0];
    if (chosen === undefined || this.#chosen === undefined) return newest;
    const overtaken =
      !this.#chosen.stays && !chosen.live && newest?.live === true && newest.startedTs > this.#chosen.atMs;
    return overtaken ? newest : chosen;
  }
}
