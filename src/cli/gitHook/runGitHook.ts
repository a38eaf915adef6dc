/** What a git hook of ours runs. Whatever goes wrong, git goes on: only what holds ends with the exit code for that. */
import { errorText, logError } from '#core/base/errorLog.ts';
import { ownCommand } from '#core/base/ownCommand.ts';
import { readAll } from '#core/base/stdio.ts';
import { claudeConfigDir } from '#core/claude/processes.ts';
import { findGit } from '#core/install/executables.ts';
import { GIT_HOOKS, HELD, type GitHook } from '#core/install/gitHooks/hookBlock.ts';
import { blockReason } from '#core/policy/reason.ts';
import { takesText } from '#core/projection/uncommittedText.ts';
import { readSessionInfo } from '#core/session/info.ts';
import type { Uncommitted } from '#protocol/state.ts';
import { nameOf } from '#cli/verbs/status.ts';
import type { Io } from '#cli/verb.ts';
import { gitAction } from './gitAction.ts';
import { heldText } from './heldText.ts';
import { HookRepository } from './hookRepository.ts';
import { judge, type Judgement } from './judge.ts';
import { ownSessions, sessionsAt } from './judgedSessions.ts';

const MAX_REFS_BYTES = 1 << 20;

export const isGitHook = (name: string): name is GitHook => (GIT_HOOKS as readonly string[]).includes(name);

/** Returns HELD where a session holds what git is about to do, else 0. */
export async function runGitHook(io: Io, home: string, hook: GitHook, args: readonly string[]): Promise<number> {
  try {
    return await look(io, home, hook, args);
  } catch (error) {
    noteUnseen(io, home, error);
    return 0;
  }
}

function noteUnseen(io: Io, home: string, error: unknown): void {
  logError(home, 'git-hooks', io.now(), errorText(error));
  const [reason = ''] = (error as Error).message.split('\n');
  io.stderr(`Fermata could not look whether this is held, so git goes on: ${reason}\n`);
}

async function look(io: Io, home: string, hook: GitHook, args: readonly string[]): Promise<number> {
  const { cwd, env } = io;
  // read before anything else, so that git meets no closed pipe
  const refs = hook === 'pre-push' ? (readAll(0, MAX_REFS_BYTES)?.toString('utf8') ?? '') : '';
  const git = findGit(env, [cwd]);
  if (git === undefined) throw new Error('there is no git on PATH');
  const repository = new HookRepository(git, cwd, env);
  const sessions = sessionsAt(home, repository, io.now());
  if (sessions.length === 0) return 0;
  const action = gitAction({ hook, args, refs, env, gitDir: repository.gitDir, ancestry: io.ancestry() ?? [] });
  const takes =
    hook === 'pre-commit' ? takesOfCommit(repository, io.now, (error) => noteUnseen(io, home, error)) : undefined;
  const shell = await import('#core/policy/shell/shell.ts');
  const own = ownSessions(io, home);
  const { root } = repository;
  const judgements = sessions.map(({ log }) => judge({ io, home, log, root, action, takes, own, shell }));
  for (const text of new Set(judgements.flatMap(({ warnings }) => warnings))) io.stderr(`Fermata: ${text}\n`);
  const held = judgements.filter(({ blocks }) => blocks.length > 0);
  if (held.length === 0) return 0;
  const cli = ownCommand(home, 'sh');
  if (held.some(({ throughClaude }) => throughClaude)) io.stderr(`${reasonForModel(held, io.now(), cli)}\n`);
  else {
    const config = claudeConfigDir(env);
    const named = held.map(({ log, blocks }) => ({ log, blocks, name: sessionName(config, log) }));
    io.stderr(heldText(named, { ...action, cli, now: io.now() }));
  }
  return HELD;
}

const reasonForModel = (held: readonly Judgement[], now: number, cli: string): string =>
  held.map(({ log, blocks }) => blockReason(log.state, blocks, now, cli)).join('\n\n');

function sessionName(config: string, { dir, state }: Judgement['log']): string {
  const info = readSessionInfo(dir);
  return (info && nameOf(config, info.session, info, state.session.transcript)) ?? state.session.cwd ?? dir;
}

/**
 * What a commit takes of an agent's files: those that its index has changed. The index is looked at where an agent has files here,
 * once; where git cannot, or takes too long, nothing counts as taken.
 */
function takesOfCommit(
  repository: HookRepository,
  now: () => number,
  onUnseen: (error: unknown) => void,
): (entry: Uncommitted) => string | undefined {
  let staged: Set<string> | undefined;
  const look = (): Set<string> => {
    try {
      return repository.staged();
    } catch (error) {
      onUnseen(error);
      return new Set();
    }
  };
  return (entry) => {
    if (entry.root !== repository.root) return undefined;
    const all = (staged ??= look());
    const files = entry.files.filter(({ path }) => all.has(path));
    return files.length === 0 ? undefined : takesText(entry, { files }, now());
  };
}
