import type { Verb } from './verb.ts';
import { allow } from './verbs/allow.ts';
import { ballot, tally, vote } from './verbs/ballots.ts';
import { emit } from './verbs/emit.ts';
import { block, hook, inform, resolve, rewrite, unblock } from './verbs/hook.ts';
import { install, uninstall } from './verbs/install.ts';
import { acquire, release, withLock } from './verbs/locks.ts';
import { log, watch } from './verbs/log.ts';
import { abort, releaseBlock } from './verbs/person.ts';
import { done, fail, handoff, progress, tell } from './verbs/report.ts';
import { sessions, status } from './verbs/status.ts';
import { checkpoint, wait } from './verbs/wait.ts';

/** All verbs, in the order of the help: what a worker says, how workers meet, what a person does. */
export const VERBS: readonly Verb[] = [
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
  log,
  sessions,
  abort,
  releaseBlock,
  install,
  uninstall,
  allow,
];
