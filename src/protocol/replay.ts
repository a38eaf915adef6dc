/** A place in a session's past: the state that its first `event` events make. */
export interface Moment {
  /** How many events there were; 0 is before the first. */
  event: number;
  /** Byte offset of the line of the last of them. */
  pos: number;
  /** The newest time that was said up to there, epoch ms: the present of that moment. */
  ts: number;
}

/** What turned at an event: what a person who looks back wants to jump to. */
export type TurningKind = 'block' | 'release' | 'decision' | 'failure';

/** How fast the past is played: times as fast as it was, or one event after the other. */
export type Speed = '1' | '10' | '60' | 'events';
