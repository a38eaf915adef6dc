/** A place in a session's past: the state that its first `event` events make. */
export interface ReplayPosition {
  /** How many events there were; 0 is before the first. */
  event: number;
  /** Byte offset of the line of the last of them. */
  pos: number;
  /** The newest time that was said up to there, epoch ms: the present of that moment. */
  ts: number;
}

/** What turned at an event: what a person who looks back wants to jump to. */
export type HighlightKind = 'block' | 'release' | 'decision' | 'failure';

/** How fast the past is played: times as fast as it was, or one event after the other. */
export const SPEEDS = ['1', '10', '60', 'events'] as const;
export type Speed = (typeof SPEEDS)[number];

/** Where the panel is in the past of the session that it shows. */
export interface ReplayView {
  /** How much of the log is read, 0 to 1; there is nothing to see of the past before it is 1. */
  read: number;
  position: ReplayPosition;
  /** What the event of that moment says, in words. */
  text: string;
  /** How many events there are, and the times of the first and the last one. */
  events: number;
  startTs: number;
  endTs: number;
  playing: boolean;
  speed: Speed;
  /** Some of the events at which something turned, spread over all. */
  highlights: { event: number; kind: HighlightKind }[];
}
