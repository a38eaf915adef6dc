import { join } from 'node:path';
import type { StashEntry } from '#protocol/parts.ts';
import { exists } from './files/facts.ts';
import { readLinkedBytes } from './files/readFile.ts';

/** Some thousand entries; the file comes with the repository. */
const MAX_BYTES = 1 << 20;
/** `old new Name <mail> seconds zone`, a tab and the message. */
const ROW = /^[0-9a-f]{40,64} ([0-9a-f]{40,64}) [^\t]*> (\d{1,12}) [+-]\d{4}(?:\t|$)/;

/** Where git keeps the entries of the stash of a repository, the latest one last. */
export const stashFile = (common: string): string => join(common, 'logs', 'refs', 'stash');

/**
 * The entries of the stash, the latest first: `stash@{0}` is the first. The stash is one for all worktrees, whose shared folder is
 * `common`. Undefined where git's files do not show them: refs are kept in another way (reftable), or they are too many.
 */
export function stashEntries(common: string): StashEntry[] | undefined {
  if (exists(join(common, 'reftable'))) return undefined;
  const path = stashFile(common);
  if (!exists(path)) return [];
  try {
    const rows = readLinkedBytes(path, MAX_BYTES).toString('utf8').split('\n').filter(Boolean);
    const entries = rows.map((row) => ROW.exec(row)).filter((found) => found !== null);
    // a row of another shape would shift the others
    if (entries.length < rows.length) return undefined;
    return entries.map(([, commit = '', seconds]) => ({ commit, ts: Number(seconds) * 1000 })).toReversed();
  } catch {
    return undefined;
  }
}
