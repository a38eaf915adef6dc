import { join } from 'node:path';
import { appendText } from './files/appendText.ts';
import { exists, lstatOf } from './files/facts.ts';
import { makeFolder } from './files/folder.ts';
import { renameFile } from './files/rename.ts';
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
  const { logs } = homePaths(home);
  if (!exists(home)) return;
  try {
    makeFolder(logs);
    const path = join(logs, `${name}.log`);
    if ((lstatOf(path)?.size ?? 0) > MAX_BYTES) renameFile(path, `${path}.1`);
    const line = truncate(masked(text).replaceAll('\n', ' ⏎ '), MAX_CHARS);
    appendText(path, `${new Date(now).toISOString()} ${line}\n`);
  } catch {
    // there is no other place to report it
  }
}

/** An error with the place where it arose, for a log. */
export const errorText = (error: unknown): string =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);
