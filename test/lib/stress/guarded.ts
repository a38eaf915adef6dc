/** The resource that the processes contend for. */
export const RESOURCE = 'db';

/** One write to the guarded file; the file has the writes in the order in which the resource receives them. */
export interface Touch {
  token: number;
  worker: string;
  /** Monotonic time in ns, by a clock that all processes of a machine share. */
  at: number;
  wall: number;
  /** Epoch time at which the lease ends as far as the writer knows; null without a lease. */
  due: number | null;
  phase: 'in' | 'still' | 'out';
}
