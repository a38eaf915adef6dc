import { sep } from 'node:path';
import { realPath } from '#core/base/files/facts.ts';
import { otherWorktrees } from '#core/base/gitWorktrees.ts';

/** Whether a folder is one of `roots` or below one. The links of all must be resolved. */
export function isInside(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** How long the list of worktrees is cached: they may come and go while a window is open. */
const CACHE_MS = 5000;

/**
 * The folders whose sessions this window shows: its own, the other worktrees of their repositories, and those that the
 * person has added. Links are resolved.
 */
export class WindowFolders {
  readonly #own: () => readonly string[];
  readonly #included = new Set<string>();
  #roots: readonly string[] = [];
  #cached = { own: '', untilMs: 0 };

  constructor(own: () => readonly string[]) {
    this.#own = own;
  }

  /** The same array until the list changes. */
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

  /** Adds a folder until the window closes. */
  include(folder: string): void {
    this.#included.add(folder);
  }
}
