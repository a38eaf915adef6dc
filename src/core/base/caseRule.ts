import { lstatSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileSystemNumber } from './files/facts.ts';
import { firstEntries } from './files/folder.ts';

/** So many names of a folder are looked at for one with a letter in it. */
const MAX_NAMES = 64;

/** File systems without capitals of their own, by the number that statfs(2) has for each: FAT and exFAT. */
const FAT = [0x4d44, 0x20_11_ba_b0];

/** A name as it is compared where neither capitals count nor how a letter with an accent is composed. */
export const folded = (name: string): string => name.normalize('NFC').toLowerCase();

/**
 * Whether a folder takes two names for one that differ in their capitals alone. That goes by folder: a volume of macOS may
 * distinguish them, one of Linux (exFAT, a casefold folder) or of Windows may be either. It is tried with a name that is
 * there; of a folder without any, or that is not there yet, it is the rule of the folder above on the same file system.
 * Where nothing can be tried, what is usual on the system.
 */
export function ignoresCase(folder: string): boolean {
  for (let at = folder, inner: string | undefined; ; inner = at, at = dirname(at)) {
    const found = statsOf(at);
    const innerStats = inner === undefined ? undefined : statsOf(inner);
    if (innerStats !== undefined && innerStats.dev !== found?.dev) return isUsual(inner ?? at);
    const tried = found === undefined ? undefined : (tryName(at, inner) ?? tryNames(at));
    if (tried !== undefined) return tried;
    if (at === dirname(at)) return isUsual(at);
  }
}

/** Whether the same file is found under a name with other capitals; undefined for a name without letters, or that is not there. */
function tryName(folder: string, path: string | undefined): boolean | undefined {
  if (path === undefined) return undefined;
  const name = basename(path);
  const other = name.replace(/[A-Za-z]/, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  const found = other === name ? undefined : statsOf(join(folder, name));
  if (found === undefined) return undefined;
  const same = statsOf(join(folder, other));
  if (same === undefined) return false;
  // some file systems in user space count a file anew for each of its spellings
  return (same.ino === found.ino && same.dev === found.dev) || !isListed(folder, other);
}

function isListed(folder: string, name: string): boolean {
  try {
    return firstEntries(folder, Infinity).some((entry) => entry.name === name);
  } catch {
    return true;
  }
}

function tryNames(folder: string): boolean | undefined {
  try {
    for (const { name } of firstEntries(folder, MAX_NAMES)) {
      const tried = tryName(folder, name);
      if (tried !== undefined) return tried;
    }
  } catch {
    // it may not be listed
  }
  return undefined;
}

function isUsual(folder: string): boolean {
  if (process.platform === 'darwin' || process.platform === 'win32') return true;
  return FAT.includes(fileSystemNumber(folder) ?? 0);
}

function statsOf(path: string) {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
