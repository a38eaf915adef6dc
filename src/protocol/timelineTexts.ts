import type { Filled } from './texts.ts';
import type { MarkKind, SpanKind } from './timeline.ts';

/** What the timeline says, beside what the panel says, too. */
export interface TimelineTexts {
  /** Of the button that leads here. */
  open: string;
  title: Filled<[session: string]>;
  kinds: Record<SpanKind | MarkKind, string>;
  counted: Filled<[count: number, kind: string]>;
  you: string;
  reading: Filled<[percent: number]>;
  empty: string;
  emptyHint: string;
  errorTitle: string;
  range: Filled<[from: string, to: string]>;
  events: Filled<[events: number]>;
  grain: Filled<[time: string]>;

  zoomIn: string;
  zoomOut: string;
  fit: string;
  follow: string;
  replay: string;
  table: string;
  legend: string;
  picture: string;
  keys: string;

  from: Filled<[time: string]>;
  fromTo: Filled<[from: string, to: string, took: string]>;
  lasting: Filled<[from: string, took: string]>;
  endedBy: Filled<[how: string, who: string]>;
  endings: Record<string, string>;
  handedTo: Filled<[worker: string]>;
  blocksAs: Filled<[block: string]>;

  tableLabel: Filled<[session: string]>;
  columns: Record<'time' | 'who' | 'what' | 'name' | 'took' | 'said', string>;
  filter: string;
  rows: Filled<[shown: number, all: number]>;
  noMatch: string;
  lasts: string;
  milliseconds: Filled<[ms: number]>;
}
