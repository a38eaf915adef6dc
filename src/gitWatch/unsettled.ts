import type { UncommittedFile } from '#protocol/parts.ts';
import type { Look } from './checkoutStatus.ts';
import type { AgentEdits } from './sessionEdits.ts';

/** An edit is published before git was looked at where that takes longer than this. */
const WAIT_MS = 1000;

/**
 * Which edits of an agent are not committed. An edit is settled once git has the file as committed after it, and stays so, since
 * what is changed there afterwards is another one's.
 */
export class Unsettled {
  /** Until when all edits of a file are settled, by its absolute path. */
  readonly #settled = new Map<string, number>();
  /** When an edit was first seen, by path and time. */
  readonly #seen = new Map<string, number>();

  /** The files of an agent in a checkout, whose paths there are `paths`. */
  filesOf(
    { edits }: AgentEdits,
    paths: ReadonlyMap<string, string>,
    look: Look | undefined,
    now: number,
  ): UncommittedFile[] {
    return [...paths].flatMap(([absolute, path]): UncommittedFile[] => {
      const ts = edits.get(absolute);
      if (ts === undefined || ts <= (this.#settled.get(absolute) ?? -1)) return [];
      const isSeen = look !== undefined && look.asked.has(path) && look.ts > ts;
      const status = isSeen ? look.status.get(path) : undefined;
      if (status !== undefined) return [{ path, ts, status }];
      if (isSeen) {
        this.#settled.set(absolute, look.ts);
        return [];
      }
      const name = `${absolute}\0${ts}`;
      const seen = this.#seen.get(name) ?? now;
      this.#seen.set(name, seen);
      return now - seen < WAIT_MS && look?.unseen === undefined ? [] : [{ path, ts }];
    });
  }
}
