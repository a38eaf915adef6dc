import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from './paths.ts';

const MAX_BYTES = 1 << 20;

/**
 * One line about something that went wrong inside Fermata, in `<home>/logs/<name>.log` (one older file is kept).
 * Never throws and never creates the home: with the home gone there is nobody to tell.
 */
export function logError(home: string, name: string, now: number, text: string): void {
  try {
    const { logs } = homePaths(home);
    const file = join(logs, `${name}.log`);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(file, `${file}.1`);
    mkdirSync(logs, { mode: 0o700 });
  } catch {
    // the folder is there, or cannot be made
  }
  try {
    const line = text.replaceAll('\n', ' ⏎ ').slice(0, 2000);
    appendFileSync(join(homePaths(home).logs, `${name}.log`), `${new Date(now).toISOString()} ${line}\n`, {
      mode: 0o600,
    });
  } catch {
    // nothing more can be done without harm
  }
}
