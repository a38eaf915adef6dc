import { execFileSync } from 'node:child_process';
import { afterEach } from 'vitest';
import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { tempDir } from './tempDir.ts';

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();

const undo: (() => void)[] = [];
afterEach(() => {
  for (const action of undo.splice(0).toReversed()) action();
});

/** A folder on a file system of that kind, until the test is over; or why there is none here, as a sentence. */
type Mounted = { folder: string } | { why: string };

function mounted(what: string, mount: (folder: string) => void, folder = join(tempDir(), 'mounted')): Mounted {
  mkdirSync(folder, { recursive: true });
  try {
    mount(folder);
    undo.push(() => run('umount', '--lazy', folder));
    return { folder };
  } catch (error) {
    return { why: `There is no ${what} here: ${(error as Error).message.split('\n')[0]}.` };
  }
}

/**
 * exFAT, in user space: no symbolic or hard links, no modes, no named pipes; capitals do not count, and each spelling of a
 * file has an inode of its own.
 */
export const mountExfat = (): Mounted =>
  mounted('exFAT', (folder) => {
    const image = join(tempDir(), 'image');
    run('truncate', '-s', '24M', image);
    run('mkfs.exfat', image);
    const device = run('losetup', '--find', '--show', image);
    undo.push(() => run('losetup', '--detach', device));
    run('mount.exfat-fuse', device, folder);
  });

/** A file system in memory with these options of mount(8): `noexec`, `size=1m`. It is on a folder of its own, or on that one. */
export const mountTmpfs = (options: string, folder?: string): Mounted =>
  mounted(`file system with ${options}`, (at) => run('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', at), folder);

/** A file system in user space that shows a folder; what changes in that folder itself sends no events here. */
export const mountWithoutEvents = (shown: string): Mounted =>
  mounted('file system without events', (folder) => run('unionfs', shown, folder));

/** Makes a mounted folder one that can only be read, until the test is over. */
export const makeReadOnly = (folder: string): void => void run('mount', '-o', 'remount,ro', folder);
