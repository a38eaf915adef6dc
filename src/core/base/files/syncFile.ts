import { fdatasync } from 'node:fs';
import { promisify } from 'node:util';

/** Waits until the bytes of an open file are on disk. Throws the system's error. */
export const syncData: (fd: number) => Promise<void> = promisify(fdatasync);
