import { watch, type FSWatcher } from 'node:fs';
import { sessionPaths } from '../paths.ts';
import type { SessionLog } from './sessionLog.ts';
import type { SessionState } from '../../protocol/state.ts';

export interface FollowOptions {
  /** How often to look although the system reported nothing. */
  pollMs?: number;
}

/**
 * Calls `look` whenever something in a session's folder or among its flags may have changed, and every `pollMs`
 * besides: file events are a hint, the poll is the promise. Returns how to stop.
 */
export function follow(dir: string, look: () => void, { pollMs = 250 }: FollowOptions = {}): () => void {
  const watchers = [dir, sessionPaths(dir).flags].map((folder) => watchFolder(folder, look));
  const timer = setInterval(look, pollMs);
  return () => {
    clearInterval(timer);
    for (const watcher of watchers) watcher?.close();
  };
}

function watchFolder(folder: string, look: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: true }, look);
    watcher.on('error', () => {});
    return watcher;
  } catch {
    // no such folder, or no watches left: the poll remains
    return undefined;
  }
}

export interface UntilOptions extends FollowOptions {
  /** Gives up after this; without it never. */
  timeoutMs?: number | undefined;
  /** Called with every look, for what time alone changes. It reads on only with the `refresh` it is given. */
  onLook?: (refresh: () => void) => void;
}

/**
 * Waits until `check` returns something: asked of the present state and after every single event, so that what held
 * only for a moment counts. Undefined when time ran out. Throws what `check`, `onLook` or reading the log throws.
 */
export function until<T>(
  log: SessionLog,
  check: (state: SessionState) => T | undefined,
  { timeoutMs, pollMs, onLook }: UntilOptions = {},
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let finished = false;
    let stop: (() => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    const finish = (how: () => void): void => {
      if (finished) return;
      finished = true;
      stop?.();
      clearTimeout(timer);
      how();
    };
    const look = (): void => {
      if (finished) return;
      try {
        let found: T | undefined;
        const ask = (state: SessionState): void => {
          found ??= check(state);
        };
        ask(log.state);
        const refresh = (): void => void log.refresh(ask);
        onLook?.(refresh);
        refresh();
        if (found !== undefined) finish(() => resolve(found));
      } catch (error) {
        finish(() => reject(error));
      }
    };
    look();
    if (finished) return;
    stop = follow(log.dir, look, pollMs === undefined ? {} : { pollMs });
    if (timeoutMs !== undefined) timer = setTimeout(() => finish(() => resolve(undefined)), timeoutMs);
    // between the first look and the watch something may have come
    look();
  });
}
