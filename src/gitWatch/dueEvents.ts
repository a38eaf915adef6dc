import type { NewEvent } from '#core/log/append.ts';
import { uncommittedKey } from '#core/fold/uncommitted.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { UncommittedFile } from '#protocol/parts.ts';
import type { Uncommitted } from '#protocol/state.ts';

/** What one agent has not committed in one checkout, and its entries of the stash. */
export interface AgentFiles extends Pick<
  Uncommitted,
  'name' | 'root' | 'branch' | 'files' | 'stash' | 'unseen' | 'config'
> {
  session: string;
  agent: string;
}

/** A session whose agents could take the files of others. */
export interface Concerned {
  session: string;
  /** What its log has of it already. */
  known: ReadonlyMap<string, Uncommitted>;
  /** Whether one of its agents beside the Conductor is at work. */
  hasAgents: boolean;
  hold: boolean;
  /** Whether it could reach a checkout. */
  reaches: (root: string) => boolean;
  /** Whether git was not looked at yet in a checkout: what is known of it stays. */
  isPending: (root: string) => boolean;
}

/** A line of a log is bounded. */
const MAX_FILES = 200;
const MAX_CHARS = 24_000;
/** An age is shown in minutes. */
const SAME_TS_MS = 30_000;

/**
 * The events that bring the log of a session to what is so now: of each other session its files together, of its own agents
 * each for itself. Pure.
 */
export function dueEvents(all: readonly AgentFiles[], concerned: Concerned): NewEvent[] {
  const due = new Map<string, Uncommitted>();
  for (const files of all) {
    const isEmpty = files.files.length === 0 && files.stash === undefined;
    if (isEmpty || !concerned.reaches(files.root)) continue;
    const isOwn = files.session === concerned.session;
    // without another agent nothing could take what is Claude's own
    if (isOwn && files.agent === CONDUCTOR && !concerned.hasAgents) continue;
    const entry = entryOf(files, isOwn, concerned.hold);
    const key = uncommittedKey(entry);
    const other = due.get(key);
    due.set(
      key,
      other === undefined
        ? entry
        : {
            ...other,
            ...entry,
            name: nameOf(other, entry, files),
            files: merged(other, entry),
            ...stashOf(other, entry),
          },
    );
  }
  const isKept = (entry: Uncommitted | undefined): boolean => entry !== undefined && concerned.isPending(entry.root);
  const changed = [...due].filter(
    ([key, entry]) => !isKept(concerned.known.get(key)) && !isSame(concerned.known.get(key), entry),
  );
  const gone = [...concerned.known].filter(([key, entry]) => !due.has(key) && !isKept(entry));
  return [
    ...gone.map(([, { worker, session, name, root }]) => eventOf({ worker, session, name, root, files: [] })),
    ...changed.map(([, entry]) => eventOf(entry)),
  ];
}

function entryOf({ session, agent, ...files }: AgentFiles, isOwn: boolean, hold: boolean): Uncommitted {
  const entry: Uncommitted = { worker: isOwn ? agent : CONDUCTOR, ...bounded(files) };
  if (!isOwn) entry.session = session;
  if (hold) entry.hold = true;
  return entry;
}

/** The files of another session are named by it, not by its agents. */
const nameOf = (other: Uncommitted, entry: Uncommitted, { agent }: AgentFiles): string =>
  agent === CONDUCTOR ? entry.name : other.name;

function stashOf(a: Uncommitted, b: Uncommitted): Pick<Uncommitted, 'stash'> {
  const all = [...(a.stash ?? []), ...(b.stash ?? [])].toSorted((x, y) => (y.ts ?? 0) - (x.ts ?? 0));
  return all.length === 0 ? {} : { stash: all };
}

function merged(a: Uncommitted, b: Uncommitted): UncommittedFile[] {
  const files = new Map(a.files.map((file) => [file.path, file]));
  for (const file of b.files) if ((files.get(file.path)?.ts ?? -1) < (file.ts ?? 0)) files.set(file.path, file);
  return [...files.values()];
}

function bounded<T extends Pick<Uncommitted, 'files' | 'more'>>(entry: T): T {
  const files: UncommittedFile[] = [];
  let chars = 0;
  for (const file of entry.files.toSorted((a, b) => (b.ts ?? 0) - (a.ts ?? 0))) {
    chars += file.path.length + 50;
    if (files.length >= MAX_FILES || chars > MAX_CHARS) break;
    files.push(file);
  }
  const more = entry.files.length - files.length;
  return more === 0 ? { ...entry, files } : { ...entry, files, more };
}

/** Whether a log has it already. */
function isSame(known: Uncommitted | undefined, due: Uncommitted): boolean {
  if (known === undefined || known.files.length !== due.files.length) return false;
  const { files: _known, block: _block, released: _released, ...before } = known;
  const { files: _due, ...after } = due;
  const sorted = (entry: object): string =>
    JSON.stringify(
      Object.entries(entry)
        .filter(([, v]) => v !== undefined)
        .toSorted(([a], [b]) => a.localeCompare(b)),
    );
  if (sorted(before) !== sorted(after)) return false;
  const files = new Map(known.files.map((file) => [file.path, file]));
  return due.files.every(({ path, ts = 0, status }) => {
    const file = files.get(path);
    return file !== undefined && file.status === status && Math.abs((file.ts ?? 0) - ts) < SAME_TS_MS;
  });
}

const eventOf = (entry: Partial<Uncommitted>): NewEvent => ({ t: 'uncommitted', ...entry });
