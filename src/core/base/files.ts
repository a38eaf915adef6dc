import { constants, lstatSync, openSync, readdirSync, realpathSync, statSync, type Stats } from 'node:fs';

/** The names in a folder; none where it cannot be read. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Whether there is something at a path; a link counts, wherever it leads. */
export const exists = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** What is at a path, links followed; undefined where it is nothing, or cannot be reached. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** Opens a file that may come from elsewhere: follows no link and waits for no FIFO's writer. Undefined where it fails. */
export function openUntrusted(path: string): number | undefined {
  try {
    // Windows has neither flag
    return openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  } catch {
    return undefined;
  }
}

/** A path with its links resolved; unchanged where nothing is there. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}
