import type { Worker } from '#protocol/state.ts';
import { hasEnded } from './conditions.ts';

/** The kind of a worker that is a subagent of the Conductor: no process of its own, it lives inside Claude Code. */
export const SUBAGENT = 'subagent';
/** The kind of a worker that is a Claude Code session of its own, whose hooks answer in the same log. */
export const SESSION = 'session';

export const isSubagent = (worker: Worker | undefined): boolean => worker?.kind === SUBAGENT;

/** Whether hooks fire for that worker, so that it can be told something by them. */
export const hasHooks = (worker: Worker | undefined): boolean =>
  worker !== undefined && (worker.kind === SUBAGENT || worker.kind === SESSION) && !hasEnded(worker);
