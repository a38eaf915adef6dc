import type { SimulatedProcess } from './kernel/process.ts';
import type { Step, Worker } from './schedule.ts';

// What a run has done, as its actors and the machine see it: no invariant has to believe a log for that. Times are counts
// of system calls, which order everything that happens on the machine.

/** One command of an actor: from when it may have had an effect, and from when it has one for certain. */
export interface CommandFact {
  actor: string;
  step: Step;
  process: SimulatedProcess;
  began: number;
  beganMs: number;
  /** It ended by itself with exit code 0. */
  confirmed?: number;
  ended?: number;
  /** Milliseconds of the clock that only goes forward, at its end. */
  endedMs?: number;
  /** A text that nothing else has. */
  word: string;
  /** Of a block or an acquire: its number or token, as it was printed. */
  printed?: string;
}

/** One event of Claude Code, and what its hook answered. */
export interface HookFact {
  event: string;
  process: SimulatedProcess;
  began: number;
  beganMs: number;
  ended?: number;
  endedMs?: number;
  /** The file that the call names. */
  file?: string;
  tool?: string;
  call?: string;
  denied: boolean;
  reason: string;
  /** All that it has printed. */
  output: string;
  /** Its process was killed, or a call of it failed by a fault: it may let pass what it could not read. */
  faulty: boolean;
  /** The blocks that the log had, and those that had ended, as the hook began. */
  ended0: ReadonlySet<string>;
  known0: ReadonlySet<string>;
}

/** One start of a worker's command. */
export interface RunFact {
  worker: string;
  process: SimulatedProcess;
  code: number;
}

export interface Removal {
  path: string;
  by: string;
}

export class Facts {
  readonly commands: CommandFact[] = [];
  readonly hooks: HookFact[] = [];
  readonly runs: RunFact[] = [];
  readonly removals: Removal[] = [];
  /** Processes that were killed, stopped or met an error by the schedule. */
  readonly accidents: SimulatedProcess[] = [];
  /** Texts of information, by whom it is for. */
  readonly told: { to: Worker | 'conductor'; word: string; command: CommandFact }[] = [];
  /** What still ran of a worker that was confirmed to be aborted. */
  readonly leftByAborted: SimulatedProcess[] = [];
  diskWasFull = false;
  /** Whether the system's clock was set or the machine slept. */
  clockWasSet = false;
  /** Whether the log was written into by what is no version of Fermata. */
  foreignLines = false;
}
