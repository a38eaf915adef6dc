import type { SessionStore } from './sessions.ts';
import type { WatchedSession } from './watchedSession.ts';

/**
 * Which session the surfaces show: the one that the person chose, as long as it is there; else the newest one at work.
 * A choice of a session that has ended gives way to one that starts after the choice.
 */
export class Selection {
  readonly #store: SessionStore;
  #chosen: { folder: string; atMs: number } | undefined;

  constructor(store: SessionStore) {
    this.#store = store;
  }

  choose(session: WatchedSession): void {
    this.#chosen = { folder: session.folder, atMs: Date.now() };
  }

  current(): WatchedSession | undefined {
    const list = this.#store.list();
    const chosen = list.find((s) => s.folder === this.#chosen?.folder);
    const newest = list[0];
    if (chosen === undefined || this.#chosen === undefined) return newest;
    const overtaken = !chosen.live && newest?.live === true && newest.startedTs > this.#chosen.atMs;
    return overtaken ? newest : chosen;
  }
}
