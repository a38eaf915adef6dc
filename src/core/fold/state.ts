import { STATE_VERSION, type Notice, type SessionState } from '#protocol/state.ts';

/** How much of the past a state keeps; the rest is in the log. */
export const LIMITS = {
  activity: 300,
  notices: 60,
  deliveredNotes: 500,
  pendingNotes: 200,
  endedBlocks: 100,
  formerHolders: 20,
  handoffs: 50,
} as const;

/** The state before the first line. */
export function emptyState(): SessionState {
  return {
    version: STATE_VERSION,
    events: 0,
    damaged: new Map(),
    unknownTypes: new Map(),
    lastTs: 0,
    session: {},
    conductor: { state: 'unknown', turn: 0 },
    runs: new Map(),
    workers: new Map(),
    blocks: new Map(),
    blockCount: 0,
    notes: new Map(),
    locks: new Map(),
    ballots: new Map(),
    checkpoints: new Map(),
    asks: new Map(),
    stopRefusals: new Map(),
    watches: new Map(),
    handoffs: [],
    notices: [],
    collisions: new Map(),
    activity: [],
  };
}

/** Where and when an event stands: its position in the log, and its time (the last known one if it has none). */
export interface EventPosition {
  pos: number;
  ts: number;
}

/** A worker and what it is for. */
export const withTask = (worker: string, task: string | undefined): string =>
  task === undefined ? worker : `${worker} (${task})`;

/** Appends to a bounded list, forgetting the oldest. */
export function pushBounded<T>(list: T[], item: T, max: number): void {
  list.push(item);
  // in blocks, so that a full list costs nothing per event
  if (list.length > max * 1.5) list.splice(0, list.length - max);
}

/** Adds something that the person should know. */
export function addNotice(
  state: SessionState,
  at: EventPosition,
  kind: Notice['kind'],
  text: string,
  worker?: string,
): void {
  pushBounded(state.notices, assignDefined<Notice>({ pos: at.pos, ts: at.ts, kind, text }, { worker }), LIMITS.notices);
}

type OptionalFields<T> = { [K in keyof T]?: T[K] | undefined };

/** Sets the fields that have a value; those without one stay as they are in `target`, which is returned. */
export function assignDefined<T extends object>(target: T, fields: OptionalFields<T>): T {
  for (const name in fields) if (fields[name] !== undefined) target[name] = fields[name];
  return target;
}
