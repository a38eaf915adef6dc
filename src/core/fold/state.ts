import { STATE_VERSION, type Notice, type SessionState } from '../../protocol/state.ts';
import { put } from './put.ts';

/** How much of the past a state keeps; the rest is in the log. */
export const KEPT = {
  activity: 300,
  notices: 60,
  delivered: 500,
  waiting: 200,
  endedBlocks: 100,
  former: 20,
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
    rounds: new Map(),
    watches: new Map(),
    handoffs: [],
    notices: [],
    collisions: new Map(),
    activity: [],
  };
}

/** Where and when an event stands: its position in the log, and its time (the last known one if it has none). */
export interface At {
  pos: number;
  ts: number;
}

/** A worker and what it is for. */
export const withTask = (worker: string, task: string | undefined): string =>
  task === undefined ? worker : `${worker} (${task})`;

/** Appends to a bounded list, forgetting the oldest. */
export function keep<T>(list: T[], item: T, most: number): void {
  list.push(item);
  // in blocks, so that a full list costs nothing per event
  if (list.length > most * 1.5) list.splice(0, list.length - most);
}

/** Adds something that the person should know. */
export function notice(state: SessionState, at: At, kind: Notice['kind'], text: string, worker?: string): void {
  keep(state.notices, put<Notice>({ pos: at.pos, ts: at.ts, kind, text }, { worker }), KEPT.notices);
}
