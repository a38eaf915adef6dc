import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { errorText, logError } from '#core/base/errorLog.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { checkoutOf } from '#core/base/gitWorktrees.ts';
import { claudeConfigDir } from '#core/claude/processes.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { awaitedMerges } from '#core/fold/mergePairs.ts';
import { takenFrom } from '#core/policy/sweepBlock.ts';
import { ensureGitWatch } from '#core/workers/gitWatchProcess.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import type { Outcome } from './outcome.ts';

const NEXT = 'Name your own files instead, as in git add FILE, git stash push -- FILE.';
const NEXT_OF_STASH =
  'All worktrees share one stash: git stash list shows it, and git stash pop stash@{N} takes the entry that you name.';

/**
 * Says of a call that runs what it takes that others have not committed: to Claude with its result, and to the person. Where it is
 * held for that, nothing is said twice.
 */
export function warnOfSweeps(ctx: HookContext, outcome: Outcome): Outcome {
  startGitWatch(ctx);
  if ((outcome.refusedBy ?? []).length > 0 || outcome.answer?.block !== undefined) return outcome;
  const entries = [...ctx.state.uncommitted.values()].filter(({ hold }) => hold !== true);
  const taken = takenFrom(entries, ctx.callContext());
  if (taken.length === 0) return outcome;
  const { agent } = ctx;
  const text = taken.join('\n');
  const next = [
    ...(taken.some((each) => each.includes('not committed')) ? [NEXT] : []),
    ...(taken.some((each) => each.includes('stash entr')) ? [NEXT_OF_STASH] : []),
  ].join(' ');
  const message = `${ctx.summary ?? 'git'}: ${text}`;
  return {
    ...outcome,
    events: [
      ...(outcome.events ?? []),
      { t: 'log', level: 'warn', message, worker: agent === CONDUCTOR ? undefined : agent },
    ],
    answer: { ...outcome.answer, context: `${text}\n${next}` },
  };
}

/**
 * Starts the git watch where agents may be in each other's way, or a condition waits for it: more than one Claude runs, it has
 * started an agent, or workers run.
 */
export function ensureGitWatchFor(ctx: HookContext, hasAgents = false): void {
  if (ctx.settings.git === 'off' || checkoutOf(ctx.root) === undefined) return;
  // Claude Code has a file there for each that runs; older versions do not
  const running = join(claudeConfigDir(ctx.env.env), 'sessions');
  if (!hasAgents && !mayMerge(ctx.state) && existsSync(running) && namesIn(running).length < 2) return;
  startGitWatch(ctx);
}

/** Whether a worker of a plan is at work, or something waits until branches merge. */
const mayMerge = (state: SessionState): boolean =>
  [...state.workers.values()].some((worker) => worker.run !== undefined && !hasEnded(worker)) ||
  awaitedMerges(state).size > 0;

function startGitWatch({ env }: HookContext): void {
  try {
    ensureGitWatch(env.home, env.env, env.now());
  } catch (error) {
    logError(env.home, 'hook', env.now(), `the git watch was not started: ${errorText(error)}`);
  }
}
