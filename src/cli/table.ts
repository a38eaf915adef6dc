import type { Verb } from './verb.ts';
import { allow } from './verbs/allow.ts';
import { demo } from './verbs/demo.ts';
import { doctor } from './verbs/doctor.ts';
import { exportSession } from './verbs/export.ts';
import { install, uninstall } from './verbs/install.ts';
import { join } from './verbs/join.ts';
import { log } from './verbs/log.ts';
import { abort, releaseBlock } from './verbs/person.ts';
import { prune } from './verbs/prune.ts';
import { spawn } from './verbs/spawn.ts';
import { start } from './verbs/start.ts';
import { sessions } from './verbs/status.ts';
import { WORKER_VERBS } from './workerVerbs.ts';

/** All verbs, in the order of the help: what a worker says, how workers meet, what a person does. */
export const VERBS: readonly Verb[] = [
  ...WORKER_VERBS,
  log,
  sessions,
  join,
  exportSession,
  prune,
  abort,
  spawn,
  start,
  releaseBlock,
  install,
  uninstall,
  doctor,
  allow,
  demo,
];
