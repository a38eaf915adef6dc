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

/** One fact of a timeline: what the picture draws, as a row of a table. */
export interface TimelineFact {
  lane: TimelineLane;
  item: TimelineSpan | TimelineMark;
  kind: SpanKind | MarkKind;
  from: number;
  /** When it ended; a mark at once, what lasts not yet. */
  to?: number;
}

export const isMark = (item: TimelineSpan | TimelineMark): item is TimelineMark => 'at' in item;

/** When an item begins. */
export const startOf = (item: TimelineSpan | TimelineMark): number => (isMark(item) ? item.at : item.from);

/** All facts of one lane, in the order of the log. */
export function laneFacts(lane: TimelineLane): TimelineFact[] {
  const facts = [...lane.rows.flat(), ...lane.marks].map((item): TimelineFact => {
    const from = startOf(item);
    const to = isMark(item) ? from : item.to;
    return { lane, item, kind: item.kind, from, ...(to === undefined ? {} : { to }) };
  });
  return facts.toSorted(byLogOrder);
}

/** All facts of a timeline, in the order of the log. */
export const timelineFacts = ({ lanes }: TimelineView): TimelineFact[] => lanes.flatMap(laneFacts).toSorted(byLogOrder);

const byLogOrder = (a: TimelineFact, b: TimelineFact): number => a.from - b.from || a.item.pos - b.item.pos;

/**
 * A shape for each kind of mark, so that none is told by its colour alone: a path of SVG, 10 wide, around 0,0. What
 * is an outline only is drawn without a filling.
 */
export const MARK_SHAPES: Record<MarkKind, string> = {
  done: 'M-4 0L-1 3L4 -3',
  failed: 'M-4 -4L4 4M-4 4L4 -4',
  lost: 'M-4 0H-2M-1 0H1M2 0H4',
  aborted: 'M-4 -4H4V4H-4Z',
  error: 'M0 -5L5 4H-5Z',
  refusal: 'M-4 0A4 4 0 1 0 4 0A4 4 0 1 0 -4 0M-3 0H3',
  decision: 'M0 -5L1.5 -1.5L5 -1.5L2 1L3 5L0 2.5L-3 5L-2 1L-5 -1.5L-1.5 -1.5Z',
  vote: 'M-3.5 0A3.5 3.5 0 1 0 3.5 0A3.5 3.5 0 1 0 -3.5 0Z',
  checkpoint: 'M0 -5L4 0L0 5L-4 0Z',
  handoff: 'M-5 0H4M1 -3L4 0L1 3',
  damage: 'M-4 -4L0 0L-4 4M4 -4L0 0L4 4',
};
