import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** News is told within seconds in every window that has it; nobody asks for a claim of yesterday. */
const RETENTION_MS = 24 * 3600_000;

/** Several windows on one project see the same news: the first that claims it tells it, the others stay silent. */
export class NotificationClaims {
  readonly #folder: string;

  constructor(cache: string) {
    this.#folder = join(cache, 'told');
  }

  /** Whether this window is the one to tell it. What cannot be claimed is told: twice is better than never. */
  claim(key: string): boolean {
    const name = createHash('sha256').update(key).digest('hex').slice(0, 32);
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(join(this.#folder, name), '', { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== 'EEXIST';
    }
  }

  /** Forgets what nobody asks for any more. */
  prune(now: number): void {
    try {
      for (const name of readdirSync(this.#folder)) {
        const path = join(this.#folder, name);
        if (now - statSync(path).mtimeMs > RETENTION_MS) rmSync(path, { force: true });
      }
    } catch {
      // nothing was ever claimed, or another window prunes
    }
  }
}
