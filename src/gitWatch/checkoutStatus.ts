import { dirname, join, relative } from 'node:path';
import { monotonicMs } from '#core/base/clock.ts';
import { statOf } from '#core/base/files/facts.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';
import { git, nameBatches, reasonOf } from '#core/base/git.ts';
import type { Checkout } from '#core/base/gitWorktrees.ts';

/** The shortest time between two looks at a checkout, and how much of the time may be spent with looking. */
const LOOK_MS = 300;
const PAUSE_FACTOR = 4;
/** How often it is looked at though nothing seems to have changed. */
const RENEW_MS = 15_000;
const MAX_CONFIG = 50;
const MAX_VALUE_CHARS = 300;
const CONFIG = String.raw`^(alias\..*|pull\.rebase|merge\.autostash|clean\.requireforce|submodule\.recurse)$`;
const STATUS = '--porcelain=v1 -z --untracked-files=all --no-renames --ignore-submodules=all'.split(' ');

/** What git has of the files of a checkout that agents have edited. */
export interface Look {
  /** When it began, by the clock of the edits (epoch ms). */
  ts: number;
  /** Git's two letters of those that are not committed, by path in the checkout. */
  status: ReadonlyMap<string, string>;
  /** Which files it was asked about. */
  asked: ReadonlySet<string>;
  config: Readonly<Record<string, string>>;
  /** Why git could not be looked at. */
  unseen?: string;
}

/** Looks at one checkout with git, in the background, and only where something has changed. */
export class CheckoutStatus {
  readonly checkout: Checkout;
  readonly #program: () => string | undefined;
  #look: Look | undefined;
  #stamp = '';
  #running: Promise<void> | undefined;
  #nextMs = 0;
  #renewMs = 0;

  constructor(checkout: Checkout, program: () => string | undefined) {
    this.checkout = checkout;
    this.#program = program;
  }

  get look(): Look | undefined {
    return this.#look;
  }

  /** The branch that is checked out; undefined for a detached head. Read from git's own file. */
  get branch(): string | undefined {
    try {
      const head = readLinkedBytes(join(this.checkout.own, 'HEAD'), 4096).toString('utf8');
      return /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1]?.trim();
    } catch {
      return undefined;
    }
  }

  /** Begins a look where one is due. Never throws, and never waits. */
  update(paths: ReadonlySet<string>, now: number): void {
    const at = monotonicMs();
    if (this.#running !== undefined || at < this.#nextMs) return;
    const stamp = this.#stampOf(paths);
    if (stamp === this.#stamp && at < this.#renewMs) return;
    this.#running = this.#run(paths, now)
      .then((look) => {
        this.#look = look;
        this.#stamp = stamp;
      })
      .finally(() => {
        this.#running = undefined;
        const end = monotonicMs();
        this.#nextMs = end + Math.max(LOOK_MS, PAUSE_FACTOR * (end - at));
        this.#renewMs = end + RENEW_MS;
      });
  }

  async #run(paths: ReadonlySet<string>, ts: number): Promise<Look> {
    const { root } = this.checkout;
    const status = new Map<string, string>();
    try {
      const program = this.#program();
      if (program === undefined) throw new Error('there is no git on PATH');
      for (const names of nameBatches([...paths])) {
        const out = (await git({ root, program }, 'status', ...STATUS, '--', ...names)).toString('utf8');
        for (const row of out.split('\0')) if (row.length > 3) status.set(row.slice(3), row.slice(0, 2));
      }
      return { ts, status, asked: new Set(paths), config: await readConfig(root, program) };
    } catch (error) {
      return { ts, status, asked: new Set(), config: {}, unseen: reasonOf(error) };
    }
  }

  /** Changes with each of the files, with the index, and with each commit. */
  #stampOf(paths: ReadonlySet<string>): string {
    const { root, own } = this.checkout;
    const files = [...paths].map((path) => join(root, path));
    return [...files, ...['index', 'HEAD', 'logs/HEAD'].map((name) => join(own, name))].map(stampOf).join(' ');
  }
}

function stampOf(path: string): string {
  const stats = statOf(path);
  return stats === undefined ? '-' : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
}

async function readConfig(root: string, program: string): Promise<Record<string, string>> {
  // without a match git fails
  const out = await git({ root, program }, 'config', '-z', '--includes', '--get-regexp', CONFIG).catch(() => '');
  const rows = out.toString('utf8').split('\0').filter(Boolean).slice(0, MAX_CONFIG);
  return Object.fromEntries(
    rows.map((row) => {
      const [name = '', value = 'true'] = row.split(/\n(.*)/s);
      return [name.toLowerCase(), value.slice(0, MAX_VALUE_CHARS)];
    }),
  );
}

/** A path in a checkout, as git names it. */
export const pathIn = ({ root }: Checkout, folder: string, name: string): string =>
  relative(root, join(folder, name)).replaceAll('\\', '/');

/** The folder of a file that may be gone: the nearest one that is there. */
export function existingFolder(path: string): string {
  let folder = dirname(path);
  while (statOf(folder)?.isDirectory() !== true && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}
