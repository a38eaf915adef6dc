import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** The awaited condition as the error names it: "worker W1 to be done". */
  describe: string;
  timeoutMs?: number;
  intervalMs?: number;
}

/**
 * Polls `condition` until it returns something truthy and returns that.
 * A condition that throws counts as "not yet"; its last error is named when time runs out.
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions): Promise<NonNullable<T>> {
  const { describe, timeoutMs = 100_000, intervalMs = 20 } = options;
  const deadline = Date.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (Date.now() >= deadline) {
      const because = lastError instanceof Error ? ` (last error: ${lastError.message})` : '';
      throw new Error(`waited ${timeoutMs} ms for ${describe}${because}`, { cause: lastError });
    }
    await delay(intervalMs);
  }
}
