/** Installs the hooks that guard a repository for scripts and people, takes them out, and says what has become of them. */
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { exists, lstatOf } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { readBytes } from '#core/base/files/readFile.ts';
import { removeEmptyFolder } from '#core/base/files/remove.ts';
import { asRecord, readJson } from '#core/base/json.ts';
import { homePaths } from '#core/base/paths.ts';
import { GIT_HOOKS } from './hookBlock.ts';
import { hookStatus, installHook, uninstallHook, type HookChange, type HookStatus } from './hookFile.ts';
import { hookPlace, isOfRepository, type HookPlace } from './hookPlace.ts';

export interface GitHooksOptions {
  /** The Fermata home, absolute. */
  home: string;
  /** The absolute path of git. */
  git: string;
  /** A folder of the repository. */
  folder: string;
}

export interface GitHooksOutcome extends Pick<HookPlace, 'root' | 'hooks'> {
  changes: HookChange[];
  /** What a person should know of it, as sentences. */
  notes: string[];
}

/** A folder of hooks into which this home has installed. */
interface RecordedFolder {
  hooks: string;
  root: string;
  /** The folder was made for our hooks. */
  made?: true;
}

/** What is recorded of as many folders. */
const MAX_RECORDED = 1000;

/** Throws an error as a sentence; hooks that were written before it stay, and another try goes on with the rest. */
export async function installGitHooks({ home, git, folder }: GitHooksOptions): Promise<GitHooksOutcome> {
  const place = await hookPlace(git, folder);
  const { root, hooks } = place;
  const made = makeFolder(hooks, 0o755);
  const known = recorded(home).find((each) => each.hooks === hooks);
  record(home, hooks, { hooks, root, ...(made || known?.made === true ? { made: true as const } : {}) });
  const changes = GIT_HOOKS.map((hook) => installHook(hooks, hook, home));
  return { root, hooks, changes, notes: await notesOf(git, place) };
}

export async function uninstallGitHooks({ home, git, folder }: GitHooksOptions): Promise<GitHooksOutcome> {
  const { root, hooks } = await hookPlace(git, folder);
  const changes = GIT_HOOKS.map((hook) => uninstallHook(hooks, hook, home));
  const isMade = recorded(home).some((each) => each.hooks === hooks && each.made === true);
  record(home, hooks, undefined);
  if (isMade) {
    try {
      removeEmptyFolder(hooks);
    } catch {
      // others have put something into it
    }
  }
  return { root, hooks, changes, notes: changes.flatMap(({ left }) => left ?? []) };
}

export interface GitHooksStatus extends Pick<HookPlace, 'root' | 'hooks'> {
  statuses: HookStatus[];
  /** What does not guard though it was installed, as sentences. */
  problems: string[];
  installed: boolean;
}

/** What has become of the hooks of a repository. */
export async function gitHooksStatus({ home, git, folder }: GitHooksOptions): Promise<GitHooksStatus> {
  return statusAt(home, await hookPlace(git, folder));
}

/** The same of every folder that this home has installed into, without git. Those of repositories that are gone are left out. */
export const allGitHooks = (home: string): GitHooksStatus[] =>
  recorded(home)
    .filter(({ root }) => exists(root))
    .map((place) => statusAt(home, place));

function statusAt(home: string, { root, hooks }: Pick<HookPlace, 'root' | 'hooks'>): GitHooksStatus {
  const statuses = GIT_HOOKS.map((hook): HookStatus => {
    try {
      return hookStatus(hooks, hook, home);
    } catch {
      // what cannot be read is not ours
      return { hook, path: join(hooks, hook), standing: 'foreign' };
    }
  });
  const isRecorded = recorded(home).some((each) => each.hooks === hooks);
  const installed = isRecorded || statuses.some(({ standing }) => !['none', 'foreign'].includes(standing));
  return { root, hooks, statuses, installed, problems: installed ? statuses.flatMap(problemOf) : [] };
}

function problemOf({ path, standing, inactive, kept }: HookStatus): string[] {
  const before = kept === undefined ? '' : `; what stood there before Fermata is ${kept}`;
  if (standing === 'none') return [`${path} is gone${before}`];
  if (standing === 'foreign') return [`${path} was written by another program since, and does not guard${before}`];
  if (standing === 'stale') return [`${path} has lines of another version of Fermata, or of another home`];
  return inactive === true ? [`${path} may not be executed, so git passes over it`] : [];
}

async function notesOf(git: string, { root, hooks, inCheckout, shared }: HookPlace): Promise<string[]> {
  const notes: string[] = [];
  if (shared)
    notes.push(`core.hooksPath is ${hooks}: every repository that uses it is guarded, each by its own sessions.`);
  const paths = GIT_HOOKS.map((hook) => join(hooks, hook));
  if (inCheckout) {
    const kinds = await Promise.all(paths.map((path) => isOfRepository(git, root, path)));
    const ours = paths.filter((_, i) => kinds[i] !== undefined);
    if (ours.length > 0)
      notes.push(
        `${ours.join(', ')}: git looks for hooks in the checkout itself (core.hooksPath), so there was no other place. Do not commit these changes; on other machines they do nothing.`,
      );
  }
  const manager = /[\\/]\.husky[\\/]_$/.test(hooks) ? 'husky' : paths.some(isLefthook) ? 'lefthook' : undefined;
  if (manager !== undefined)
    notes.push(
      `${manager} writes these files anew when it installs itself. "fermata git-hooks status" and "fermata doctor" say when it did; then install again.`,
    );
  return notes;
}

function isLefthook(path: string): boolean {
  return lstatOf(path)?.isFile() === true && readBytes(path, 16 << 20).includes('lefthook');
}

function recorded(home: string): RecordedFolder[] {
  const { folders } = asRecord(readJson(homePaths(home).gitHooks));
  if (!Array.isArray(folders)) return [];
  return folders.slice(0, MAX_RECORDED).flatMap((value): RecordedFolder[] => {
    const { hooks, root, made } = asRecord(value);
    if (typeof hooks !== 'string' || typeof root !== 'string') return [];
    return [{ hooks, root, ...(made === true && { made }) }];
  });
}

function record(home: string, hooks: string, entry: RecordedFolder | undefined): void {
  const others = recorded(home).filter((each) => each.hooks !== hooks && exists(dirname(each.hooks)));
  const folders = [...others, ...(entry === undefined ? [] : [entry])];
  writeFileAtomic(homePaths(home).gitHooks, `${JSON.stringify({ version: 1, folders }, null, 2)}\n`, { mode: 0o600 });
}
