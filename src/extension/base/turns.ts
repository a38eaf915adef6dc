/** The pieces of work that wait for their turn, the first one first. */
const waiting: (() => void)[] = [];

/**
 * Runs a piece of work in a turn of the event loop of its own. All extensions share one event loop: work that follows from
 * several events at once would otherwise add up to one long piece, in which the editor waits.
 */
export function inOwnTurn(work: () => void): void {
  if (waiting.push(work) === 1) setImmediate(runNext);
}

function runNext(): void {
  // what waits is looked at again once the system's own events have been handled
  if (waiting.length > 1) setImmediate(runNext);
  waiting.shift()?.();
}
