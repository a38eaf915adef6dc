import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { symlinkSync } from 'node:fs';
import { createFile } from './createFile.ts';
import { lstatOf } from './facts.ts';
import { removeTree } from './remove.ts';
import { makeTemporaryFolder } from './temporary.ts';

/** What can be done in a folder, beyond what every file system can. */
export interface FolderTraits {
  /** Whether a symbolic link can be made. */
  links: boolean;
  /** Whether a file can be its owner's alone; undefined on Windows, where modes mean nothing. */
  modes: boolean | undefined;
  /** Whether a program can be started from there; undefined on Windows. */
  programs: boolean | undefined;
}

/** More than a file system keeps for the last file of a full disk. */
const ROOM_BYTES = 65_536;

/**
 * Tries what can be done in a folder, in one of its own below it with that prefix, which is gone afterwards. Throws the system's
 * error where nothing can be written (EROFS, ENOSPC, EDQUOT, …).
 */
export function tryFolder(prefix: string): FolderTraits {
  const folder = makeTemporaryFolder(prefix);
  try {
    const program = join(folder, 'program');
    createFile(join(folder, 'room'), Buffer.alloc(ROOM_BYTES));
    createFile(program, '#!/bin/sh\n:\n', 0o700);
    const links = canDo(() => symlinkSync('program', join(folder, 'link')));
    if (process.platform === 'win32') return { links, modes: undefined, programs: undefined };
    const error: NodeJS.ErrnoException | undefined = spawnSync(program, { stdio: 'ignore' }).error;
    return {
      links,
      modes: ((lstatOf(program)?.mode ?? 0) & 0o777) === 0o700,
      programs: error?.code !== 'EACCES',
    };
  } finally {
    removeTree(folder);
  }
}

function canDo(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}
