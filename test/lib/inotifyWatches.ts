import { readdirSync, readFileSync } from 'node:fs';

/** How many inotify watches a process holds, by default this one, by the system's own list. Linux only; 0 elsewhere. */
export function inotifyWatches(pid: number | 'self' = 'self'): number {
  return listDescriptors(pid).flatMap((descriptor) => watchesOf(pid, descriptor)).length;
}

function listDescriptors(pid: number | 'self'): string[] {
  try {
    return readdirSync(`/proc/${pid}/fdinfo`);
  } catch {
    return []; // not Linux
  }
}

function watchesOf(pid: number | 'self', descriptor: string): string[] {
  try {
    const lines = readFileSync(`/proc/${pid}/fdinfo/${descriptor}`, 'utf8').split('\n');
    return lines.filter((line) => line.startsWith('inotify wd'));
  } catch {
    return []; // closed since it was listed
  }
}
