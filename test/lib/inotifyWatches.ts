import { readdirSync, readFileSync } from 'node:fs';

/** How many inotify watches this process holds, by the system's own list. Linux only; 0 elsewhere. */
export function inotifyWatches(): number {
  return listDescriptors().flatMap(watchesOf).length;
}

function listDescriptors(): string[] {
  try {
    return readdirSync('/proc/self/fdinfo');
  } catch {
    return []; // not Linux
  }
}

function watchesOf(descriptor: string): string[] {
  try {
    const lines = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8').split('\n');
    return lines.filter((line) => line.startsWith('inotify wd'));
  } catch {
    return []; // closed since it was listed
  }
}
