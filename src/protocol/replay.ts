/** A position in a session's past: the state after its first `event` events. */
export interface ReplayPosition {
  /** Number of events; 0 is before the first. */
  event: number;
  /** Byte offset of the line of the last of these events. */
  pos: number;
  /** The newest time in the log up to there, epoch ms: the replay's present. */
  ts: number;
}

/** Why an event is a highlight, to which a person jumps in a replay. */
export type HighlightKind = 'block' | 'release' | 'decision' | 'failure';

/** Speeds of a replay: a multiple of the original speed, or `events`: one event after the other. */
export const SPEEDS = ['1', '10', '60', 'events'] as const;
export type Speed = (typeof SPEEDS)[number];

/** The replay that the panel shows of its session. */
export interface ReplayView {
  /** Share of the log that is read, 0 to 1; the replay shows nothing before it is 1. */
  read: number;
  position: ReplayPosition;
  /** The event at the position, as text. */
  text: string;
  /** Number of events in the log, and the times of the first and the last one. */
  events: number;
  startTs: number;
  endTs: number;
  playing: boolean;
  speed: Speed;
  /** A sample of the highlights, spread over the whole log. */
  highlights: { event: number; kind: HighlightKind }[];
}
