/**
 * Milliseconds of a clock that only goes forward: for waiting, which the system's clock would end early or never when it
 * is set. It is no date, and it may stand still while the machine sleeps.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
