import { lstatSync, realpathSync, statfsSync, statSync, type Stats } from 'node:fs';

/** Whether there is something at a path; a link counts, wherever it leads. */
export const exists = (path: string): boolean => lstatOf(path) !== undefined;

/** What is at a path, a link as such; undefined where it is nothing, or cannot be reached. */
export function lstatOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** What is at a path, links followed; undefined where it is nothing, or cannot be reached. */
export function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The number that statfs(2) has for the file system of a path; undefined where it cannot be reached. */
export function fileSystemNumber(path: string): number | undefined {
  try {
    return statfsSync(path).type;
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
