/**
 * What a timeline draws: the editor tab, its table and the HTML report, from one model. Times are epoch ms and only
 * ever grow along the log; `pos` is the byte offset of the line that says it, where a click leads.
 */
import type { ConductorState, WorkerState } from './viewModel.ts';

/** How a stretch of time was spent. `mixed` stands for several stretches that are shorter than the model's grain. */
export type StateSpan =
  'planned' | 'starting' | 'running' | 'working' | 'idle' | 'waiting' | 'held' | 'denied' | 'mixed';

/** What lasted beside it: a block that stood, a lock that was had. */
export type HeldSpan = 'block' | 'lock';

export type SpanKind = StateSpan | HeldSpan;

/** What happened at one moment; the first four are how a worker ended. */
export type MarkKind =
  | 'done'
  | 'failed'
  | 'aborted'
  | 'lost'
  | 'error'
  | 'refusal'
  | 'decision'
  | 'vote'
  | 'checkpoint'
  | 'handoff'
  | 'damage';

/** A part of a lane: with neither `label` nor `text` there is nothing more to say about it. */
interface Item {
  pos: number;
  /** Its name, short: `B1`, `db`, `merge-ready`, `ship: proceed`. */
  label?: string;
  /** What was said about it: a reason, an error. */
  text?: string;
  /** How many of its kind it stands for, where it is more than one. */
  count?: number;
}

export interface TimelineSpan extends Item {
  kind: SpanKind;
  from: number;
  /** Without it, it lasts. */
  to?: number;
  /** Of a lock that keeps others from a file: the block that does so. */
  block?: string;
  /** How a block ended, and who ended it. */
  ended?: { how: string; by: string; comment?: string };
}

export interface TimelineMark extends Item {
  kind: MarkKind;
  at: number;
  /** Of a handoff: the lane that it leads to. */
  to?: string;
}

/** One who acts: the Conductor, a worker, the person. */
export interface TimelineLane {
  id: string;
  task?: string;
  /** How it is now. */
  state?: WorkerState | ConductorState;
  /** 0–100. */
  pct?: number;
  /**
   * Rows of spans, each in order of time and without overlap: the first is what it did, each further one what it had
   * meanwhile.
   */
  rows: TimelineSpan[][];
  /** In order of the log. */
  marks: TimelineMark[];
}

export interface TimelineView {
  session: { id: string; title: string; live: boolean };
  /** How much of the log has been read, 0 to 1. */
  read: number;
  generatedTs: number;
  /** The first and the newest time that the log says. */
  startTs: number;
  endTs: number;
  events: number;
  /** What is shorter than this and close together is one item with a count; 0 where everything is drawn on its own. */
  resolutionMs: number;
  /** The Conductor first, then who came when. */
  lanes: TimelineLane[];
}
