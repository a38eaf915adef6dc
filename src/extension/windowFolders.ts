import { realpathSync } from 'node:fs';
import { sep } from 'node:path';

/** A path with its links resolved; as it is, where there is nothing. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/** Whether a folder is one of `roots` or below one. All are compared as they are: resolve links before. */
export function isInside(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
}
