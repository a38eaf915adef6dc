import { createHash } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { createFile } from '#core/base/files/createFile.ts';
import { makeFolder, namesIn } from '#core/base/files/folder.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';

/** All windows notify of the same event within seconds, so that a claim is useless a day later. */
const RETENTION_MS = 24 * 3600_000;

/** Lets only one of several windows on a project show a notification: the first one that claims it. */
export class NotificationClaims {
  readonly #folder: string;

  constructor(cache: string) {
    this.#folder = join(cache, 'told');
  }

  /** Whether this window shows it. If the claim fails with an error, it does: twice is better than never. */
  claim(key: string): boolean {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
    try {
      makeFolder(this.#folder);
      createFile(join(this.#folder, name), '');
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'EEXIST';
    }
  }

  /** Deletes old claims. */
  prune(now: number): void {
    try {
      for (const name of namesIn(this.#folder)) {
        const path = join(this.#folder, name);
        if (now - lstatSync(path).mtimeMs > RETENTION_MS) removeFileIfAny(path);
      }
    } catch {
      // there is no claim yet, or another window prunes at the same time
    }
  }
}
