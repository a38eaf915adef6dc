import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What lies in some folders, by the hash of each file: what nobody may change there. */
export class Outside {
  readonly #folders: readonly string[];
  readonly #before: Map<string, string>;

  constructor(folders: readonly string[]) {
    this.#folders = folders;
    this.#before = this.#read();
  }

  /** What was changed, made or removed since. */
  changes(): string[] {
    const after = this.#read();
    const names = new Set([...this.#before.keys(), ...after.keys()]);
    return [...names]
      .filter((name) => this.#before.get(name) !== after.get(name))
      .map((name) => `${name} was ${after.has(name) ? (this.#before.has(name) ? 'changed' : 'made') : 'removed'}`);
  }

  #read(): Map<string, string> {
    const found = new Map<string, string>();
    for (const folder of this.#folders.filter((each) => existsSync(each)))
      for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        const path = join(folder, name);
        const text = statSync(path).isFile() ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'folder';
        found.set(path, text);
      }
    return found;
  }
}
