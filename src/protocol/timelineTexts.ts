import type { Template } from './formatMessage.ts';
import type { MarkKind, SpanKind } from './timeline.ts';

/** What the timeline says, beside what the panel says, too. */
export interface TimelineTexts {
  /** Of the button that leads here. */
  open: string;
  title: Template<[session: string]>;
  kinds: Record<SpanKind | MarkKind, string>;
  kindCount: Template<[count: number, kind: string]>;
  you: string;
  reading: Template<[percent: number]>;
  empty: string;
  emptyHint: string;
  errorTitle: string;
  range: Template<[from: string, to: string]>;
  events: Template<[events: number]>;
  resolution: Template<[time: string]>;

  zoomIn: string;
  zoomOut: string;
  fit: string;
  follow: string;
  replay: string;
  table: string;
  legend: string;
  picture: string;
  keys: string;

  from: Template<[time: string]>;
  fromTo: Template<[from: string, to: string, took: string]>;
  lasting: Template<[from: string, took: string]>;
  endedBy: Template<[how: string, who: string]>;
  endings: Record<string, string>;
  handedTo: Template<[worker: string]>;
  blocksAs: Template<[block: string]>;

  tableLabel: Template<[session: string]>;
  columns: Record<'time' | 'who' | 'what' | 'name' | 'took' | 'annotation', string>;
  filter: string;
  rows: Template<[shown: number, all: number]>;
  noMatch: string;
  lasts: string;
  milliseconds: Template<[ms: number]>;
}
