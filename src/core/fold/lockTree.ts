import { hasWildcard, splitGlob } from '#core/base/globPath.ts';
import type { Acquire, Lock, SessionState } from '#protocol/state.ts';
import { FILE, isFileResource, resourceName, resourcesOverlap } from './resources.ts';

/** One search compares so many globs; further ones in the same folders count as overlapping. */
const MAX_COMPARED = 50;

interface Folder {
  folders: Map<string, Folder>;
  /** The locks of this folder or file, and of globs whose wildcards begin in it. */
  locks: Map<string, Lock>;
}

const newFolder = (): Folder => ({ folders: new Map(), locks: new Map() });

/** The locks of files by their folders, so that of many locks only those are looked at that may have a file in common. */
class LockTree {
  readonly project: SessionState['session'];
  readonly #root = newFolder();

  constructor(project: SessionState['session']) {
    this.project = project;
  }

  add(lock: Lock): void {
    for (const names of this.#placesOf(lock.resource)) {
      let folder = this.#root;
      for (const name of names) {
        const next = folder.folders.get(name) ?? newFolder();
        folder.folders.set(name, next);
        folder = next;
      }
      folder.locks.set(lock.resource, lock);
    }
  }

  remove(resource: string): void {
    for (const names of this.#placesOf(resource)) removeFrom(this.#root, names, resource);
  }

  /** The other locks that have a file in common with a resource. */
  overlapping(resource: string): Set<Lock> {
    const found = new Set<Lock>();
    let compared = 0;
    const consider = (lock: Lock): void => {
      if (lock.resource === resource || found.has(lock)) return;
      const isPlain = !hasWildcard(resource) && !hasWildcard(lock.resource);
      if (isPlain || ++compared > MAX_COMPARED || resourcesOverlap(resource, lock.resource, this.project))
        found.add(lock);
    };
    for (const names of this.#placesOf(resource)) {
      let folder: Folder | undefined = this.#root;
      for (const name of names) {
        folder.locks.forEach(consider);
        folder = folder.folders.get(name);
        if (folder === undefined) break;
      }
      const below = folder === undefined ? [] : [folder];
      for (let at = below.pop(); at !== undefined; at = below.pop()) {
        at.locks.forEach(consider);
        below.push(...at.folders.values());
      }
    }
    return found;
  }

  /** Where a file is, or the folder of a glob: what is in the project may be named with its links followed or not. */
  #placesOf(resource: string): string[][] {
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
    const next = path.at(-1)?.folders.get(name);
    if (next === undefined) return;
    path.push(next);
  }
  path.at(-1)?.locks.delete(resource);
  for (let i = names.length; i > 0; i--) {
    const { folders, locks } = path[i] as Folder;
    if (folders.size + locks.size > 0) return;
    path[i - 1]?.folders.delete(names[i - 1] ?? '');
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

/** Who holds a resource, or something that it has a file in common with. */
export function holdersOf(state: SessionState, resource: string): { resource: string; holder: Acquire }[] {
  const name = resourceName(resource, state.session);
  const own = state.locks.get(name);
  const locks = own === undefined ? overlappingLocks(state, name) : [own, ...overlappingLocks(state, name)];
  return locks.flatMap((lock) => lock.holders.map((holder) => ({ resource: lock.resource, holder })));
}
