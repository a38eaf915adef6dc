import { watch, type FSWatcher } from 'node:fs';
import { sessionPaths } from '#core/base/paths.ts';
import type { SessionLog } from './sessionLog.ts';
import type { SessionState } from '#protocol/state.ts';

/**
 * Calls `onChange` when something in a session's folder or among its flags may have changed, and every `pollMs`, since
 * file events may be missing. Returns a function that stops it.
 */
export function watchLog(dir: string, onChange: () => void, pollMs = 250): () => void {
  const watchers = [dir, sessionPaths(dir).flags].map((folder) => watchFolder(folder, onChange));
  const timer = setInterval(onChange, pollMs);
  return () => {
    clearInterval(timer);
    for (const watcher of watchers) watcher?.close();
  };
}

function watchFolder(folder: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: true }, onChange);
    watcher.on('error', () => {});
    return watcher;
  } catch {
    // no such folder, or no watch available: the poll remains
    return undefined;
  }
}

/** The longest time that a timer takes; a longer one would be over at once. */
const MAX_TIMER_MS = 0x7fff_ffff;

interface WaitOptions {
  pollMs?: number;
  /** Gives up after this time; by default never. */
  timeoutMs?: number | undefined;
  /** Called with every poll, for what time alone changes. It may read the log only with the given `refresh`. */
  onPoll?: (refresh: () => void) => void;
}

/**
 * Waits until `check` returns a value: calls it with the present state and after every single event, so that a condition
 * that was met only for a moment counts. Undefined after the timeout. Throws what `check`, `onPoll` or reading throws.
 */
export function waitFor<T>(
  log: SessionLog,
  check: (state: SessionState) => T | undefined,
  { timeoutMs, pollMs, onPoll }: WaitOptions = {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let finished = false;
    let stop: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    const finish = (settle: () => void): void => {
      if (finished) return;
      finished = true;
      stop?.();
      clearTimeout(timer);
      settle();
    };
    const poll = (): void => {
      if (finished) return;
      try {
        let result: T | undefined;
        const evaluate = (state: SessionState): void => {
          result ??= check(state);
        };
        evaluate(log.state);
        const refresh = (): void => void log.refresh(evaluate);
        onPoll?.(refresh);
        refresh();
        if (result !== undefined) finish(() => resolve(result));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    poll();
    if (finished) return;
    stop = watchLog(log.dir, poll, pollMs);
    if (timeoutMs !== undefined)
      timer = setTimeout(() => finish(() => resolve(undefined)), Math.min(timeoutMs, MAX_TIMER_MS));
    // something may have been appended between the first poll and the watch
    poll();
  });
}
