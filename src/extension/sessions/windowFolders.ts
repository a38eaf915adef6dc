import { realpathSync } from 'node:fs';
import { sep } from 'node:path';
import { otherWorktrees } from '#core/base/gitWorktrees.ts';

/** A path with its links resolved; as it is, where there is nothing. */
export function realPath(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    return path;
  }
}

/** Whether a folder is one of `roots` or below one. All are compared as they are: resolve links before. */
export function isInside(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** Worktrees come and go while a window is open: so long a look at them is believed. */
const CACHE_MS = 5000;

/**
 * The folders whose sessions this window shows: its own, the other worktrees of their repositories, and those that the
 * person has asked for. Links are resolved.
 */
export class WindowFolders {
  readonly #own: () => readonly string[];
  readonly #included = new Set<string>();
  #roots: readonly string[] = [];
  #cached = { own: '', untilMs: 0 };

  constructor(own: () => readonly string[]) {
    this.#own = own;
  }

  /** The same list, by identity, as long as nothing changes. */
  readonly roots = (): readonly string[] => {
    const own = [...this.#own(), ...this.#included];
    const key = own.join('\0');
    const nowMs = performance.now();
    if (key === this.#cached.own && nowMs < this.#cached.untilMs) return this.#roots;
    this.#cached = { own: key, untilMs: nowMs + CACHE_MS };
    const roots = [...new Set([...own, ...own.flatMap(otherWorktrees)].map(realPath))];
    if (roots.join('\0') !== this.#roots.join('\0')) this.#roots = roots;
    return this.#roots;
  };

  /** Shows the sessions of one more folder, as long as the window is open. */
  include(folder: string): void {
    this.#included.add(folder);
  }
}
