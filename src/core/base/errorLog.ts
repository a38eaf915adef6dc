import { appendFileSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { homePaths } from './paths.ts';
import { masked } from './masking.ts';
import { truncate } from './text.ts';

const MAX_BYTES = 1 << 20;
const MAX_CHARS = 2000;

/**
 * Writes one line about an error inside Fermata to `<home>/logs/<name>.log` (one older file is kept). Never throws, and
 * never creates the home: without it Fermata is not installed.
 */
export function logError(home: string, name: string, now: number, text: string): void {
  try {
    const { logs } = homePaths(home);
    const file = join(logs, `${name}.log`);
    if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_BYTES) renameSync(file, `${file}.1`);
    mkdirSync(logs, { mode: 0o700 });
  } catch {
    // the folder exists already, or cannot be made
  }
  try {
    const line = truncate(masked(text).replaceAll('\n', ' ⏎ '), MAX_CHARS);
    appendFileSync(join(homePaths(home).logs, `${name}.log`), `${new Date(now).toISOString()} ${line}\n`, {
      mode: 0o600,
    });
  } catch {
    // there is no other place to report it
  }
}

/** An error with the place where it arose, for a log. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
