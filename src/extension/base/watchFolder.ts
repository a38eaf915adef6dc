import { watch } from 'node:fs';
import type { Disposable } from './emitter.ts';

/**
 * Watches the files in a folder, as a hint for what is read at intervals anyway. Undefined where it cannot be watched: it is
 * not there yet, or the system has no watch left.
 */
export function watchFolder(folder: string, onChange: () => void): Disposable | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, onChange);
    watcher.on('error', () => watcher.close());
    return { dispose: () => watcher.close() };
  } catch {
    return undefined;
  }
}
