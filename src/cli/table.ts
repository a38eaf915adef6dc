import type { Verb } from './verb.ts';
import { allow } from '#cli/verbs/allow.ts';
import { demo } from '#cli/verbs/demo.ts';
import { doctor } from '#cli/verbs/doctor.ts';
import { exportSession } from '#cli/verbs/export.ts';
import { install, uninstall } from '#cli/verbs/install.ts';
import { join } from '#cli/verbs/join.ts';
import { log } from '#cli/verbs/log.ts';
import { output } from '#cli/verbs/output.ts';
import { abort, denyCall, releaseBlock, start } from '#cli/verbs/person.ts';
import { bridge, machines } from '#cli/verbs/machines.ts';
import { pause, resume } from '#cli/verbs/pause.ts';
import { prune } from '#cli/verbs/prune.ts';
import { gitHooks } from '#cli/verbs/gitHooks.ts';
import { rules } from '#cli/verbs/rules.ts';
import { room } from '#cli/verbs/room.ts';
import { follow, share, unfollow, unshare } from '#cli/verbs/share.ts';
import { spawn } from '#cli/verbs/spawn.ts';
import { sessions } from '#cli/verbs/status.ts';
import { worker } from '#cli/verbs/worker.ts';
import { WORKER_VERBS } from './workerVerbs.ts';

/** All verbs, in the order of the help: reports of workers, coordination, a person's decisions. A part of its own, so that a worker's call does not load it. */
export const VERBS: readonly Verb[] = [
  ...WORKER_VERBS,
  log,
  output,
  sessions,
  join,
  exportSession,
  share,
  unshare,
  follow,
  unfollow,
  room,
  machines,
  bridge,
  prune,
  abort,
  pause,
  resume,
  spawn,
  worker,
  start,
  releaseBlock,
  denyCall,
  install,
  uninstall,
  gitHooks,
  doctor,
  allow,
  rules,
  demo,
];
