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
  heldCalls: 50,
  /** Calls that the person lets run, for each block. */
  passes: 10,
  /** Calls that the person refuses. */
  denials: 50,
} as const;

/** The state before the first line. */
export function emptyState(): SessionState {
  return {
    version: STATE_VERSION,
    events: 0,
    damaged: new Map(),
    unknownTypes: new Map(),
    lastTs: 0,
    hookTs: 0,
    machines: new Map(),
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
    proofs: new Map(),
    awaitedCount: 0,
    steps: 0,
    asks: new Map(),
    stopRefusals: new Map(),
    watches: new Map(),
    handoffs: [],
    notices: [],
    collisions: new Map(),
    uncommitted: new Map(),
    merges: new Map(),
    activity: [],
  };
}

/** An event's position in the log, and its time in epoch ms (the last known time if it has none). */
export interface EventPosition {
  pos: number;
  ts: number;
  /** It has no time of its own: what is to last from it on lasts from the next line of a hook on. */
  untimed?: boolean;
  /** The outbox of another machine that it is from. */
  via?: string;
  /** What the event has made true, by which conditions are evaluated again at its end. */
  facts?: string[];
}

/** Notes what an event has made true: `done:W1`, `free:db`. */
export const addFacts = (at: EventPosition, ...facts: string[]): void => void (at.facts ??= []).push(...facts);

/** The time (epoch ms) at which a span of `ms` that starts with an event is over. */
export const dueAfter = (at: EventPosition, ms: number | undefined): number | undefined =>
  ms === undefined ? undefined : at.ts + ms;

/** A worker with its task: `W1 (lint)`. */
export const withTask = (worker: string, task: string | undefined): string =>
  task === undefined ? worker : `${worker} (${task})`;

/** Appends to a bounded list, whose oldest items go. */
export function pushBounded<T>(list: T[], item: T, max: number): void {
  list.push(item);
  // in blocks, so that a full list costs nothing per event
  if (list.length > max * 1.5) list.splice(0, list.length - max);
}

/** Adds a notice for the person. */
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

/** Sets the fields that are not undefined and returns `target`. So a state equals the one read from its snapshot. */
export function assignDefined<T extends object>(target: T, fields: OptionalFields<T>): T {
  for (const name in fields) if (fields[name] !== undefined) target[name] = fields[name];
  return target;
}
