import type { Line } from '#core/log/lineReader.ts';

/**
 * What was seen from outside while a session ran, by a driver of real processes or by a simulation. Times are of one clock
 * that never goes back; their unit does not matter.
 */
export interface Observations {
  blocks: SeenBlock[];
  calls: SeenCall[];
  information: SeenInformation[];
  printed: Printed[];
  workers: SeenWorker[];
  grants: SeenGrant[];
  /** Writes to what the locks guard, in the order in which they arrived. */
  guardedWrites: GuardedWrite[];
  tallies: SeenTally[];
  /** When the truth itself was destroyed, or a part of it: what was published before that is not known any more. */
  losses: Loss[];
  /** When no byte could be written into the home: a full disk, or no permission. */
  unwritable: Interval[];
  /** What happened that excuses something; see the invariants. */
  excuses: Excuses;
  /** Programs that ended as none of them may: an answer that is none, an error that names no cause. */
  misbehaved: string[];
  /** Files outside of the home that were changed, made or removed by somebody else than their owner. */
  changedOutside: string[];
  /** Processes of the session that were still there when all was over. */
  remaining: RemainingProcess[];
  /** Caches that differ from what the log alone folds to. */
  staleCaches: string[];
}

export interface RemainingProcess {
  command: string;
  /** The planned worker whose process it is; left out for Fermata's own programs. */
  worker?: string | undefined;
}

export interface Interval {
  began: number;
  ended: number;
}

export interface Loss extends Interval {
  /** With the log all is lost; with the folder also what workers have claimed; with flags only the person's words in them. */
  what: 'log' | 'session' | 'flags';
}

export interface Excuses {
  /** A process was stopped and continued: what protects a lock may have been continued with it. */
  stopped: boolean;
  /** The clock of some processes was wrong: a claim looks old to them. */
  clockMoved: boolean;
  /** Lines that were torn on purpose. */
  tornLines: number;
  /** Processes that were killed: the system may cut the one write in which that happens. */
  killed: number;
}

/** A block on one path, by the word that its text has. */
export interface SeenBlock {
  word: string;
  path: string;
  asked: number;
  /** When its writer returned without an error: from then on it is obeyed. */
  inForce?: number;
  /** When somebody began to end it. */
  ending?: number;
  /** When it was known to be over. */
  over?: number;
}

export interface SeenCall extends Interval {
  path: string;
  outcome: 'denied' | 'passed' | 'killed';
  /** The reasons of a refusal. */
  text: string;
}

export interface SeenInformation {
  word: string;
  to: string;
  asked: number;
  /** When its writer returned without an error. */
  accepted?: number;
}

export interface Printed extends Interval {
  word: string;
  to: string;
  /** The run that printed it. */
  run: string;
  /** That run was killed: it may have printed and not confirmed. */
  killed: boolean;
}

/** A planned worker by its own word: how often it began and came to its end. */
export interface SeenWorker {
  worker: string;
  began: number;
  ended: number;
}

/** A lock that a program was told it has. */
export interface SeenGrant {
  resource: string;
  worker: string;
  token: number;
  at: number;
}

export interface GuardedWrite {
  token: number;
  worker: string;
  phase: 'in' | 'out';
}

/** What a program was told of a ballot. */
export interface SeenTally {
  ballot: string;
  decision: string;
  at: number;
}

/** The lines of a session's log, of each of its generations, the present one last. */
export type Generations = readonly (readonly Line[])[];

/** Returns a sentence for each violation. */
export type Invariant = (logs: Generations, seen: Observations) => string[];

export const noObservations = (): Observations => ({
  blocks: [],
  calls: [],
  information: [],
  printed: [],
  workers: [],
  grants: [],
  guardedWrites: [],
  tallies: [],
  losses: [],
  unwritable: [],
  excuses: { stopped: false, clockMoved: false, tornLines: 0, killed: 0 },
  misbehaved: [],
  changedOutside: [],
  remaining: [],
  staleCaches: [],
});

/** Whether the log, or all of the session, was lost between two times, or while something of that time was under way. */
export const lostBetween = ({ losses }: Observations, from: number, to: number): boolean =>
  losses.some(({ what, began, ended }) => what !== 'flags' && began <= to && ended >= from);

/** Whether the log was ever lost. */
export const hasLostLog = ({ losses }: Observations): boolean => losses.some(({ what }) => what !== 'flags');
