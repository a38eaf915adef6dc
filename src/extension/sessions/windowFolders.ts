import { sep } from 'node:path';
import { realPath } from '#core/base/files/facts.ts';
import { otherWorktrees } from '#core/base/gitWorktrees.ts';

/** Whether a folder is one of `roots` or below one. The links of all must be resolved. */
export function isInside(path: string, roots: readonly string[]): boolean {
  return roots.some((root) => path === root || path.startsWith(root.endsWith(sep) ? root : root + sep));
}

/** How long the list is cached: worktrees may come and go while a window is open. */
const CACHE_MS = 5000;

/**
 * The folders whose sessions this window shows: its own, the other worktrees of their repositories, those that the
 * person has added, and all others in which sessions run while the Board shows everything. Links are resolved.
 */
export class WindowFolders {
  readonly #own: () => readonly string[];
  readonly #included = new Set<string>();
  readonly #elsewhere = new Set<string>();
  #roots: readonly string[] = [];
  #untilMs = 0;

  constructor(own: () => readonly string[]) {
    this.#own = own;
  }

  /** The same array until the list changes. */
  readonly roots = (): readonly string[] => {
    const nowMs = performance.now();
    if (nowMs < this.#untilMs) return this.#roots;
    this.#untilMs = nowMs + CACHE_MS;
    const own = [...this.#own(), ...this.#included];
    const roots = [...new Set([...own, ...own.flatMap(otherWorktrees), ...this.#elsewhere].map(realPath))];
    if (roots.join('\0') !== this.#roots.join('\0')) this.#roots = roots;
    return this.#roots;
  };

  /** The window's own folders may be others from now on. */
  invalidate(): void {
    this.#untilMs = 0;
  }

  /** Adds a folder until the window closes. */
  include(folder: string): void {
    this.#included.add(folder);
    this.invalidate();
  }

  /** Adds folders that have nothing to do with the window. Returns whether one of them is new. */
  includeElsewhere(folders: readonly string[]): boolean {
    const before = this.#elsewhere.size;
    for (const folder of folders) this.#elsewhere.add(folder);
    const isLarger = this.#elsewhere.size > before;
    if (isLarger) this.invalidate();
    return isLarger;
  }

  excludeElsewhere(): void {
    this.#elsewhere.clear();
    this.invalidate();
  }
}
