import { normalize } from 'node:path';
import type { NewEvent } from '#core/log/append.ts';
import { COLLISION_MS } from '#core/fold/collisions.ts';
import type { SessionState } from '#protocol/state.ts';
import { CONDUCTOR } from '#protocol/ids.ts';

/** One agent, the span in which it worked, and its last edit of each file. All times epoch ms. */
export interface Editor {
  session: string;
  /** `conductor`, or the subagent's id or the worker's name. */
  agent: string;
  edits: ReadonlyMap<string, number>;
  fromTs: number;
  toTs: number;
}

/** One file that two agents have edited, `later` after `earlier`. */
export interface EditCollision {
  file: string;
  earlier: Editor;
  later: Editor;
  /** When the later one edited it. */
  ts: number;
}

/**
 * Files that two agents have edited within ten minutes, the later edit within the last ten. Agents of one session hand
 * their work on to each other, which is no collision: of two such agents one must have edited the file while the other,
 * a subagent, was working. Pure.
 */
export function editCollisions(editors: readonly Editor[], now: number): EditCollision[] {
  const files = new Map<string, { editor: Editor; ts: number }[]>();
  for (const editor of editors)
    for (const [path, ts] of editor.edits) {
      if (now - ts > 2 * COLLISION_MS) continue;
      const file = normalize(path);
      const fileEdits = files.get(file);
      if (fileEdits === undefined) files.set(file, [{ editor, ts }]);
      else fileEdits.push({ editor, ts });
    }
  return [...files].flatMap(([file, edits]) =>
    edits
      .toSorted((a, b) => a.ts - b.ts)
      .flatMap((later, index, all) =>
        now - later.ts > COLLISION_MS
          ? []
          : all
              .slice(0, index)
              .filter((earlier) => later.ts - earlier.ts <= COLLISION_MS && collide(earlier, later))
              .map((earlier): EditCollision => ({ file, earlier: earlier.editor, later: later.editor, ts: later.ts })),
      ),
  );
}

type Edit = { editor: Editor; ts: number };

function collide(a: Edit, b: Edit): boolean {
  if (a.editor.session !== b.editor.session) return true;
  const within = ({ ts }: Edit, { agent, fromTs, toTs }: Editor): boolean =>
    agent !== CONDUCTOR && ts >= fromTs && ts <= toTs;
  return a.editor.agent !== b.editor.agent && (within(a, b.editor) || within(b, a.editor));
}

/** A collision that continues is published again after this time. */
const RENEW_MS = COLLISION_MS / 2;

/** The event that reports a collision in the log of one of its sessions; undefined where the log has it already. Pure. */
export function missingCollision(
  state: SessionState,
  session: string,
  { file, earlier, later, ts }: EditCollision,
): NewEvent | undefined {
  const [own, other] = later.session === session ? [later, earlier] : [earlier, later];
  const otherSession = other.session === session ? undefined : other.session;
  const isLogged = [...state.collisions.values()].some(
    (known) =>
      known.file === file &&
      known.session === otherSession &&
      (samePair(known, own, other) || (otherSession === undefined && samePair(known, other, own))) &&
      ts - known.lastTs < RENEW_MS,
  );
  return isLogged ? undefined : { t: 'collision', worker: own.agent, file, other: other.agent, session: otherSession };
}

function samePair(known: { worker: string; other: string }, own: Editor, other: Editor): boolean {
  return known.worker === own.agent && known.other === other.agent;
}
