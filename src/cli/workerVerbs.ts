import type { Verb } from './verb.ts';
import { ballot, tally, vote } from '#cli/verbs/ballots.ts';
import { emit } from '#cli/verbs/emit.ts';
import { block, hook, inform, resolve, rewrite, unblock } from '#cli/verbs/hook.ts';
import { inbox } from '#cli/verbs/inbox.ts';
import { acquire, release, withLock } from '#cli/verbs/locks.ts';
import { watch } from '#cli/verbs/log.ts';
import { done, fail, handoff, progress, tell } from '#cli/verbs/report.ts';
import { status } from '#cli/verbs/status.ts';
import { checkpoint, wait } from '#cli/verbs/wait.ts';

/** The verbs that workers and the Conductor call in loops; the program loads only these at its start. */
export const WORKER_VERBS: readonly Verb[] = [
  progress,
  done,
  fail,
  inform,
  block,
  unblock,
  hook,
  rewrite,
  watch,
  tell,
  handoff,
  inbox,
  emit,
  checkpoint,
  wait,
  acquire,
  release,
  withLock,
  ballot,
  vote,
  tally,
  resolve,
  status,
];
