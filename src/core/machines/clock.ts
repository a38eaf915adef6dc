/** The clock and the timers of what runs for long: handed in, so that a test decides what time it is. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Calls `run` once after so many milliseconds. */
  later(ms: number, run: () => void): { cancel(): void };
}

export const systemClock: Clock = {
  now: () => Date.now(),
  later: (ms, run) => {
    const timer = setTimeout(run, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
