import { statSync, type Dirent } from 'node:fs';
import { join } from 'node:path';
import { entriesIn } from '#core/base/files/folder.ts';
import { pathMatcher } from '#core/policy/match/glob.ts';

/** The search ends after this many entries: a glob must not stall a prompt. */
const MAX_ENTRIES = 50_000;
/** Folders that are searched only if the glob names them. */
const SKIPPED_DIRS = ['node_modules'];

/** What is wrong with a glob for a project's files, after `forEach.files`; undefined if nothing is. */
export function fileGlobProblem(glob: string): string | undefined {
  const segments = glob.split('/');
  if (glob === '' || segments.includes('')) return 'must be a path inside the project, such as "data/*.csv"';
  if (segments.some((s) => s === '..' || s === '.') || glob.includes('\\') || /^[A-Za-z]:/.test(glob))
    return 'must stay inside the project: no "..", no backslash, no drive';
  return undefined;
}

/**
 * A project's files that match a glob (`*`, `**`, `?`), as paths in the project with `/`, in natural order. Links to
 * folders are not followed; hidden folders and `node_modules` are searched only if the glob names them. Never throws: an
 * unreadable folder has no files.
 */
export function filesMatching(project: string, glob: string, maxEntries = MAX_ENTRIES): string[] {
  if (fileGlobProblem(glob) !== undefined) return [];
  const segments = glob.split('/');
  const literal = segments.findIndex((s) => /[*?]/.test(s));
  const start = segments.slice(0, literal === -1 ? segments.length - 1 : literal);
  const maxDepth = segments.includes('**') ? Infinity : segments.length;
  const found: string[] = [];
  const matches = pathMatcher(glob);
  const folders = [start];
  let entryCount = 0;
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of entriesIn(join(project, ...folder))) {
      if (++entryCount > maxEntries) return sorted(found);
      const path = [...folder, entry.name];
      if (entry.isDirectory()) {
        if (path.length < maxDepth && shouldDescend(entry.name, segments)) folders.push(path);
      } else if (matches(path.join('/')) && isFile(join(project, ...path), entry)) found.push(path.join('/'));
    }
  }
  return sorted(found);
}

const sorted = (paths: string[]): string[] => paths.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }));

const shouldDescend = (name: string, segments: string[]): boolean =>
  segments.includes(name) || !(name.startsWith('.') || SKIPPED_DIRS.includes(name));

function isFile(path: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return entry.isFile();
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
