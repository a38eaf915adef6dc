import { mkdtempSync, rmSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const TIMEOUT_MS = 1000;

/** Whether a change in a folder of `home` is told to who watches it; undefined if that cannot be tried. Never throws. */
export async function fileEventsArrive(home: string): Promise<boolean | undefined> {
  let dir: string | undefined;
  try {
    const watchedDir = mkdtempSync(join(home, '.doctor-'));
    dir = watchedDir;
    return await new Promise<boolean>((resolve, reject) => {
      const watcher = watch(watchedDir, () => end(true));
      const timer = setTimeout(() => end(false), TIMEOUT_MS);
      const end = (arrived: boolean): void => {
        clearTimeout(timer);
        watcher.close();
        resolve(arrived);
      };
      watcher.on('error', reject);
      writeFileSync(join(watchedDir, 'change'), '');
    });
  } catch {
    return undefined;
  } finally {
    if (dir !== undefined) rmSync(dir, { recursive: true, force: true });
  }
}
