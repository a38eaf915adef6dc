import { hasWildcard, splitGlob } from '#core/base/globPath.ts';
import type { Acquire, Lock, SessionState } from '#protocol/state.ts';
import { FILE, isFileResource, resourceName, resourcesOverlap } from './resources.ts';

/** One search compares so many globs; further ones in the same folders count as overlapping. */
const MAX_COMPARED = 50;

/** A folder or a file; most have only one of the two. */
interface Folder {
  folders?: Map<string, Folder>;
  /** The locks of this folder or file, and of globs whose wildcards begin in it. */
  locks?: Map<string, Lock>;
}

/** The locks of files by their folders, so that of many locks only those are looked at that may have a file in common. */
class LockTree {
  readonly project: SessionState['session'];
  readonly #root: Folder = {};
  #last: { resource: string; places: string[][] } | undefined;

  constructor(project: SessionState['session']) {
    this.project = project;
  }

  add(lock: Lock): void {
    for (const names of this.#placesOf(lock.resource)) {
      let folder = this.#root;
      for (const name of names) {
        const folders = (folder.folders ??= new Map<string, Folder>());
        const next = folders.get(name) ?? {};
        folders.set(name, next);
        folder = next;
      }
      (folder.locks ??= new Map<string, Lock>()).set(lock.resource, lock);
    }
  }

  remove(resource: string): void {
    for (const names of this.#placesOf(resource)) removeFrom(this.#root, names, resource);
  }

  /** The other locks that have a file in common with a resource, up to one of which `isEnough` holds. */
  overlapping(resource: string, isEnough: (lock: Lock) => boolean = () => false): Set<Lock> {
    const found = new Set<Lock>();
    let compared = 0;
    for (const lock of this.#near(resource)) {
      if (lock.resource === resource || found.has(lock)) continue;
      const isPlain = !hasWildcard(resource) && !hasWildcard(lock.resource);
      if (!isPlain && ++compared <= MAX_COMPARED && !resourcesOverlap(resource, lock.resource, this.project)) continue;
      found.add(lock);
      if (isEnough(lock)) break;
    }
    return found;
  }

  /** The locks of the folders above a resource, of itself, and of all that is in it. */
  *#near(resource: string): Generator<Lock> {
    for (const names of this.#placesOf(resource)) {
      let folder: Folder | undefined = this.#root;
      for (const name of names) {
        if (folder.locks !== undefined) yield* folder.locks.values();
        folder = folder.folders?.get(name);
        if (folder === undefined) break;
      }
      const below = folder === undefined ? [] : [folder];
      for (let at = below.pop(); at !== undefined; at = below.pop()) {
        if (at.locks !== undefined) yield* at.locks.values();
        for (const inner of at.folders?.values() ?? []) below.push(inner);
      }
    }
  }

  /** Where a file is, or the folder of a glob: what is in the project may be named with its links followed or not. */
  #placesOf(resource: string): string[][] {
    // a lock is looked up several times in a row
    if (this.#last?.resource !== resource) this.#last = { resource, places: this.#findPlaces(resource) };
    return this.#last.places;
  }

  #findPlaces(resource: string): string[][] {
    const { folder } = splitGlob(resource.slice(FILE.length));
    const { cwd = '', realCwd = cwd } = this.project;
    const isInside = !/^(\/|[A-Za-z]:\/)/.test(folder);
    const paths = isInside ? [...new Set([cwd, realCwd])].map((root) => `${root}/${folder}`) : [folder];
    return paths.map((path) => path.split(/[\\/]/).filter((name) => name !== '' && name !== '.'));
  }
}

/** Takes a lock out of the tree, and the folders that are empty then. */
function removeFrom(root: Folder, names: string[], resource: string): void {
  const path = [root];
  for (const name of names) {
    const next = path.at(-1)?.folders?.get(name);
    if (next === undefined) return;
    path.push(next);
  }
  path.at(-1)?.locks?.delete(resource);
  for (let i = names.length; i > 0; i--) {
    const { folders, locks } = path[i] as Folder;
    if ((folders?.size ?? 0) + (locks?.size ?? 0) > 0) return;
    path[i - 1]?.folders?.delete(names[i - 1] ?? '');
  }
}

/** Derived from the locks of a state, and made anew where the state was read from a snapshot. */
const trees = new WeakMap<SessionState['locks'], LockTree>();

function treeOf({ locks, session }: SessionState): LockTree {
  const known = trees.get(locks);
  if (known !== undefined && known.project.cwd === session.cwd) return known;
  const tree = new LockTree({ ...session });
  for (const lock of locks.values()) if (isFileResource(lock.resource)) tree.add(lock);
  trees.set(locks, tree);
  return tree;
}

/** Adds a lock to the state. */
export function addLock(state: SessionState, lock: Lock): void {
  state.locks.set(lock.resource, lock);
  if (isFileResource(lock.resource)) treeOf(state).add(lock);
}

/** Removes a lock from the state. */
export function removeLock(state: SessionState, resource: string): void {
  state.locks.delete(resource);
  if (isFileResource(resource)) treeOf(state).remove(resource);
}

/** The other locks, held or waited for, that have a file in common with a resource. */
export function overlappingLocks(state: SessionState, resource: string): Lock[] {
  if (!isFileResource(resource)) return [];
  return [...treeOf(state).overlapping(resource)].filter((lock) => lock.holders.length + lock.queue.length > 0);
}

/** Whether a lock that has a file in common with a resource is as `isSought`, and how many were looked at. */
export function searchOverlapping(
  state: SessionState,
  resource: string,
  isSought: (lock: Lock) => boolean,
): { found: boolean; steps: number } {
  if (!isFileResource(resource)) return { found: false, steps: 0 };
  let found = false;
  const { size } = treeOf(state).overlapping(resource, (lock) => (found = isSought(lock)));
  return { found, steps: size };
}

/** Whether a resource, or something that it has a file in common with, has a holder. */
export function isHeld(state: SessionState, resource: string): boolean {
  const name = resourceName(resource, state.session);
  const hasHolder = ({ holders }: Lock): boolean => holders.length > 0;
  const own = state.locks.get(name);
  return (own !== undefined && hasHolder(own)) || searchOverlapping(state, name, hasHolder).found;
}

/** Who holds a resource, or something that it has a file in common with. */
export function holdersOf(state: SessionState, resource: string): { resource: string; holder: Acquire }[] {
  const name = resourceName(resource, state.session);
  const own = state.locks.get(name);
  const locks = own === undefined ? overlappingLocks(state, name) : [own, ...overlappingLocks(state, name)];
  return locks.flatMap((lock) => lock.holders.map((holder) => ({ resource: lock.resource, holder })));
}
