/**
 * The view of a timeline, which the editor tab, its table and the HTML report draw. Times are epoch ms and never
 * decrease along the log; `pos` is the byte offset of the line that an item comes from, which a click opens.
 */
import type { ConductorState, WorkerState } from './viewModel.ts';
import type { Awaited, WaitingBill } from './waitingBill.ts';

/** The state of a lane during a span. `mixed` stands for several spans that are shorter than the resolution. */
export type StateSpan =
  'planned' | 'starting' | 'running' | 'working' | 'idle' | 'waiting' | 'held' | 'denied' | 'mixed';

/** A span beside the state: of an active block, of a held lock. */
export type HeldSpan = 'block' | 'lock';

export type SpanKind = StateSpan | HeldSpan;

/** An item at one point in time; the first four are the ends of a worker. */
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

/** A part of a lane. */
interface Item {
  pos: number;
  /** A short name: `B1`, `db`, `merge-ready`, `ship: proceed`. */
  label?: string;
  /** A longer text: a reason, an error. */
  text?: string;
  /** The number of items that it stands for, if more than one. */
  count?: number;
}

export interface TimelineSpan extends Item {
  kind: SpanKind;
  from: number;
  /** Without it the span has not ended. */
  to?: number;
  /** The block of a lock on a file, which keeps others from editing it. */
  block?: string;
  /** What the agent waits for meanwhile. */
  awaits?: Awaited;
  /** How the block ended, and who ended it. */
  ended?: { how: string; by: string; comment?: string };
}

export interface TimelineMark extends Item {
  kind: MarkKind;
  at: number;
  /** The lane that a handoff leads to. */
  to?: string;
}

/** The lane of the Conductor, a worker or the person. */
export interface TimelineLane {
  id: string;
  /** What a person reads in place of a worker's id. */
  name?: string;
  task?: string;
  /** The current state. */
  state?: WorkerState | ConductorState;
  /** 0–100. */
  pct?: number;
  /** Rows of spans, each in order of time and without overlap: the first has states, the others blocks and locks. */
  rows: TimelineSpan[][];
  /** In the order of the log. */
  marks: TimelineMark[];
}

export interface TimelineView {
  session: { id: string; title: string; live: boolean };
  /** Share of the log that is read, 0 to 1. */
  read: number;
  generatedTs: number;
  /** The first and the newest time in the log. */
  startTs: number;
  endTs: number;
  events: number;
  /** Shorter items that are close together are one item with a count; 0: every item is drawn by itself. */
  resolutionMs: number;
  /** The Conductor first, then the others in the order of their first events. */
  lanes: TimelineLane[];
  /** What its time went into. */
  bill?: WaitingBill;
}

/** One item of a timeline as a row of a table. */
export interface TimelineFact {
  lane: TimelineLane;
  item: TimelineSpan | TimelineMark;
  kind: SpanKind | MarkKind;
  from: number;
  /** When it ended: a mark at once, a span that lasts not yet. */
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
    return { lane, item, kind: item.kind, from, to };
  });
  return facts.toSorted(byLogOrder);
}

/** All facts of a timeline, in the order of the log. */
export const timelineFacts = ({ lanes }: TimelineView): TimelineFact[] => lanes.flatMap(laneFacts).toSorted(byLogOrder);

const byLogOrder = (a: TimelineFact, b: TimelineFact): number => a.from - b.from || a.item.pos - b.item.pos;

/**
 * The shape of each kind of mark, as an SVG path, 10 wide, around 0,0: colour alone would not distinguish the kinds.
 * Open paths are drawn without a filling.
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

/** The name of each kind, in the order of the legend. */
export const KIND_LABELS: Record<SpanKind | MarkKind, string> = {
  working: 'at work',
  running: 'at work',
  waiting: 'waiting',
  held: 'held in place',
  denied: 'refused',
  idle: 'idle',
  planned: 'planned',
  starting: 'starting',
  mixed: 'many short changes',
  block: 'blocks',
  lock: 'has a lock',
  done: 'done',
  failed: 'failed',
  lost: 'lost',
  aborted: 'aborted',
  error: 'error',
  refusal: 'refusal',
  decision: 'decision',
  vote: 'vote',
  checkpoint: 'checkpoint',
  handoff: 'handoff',
  damage: 'damaged line',
};
