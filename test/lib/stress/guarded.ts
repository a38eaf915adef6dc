/** What they contend for. */
export const RESOURCE = 'db';

/** One write to the guarded file: the order of the file is the order in which the resource sees them. */
export interface Touch {
  token: number;
  worker: string;
  /** Monotonic, the same clock for all processes of a machine; ns. */
  at: number;
  wall: number;
  /** Until when the writer knew its lease to run; null without one. */
  due: number | null;
  what: 'in' | 'still' | 'out';
}
