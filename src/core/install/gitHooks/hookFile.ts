import { join } from 'node:path';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { exists, lstatOf } from '#core/base/files/facts.ts';
import { readBytes } from '#core/base/files/readFile.ts';
import { removeFile } from '#core/base/files/remove.ts';
import { renameFile } from '#core/base/files/rename.ts';
import {
  isCurrent,
  isOwnFile,
  isShellScript,
  KEPT_SUFFIX,
  ownHook,
  withBlock,
  withoutBlock,
  type GitHook,
} from './hookBlock.ts';

/** A hook of others may be a program. */
const MAX_HOOK_BYTES = 16 << 20;

/**
 * What stands in the place of a hook. `ours`: a file of ours; `beside`: our lines in a script of others; `stale`: one of the two with
 * lines of another version or home; `none` and `foreign`: not guarded.
 */
export type HookStanding = 'none' | 'foreign' | 'ours' | 'beside' | 'stale';

export interface HookStatus {
  hook: GitHook;
  path: string;
  standing: HookStanding;
  /** Git passes over it: it may not be executed. */
  inactive?: true;
  /** Where the hook of others is that ours goes on to, or that was left behind when another tool rewrote ours. */
  kept?: string;
}

export interface HookChange {
  hook: GitHook;
  path: string;
  /** Undefined: nothing was to be done. */
  did?: 'written' | 'inserted' | 'moved' | 'renewed' | 'removed' | 'restored' | 'cleaned';
  /** What was left as it is, as a sentence. */
  left?: string;
}

const isExecutable = (mode: number): boolean => process.platform === 'win32' || (mode & 0o111) !== 0;

/** What a hook is now. Throws the system's error where it cannot be read. */
export function hookStatus(folder: string, hook: GitHook, home: string): HookStatus {
  const path = join(folder, hook);
  const kept = exists(path + KEPT_SUFFIX) ? { kept: path + KEPT_SUFFIX } : {};
  const stat = lstatOf(path);
  if (stat === undefined) return { hook, path, standing: 'none', ...kept };
  // a link leads to a file of others
  const bytes = stat.isFile() ? readBytes(path, MAX_HOOK_BYTES) : undefined;
  if (bytes === undefined || withoutBlock(bytes) === undefined) return { hook, path, standing: 'foreign', ...kept };
  const standing = isCurrent(bytes, hook, home) ? (isOwnFile(bytes) ? 'ours' : 'beside') : 'stale';
  return { hook, path, standing, ...(isExecutable(stat.mode) ? {} : { inactive: true }), ...kept };
}

/**
 * The framework “pre-commit” gives this end to the name of a hook that stands in its place, and runs it before its own. Lines of ours
 * in it go, and what stood there before ours takes its place. Whether something was changed.
 */
function cleanMoved(path: string): boolean {
  const moved = `${path}.legacy`;
  const stat = lstatOf(moved);
  const bytes = stat?.isFile() === true ? readBytes(moved, MAX_HOOK_BYTES) : undefined;
  const bare = bytes && withoutBlock(bytes);
  if (stat === undefined || bytes === undefined || bare === undefined) return false;
  if (!isOwnFile(bytes)) writeFileAtomic(moved, bare, { mode: stat.mode & 0o7777 });
  else if (exists(path + KEPT_SUFFIX)) renameFile(path + KEPT_SUFFIX, moved);
  else removeFile(moved);
  return true;
}

/** Puts our lines where git runs them. What others have there is kept. Throws an error as a sentence. */
export function installHook(folder: string, hook: GitHook, home: string): HookChange {
  cleanMoved(join(folder, hook));
  const { path, standing, inactive, kept } = hookStatus(folder, hook, home);
  const stat = lstatOf(path);
  if (stat === undefined || standing === 'none') {
    writeFileAtomic(path, ownHook(hook, home, kept !== undefined), { mode: 0o755 });
    return { hook, path, did: 'written' };
  }
  if (!stat.isFile() && !stat.isSymbolicLink())
    throw new Error(`${path} is neither a file nor a link; move it away first`);
  const bytes = stat.isFile() ? readBytes(path, MAX_HOOK_BYTES) : undefined;
  if (standing !== 'foreign' && bytes !== undefined) {
    if (standing !== 'stale' && inactive === undefined) return { hook, path };
    const mode = (stat.mode & 0o7777) | (inactive === true ? 0o111 : 0);
    writeFileAtomic(path, withBlock(bytes, hook, home), { mode });
    return { hook, path, did: 'renewed' };
  }
  if (bytes !== undefined && isExecutable(stat.mode) && isShellScript(bytes)) {
    writeFileAtomic(path, withBlock(bytes, hook, home), { mode: stat.mode & 0o7777 });
    return { hook, path, did: 'inserted' };
  }
  if (kept !== undefined)
    throw new Error(`${path} cannot have lines for a shell in it, and ${kept} is taken; move one of them away first`);
  renameFile(path, path + KEPT_SUFFIX);
  try {
    writeFileAtomic(path, ownHook(hook, home, true), { mode: 0o755 });
  } catch (error) {
    renameFile(path + KEPT_SUFFIX, path);
    throw error;
  }
  return { hook, path, did: 'moved' };
}

/** Takes out what is ours, and gives back what stood there before. What others have written since is left alone. */
export function uninstallHook(folder: string, hook: GitHook, home: string): HookChange {
  const isMoved = cleanMoved(join(folder, hook));
  const { path, standing, kept } = hookStatus(folder, hook, home);
  if (standing === 'none') {
    if (kept === undefined) return { hook, path };
    renameFile(kept, path);
    return { hook, path, did: 'restored' };
  }
  const left = (): Pick<HookChange, 'left'> =>
    kept === undefined
      ? {}
      : { left: `${path} was written by another program since; what stood there before is ${kept}` };
  if (standing === 'foreign') return { hook, path, ...(isMoved && { did: 'cleaned' as const }), ...left() };
  const stat = lstatOf(path);
  const bytes = readBytes(path, MAX_HOOK_BYTES);
  if (!isOwnFile(bytes)) {
    writeFileAtomic(path, withoutBlock(bytes) ?? bytes, { mode: (stat?.mode ?? 0o755) & 0o7777 });
    return { hook, path, did: 'cleaned' };
  }
  if (kept === undefined) {
    removeFile(path);
    return { hook, path, did: 'removed' };
  }
  renameFile(kept, path);
  return { hook, path, did: 'restored' };
}
