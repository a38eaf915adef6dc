import { basename, join } from 'node:path';
import type { ProcessEntry } from '#core/base/ancestry.ts';
import { exists } from '#core/base/files/facts.ts';
import { readSystemText } from '#core/base/files/systemFile.ts';
import { shellCommand } from '#core/base/shellQuote.ts';
import type { GitHook } from '#core/install/gitHooks/hookBlock.ts';

/** What git is about to do, as command texts: what was typed, as far as that is visible, and what it comes to. */
export interface GitAction {
  commands: string[];
  /** The one that a person reads. */
  shown: string;
  /** Git’s own command that goes on without its hooks. */
  without: string;
}

interface HookCall {
  hook: GitHook;
  args: readonly string[];
  /** What a push has on standard input: a line for each ref. */
  refs: string;
  env: NodeJS.ProcessEnv;
  gitDir: string;
  /** The process and its ancestors, the nearest first. */
  ancestry: readonly ProcessEntry[];
}

/** So many refs of a push are judged by their names. */
const MAX_REFS = 50;

export function gitAction(call: HookCall): GitAction {
  const typed = typedCommands(call.ancestry);
  const meant = meantCommands(call);
  const shown = typed[0] ?? meant[0] ?? 'git';
  return { commands: [...new Set([...typed, ...meant])], shown, without: `${WITHOUT[call.hook]} --no-verify` };
}

const WITHOUT = { 'pre-commit': 'git commit', 'pre-merge-commit': 'git merge', 'pre-push': 'git push' };

function meantCommands({ hook, args, refs, env, gitDir }: HookCall): string[] {
  if (hook === 'pre-commit') {
    // the commit that ends a merge with conflicts
    return exists(join(gitDir, 'MERGE_HEAD')) ? ['git commit', 'git merge'] : ['git commit'];
  }
  if (hook === 'pre-merge-commit') {
    // git merge leaves the names of what it merges there
    const names = Object.entries(env).flatMap(([name, value]) =>
      /^GITHEAD_[0-9a-f]+$/.test(name) && value ? [value] : [],
    );
    return [words('merge', ...names)];
  }
  const remote = args[0] ?? 'origin';
  const pushed = refs.split('\n', MAX_REFS).flatMap((line) => {
    const [local = '', , target = ''] = line.split(' ');
    const name = shortRef(target);
    return name === ''
      ? []
      : [local === '(delete)' ? words('push', '--delete', remote, name) : words('push', remote, name)];
  });
  return pushed.length === 0 ? [words('push', remote)] : pushed;
}

const shortRef = (ref: string): string => ref.replace(/^refs\/(?:heads|tags)\//, '');
const words = (...args: string[]): string => shellCommand(['git', ...args], 'sh');

/** The commands of git that have led to this hook: `git merge`, and the `git pull` that has started it. */
function typedCommands(ancestry: readonly ProcessEntry[]): string[] {
  const first = ancestry.findIndex(isGit);
  if (first === -1) return [];
  const line = ancestry.slice(first);
  const end = line.findIndex((process) => !isGit(process));
  return line.slice(0, end === -1 ? undefined : end).flatMap(({ pid }) => {
    const [program = '', ...args] = argumentsOf(pid);
    if (program === '') return [];
    const [, verb] = /^git-(.+)$/.exec(nameOf(program)) ?? [];
    return [words(...(verb === undefined ? args : [verb, ...args]))];
  });
}

const nameOf = (program: string): string => basename(program).replace(/\.exe$/i, '');
const isGit = ({ command }: ProcessEntry): boolean => /^git(?:-[a-z-]+)?$/.test(nameOf(command.split(' ')[0] ?? ''));

/** The arguments of a process; empty where the system does not show them one by one. */
function argumentsOf(pid: number): string[] {
  try {
    return readSystemText(`/proc/${pid}/cmdline`).replace(/\0$/, '').split('\0');
  } catch {
    return [];
  }
}
