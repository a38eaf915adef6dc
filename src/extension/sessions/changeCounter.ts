import { basename, dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { realPath, statOf } from '#core/base/files/facts.ts';
import type { FileChange } from '#core/base/gitChanges.ts';
import { fileChanges } from '#core/base/gitChanges.ts';
import { checkoutOf, type Checkout } from '#core/base/gitWorktrees.ts';
import { findGit } from '#core/install/executables.ts';
import type { ChangesView } from '#protocol/viewModel.ts';
import { DisposableStore, repeat } from '#extension/base/emitter.ts';
import { Throttle } from '#extension/base/throttle.ts';

/** The shortest time between two counts: an agent that edits does so many times a minute. */
const COUNT_MS = 1000;
/** How often files are looked at that a person, a formatter or a commit may have changed: some `stat` each. */
const CHECK_MS = 5000;
/** A file that no surface has shown for this long is forgotten. */
const FORGET_MS = 60_000;
/** Beyond this many files those that were edited last are counted. */
const MAX_FILES = 1000;

/** How a file that an agent has edited stands to the latest commit; `equal`: as in it. */
export type Counted = FileChange | 'equal' | 'noGit' | 'failed';

interface Tracked {
  seenMs: number;
  /** What the count depends on, as it was then; undefined until there is a count. */
  stamp?: string;
  counted?: Counted;
}

export interface ChangeCounterOptions {
  /** False in Restricted Mode: git is not run. */
  trusted: () => boolean;
  /** The absolute path of git, where the editor knows one. */
  editorsGit: () => string | undefined;
  /** The folders of the window, in which no program is looked for. */
  folders: () => readonly string[];
  onChange: () => void;
  /** Writes a warning to the log. */
  warn: (message: string) => void;
  intervals?: { countMs: number; checkMs: number };
}

/** Counts the lines that files differ from the latest commit by, in the background, while a surface shows them. */
export class ChangeCounter {
  readonly #options: ChangeCounterOptions;
  readonly #files = new Map<string, Tracked>();
  readonly #disposables = new DisposableStore();
  readonly #throttle: Throttle;
  #counting: Promise<void> | undefined;

  constructor(options: ChangeCounterOptions) {
    this.#options = options;
    const { countMs, checkMs } = options.intervals ?? { countMs: COUNT_MS, checkMs: CHECK_MS };
    this.#throttle = new Throttle(countMs, () => void this.#count());
    this.#disposables.addAll(
      this.#throttle,
      repeat(() => this.#check(), checkMs),
    );
  }

  dispose(): void {
    this.#disposables.dispose();
  }

  /** The sum for some files as far as they are counted; undefined where all are as in the latest commit. */
  sum(paths: Iterable<string>): ChangesView | undefined {
    const now = performance.now();
    const sum: ChangesView = { files: 0 };
    for (const path of paths) {
      const tracked = this.#track(path, now);
      if (tracked.counted === 'equal') continue;
      sum.files++;
      add(sum, tracked.counted);
    }
    return sum.files === 0 ? undefined : sum;
  }

  /** The absolute path of git; undefined where there is none outside of the window's folders. */
  gitProgram(): string | undefined {
    const { editorsGit, folders } = this.#options;
    return editorsGit() ?? findGit(process.env, folders());
  }

  /** Each of the files, counted now. */
  async count(paths: readonly string[]): Promise<Map<string, Counted>> {
    const now = performance.now();
    for (const path of paths) delete this.#track(path, now).stamp;
    // a count that is under way began before
    await this.#counting;
    await this.#count();
    return new Map(paths.map((path) => [path, this.#files.get(path)?.counted ?? 'failed']));
  }

  #track(path: string, now: number): Tracked {
    let tracked = this.#files.get(path);
    if (tracked === undefined) {
      tracked = { seenMs: now };
      this.#files.set(path, tracked);
      for (const oldest of this.#files.keys()) if (this.#files.size > MAX_FILES) this.#files.delete(oldest);
      this.#throttle.request();
    }
    tracked.seenMs = now;
    return tracked;
  }

  /** Requests a count if a file or its repository is not as it was counted. */
  #check(): void {
    const now = performance.now();
    for (const [path, { seenMs }] of this.#files) if (now - seenMs > FORGET_MS) this.#files.delete(path);
    if (this.#options.trusted() && this.#stale().length > 0) this.#throttle.request();
  }

  #stale(): { path: string; stamp: string; checkout: Checkout | undefined }[] {
    const folders = new Map<string, { checkout: Checkout | undefined; stamp: string }>();
    const folderOf = (path: string): { checkout: Checkout | undefined; stamp: string } => {
      const checkout = checkoutOf(realPath(path));
      return { checkout, stamp: commitStamp(checkout) };
    };
    return [...this.#files].flatMap(([path, tracked]) => {
      const folder = folders.get(dirname(path)) ?? folderOf(dirname(path));
      folders.set(dirname(path), folder);
      const stamp = `${stampOf(path)} ${folder.stamp}`;
      return stamp === tracked.stamp ? [] : [{ path, stamp, checkout: folder.checkout }];
    });
  }

  #count(): Promise<void> {
    this.#counting ??= this.#countStale()
      .catch((error: unknown) => this.#options.warn(`changes could not be counted: ${String(error)}`))
      .finally(() => (this.#counting = undefined));
    return this.#counting;
  }

  async #countStale(): Promise<void> {
    if (!this.#options.trusted()) return;
    // with the other files of the same view
    await nextTurn();
    const all = this.#stale();
    for (const root of new Set(all.map(({ checkout }) => checkout?.root))) {
      const stale = all.filter(({ checkout }) => checkout?.root === root);
      const counted =
        root === undefined
          ? undefined
          : await this.#countIn(
              root,
              stale.map(({ path }) => path),
            );
      for (const { path, stamp } of stale) {
        const tracked = this.#files.get(path);
        if (tracked === undefined) continue;
        tracked.stamp = stamp;
        tracked.counted =
          root === undefined ? 'noGit' : counted === undefined ? 'failed' : (counted.get(path) ?? 'equal');
      }
    }
    if (all.length > 0) this.#options.onChange();
  }

  /** The changes of files of one repository by their paths; undefined where git cannot compare them. */
  async #countIn(root: string, paths: readonly string[]): Promise<Map<string, FileChange> | undefined> {
    // git knows a file by its path without links
    const real = new Map(paths.map((path) => [path, join(realPath(dirname(path)), basename(path))]));
    try {
      const program = this.gitProgram();
      if (program === undefined) throw new Error('there is no git on PATH');
      const changes = await fileChanges({ root, program }, [...real.values()]);
      return new Map(
        [...real].flatMap(([path, at]): [string, FileChange][] => {
          const change = changes.get(at);
          return change === undefined ? [] : [[path, change]];
        }),
      );
    } catch (error) {
      this.#options.warn(`git could not compare files in ${root}: ${String(error)}`);
      return undefined;
    }
  }
}

/** Changes with each commit and with each checkout of a branch. */
const commitStamp = (checkout: Checkout | undefined): string =>
  checkout === undefined ? '' : ['HEAD', 'logs/HEAD'].map((name) => stampOf(join(checkout.own, name))).join(' ');

/** Changes with a file. */
function stampOf(path: string): string {
  const stats = statOf(path);
  return stats === undefined ? '-' : `${stats.mtimeMs}/${stats.size}/${stats.ino}`;
}

function add(sum: ChangesView, counted: Counted | undefined): void {
  if (counted === 'noGit') sum.noGit = (sum.noGit ?? 0) + 1;
  else if (counted === 'failed') sum.failed = (sum.failed ?? 0) + 1;
  else if (typeof counted === 'object') {
    sum.added = (sum.added ?? 0) + counted.added;
    sum.removed = (sum.removed ?? 0) + counted.removed;
    if (counted.binary === true) sum.binary = (sum.binary ?? 0) + 1;
  }
}
