import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made = new Set<string>();

/** True when the developer wants to keep the files of tests. */
export const keepTempDirs = process.env['FERMATA_KEEP_TEMP'] === '1';

/** A fresh directory, its path free of symlinks. Removed by `removeTempDirs`, or when this process exits. */
export function tempDir(prefix = 'fermata-'): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  if (made.size === 0) process.once('exit', removeTempDirs);
  made.add(dir);
  return dir;
}

/** Removes every directory that `tempDir` made; for `afterAll`. Set FERMATA_KEEP_TEMP=1 to keep them. */
export function removeTempDirs(): void {
  process.off('exit', removeTempDirs);
  for (const dir of made) {
    if (!keepTempDirs) remove(dir);
  }
  made.clear();
}

/** A process that was just signalled may still write into a folder while it is emptied, so that ENOTEMPTY is retried. */
function remove(dir: string): void {
  for (let attempts = 100; ; attempts--) {
    try {
      return rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOTEMPTY' || attempts === 0) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}
