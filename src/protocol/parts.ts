/** The schemas that several others are made of. */
import * as z from 'zod/mini';
import { MAX_MS } from './duration.ts';
import { HOOK_EVENTS } from './hookEvents.ts';
import { ID, MAX_NAME } from './ids.ts';

const text = z.string();
const opt = z.optional;

export const workerId = z.string().check(z.regex(ID.worker));
export const shortName = z.string().check(z.minLength(1), z.maxLength(MAX_NAME), z.regex(ID.name));
export const sessionId = z.string().check(z.regex(ID.session));
export const machineName = z.string().check(z.regex(ID.machine));
export const blockId = z.string().check(z.regex(ID.block));
export const runId = z.string().check(z.regex(ID.run));
export const hookEvent = z.enum(HOOK_EVENTS);
export const conditions = z.union([shortName, z.array(shortName).check(z.maxLength(64))]);

/** Milliseconds, bounded so that a sum with a time stays a time. */
export const ms = z.number().check(z.minimum(0), z.maximum(MAX_MS));
export const percent = z.number().check(z.minimum(0), z.maximum(100));
/** How much is used of a window of time for which a subscription has a limit, such as `five_hour`. */
export const usageLimit = z.object({ kind: shortName, pct: z.number().check(z.minimum(0)), resetsTs: opt(z.number()) });
export const count = z.int().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER));

/** What a block or information applies to: tool names and agents separated by `|` with `*`, globs for the rest. */
export const match = z.object({
  tool: opt(text),
  path: opt(text),
  command: opt(text),
  agent: opt(text),
  run: opt(runId),
  git: opt(z.enum(['sweep'])),
});

/** A file that an agent has edited and that is not committed: its path in the checkout, when, and git's two letters of it. */
export const uncommittedFile = z.object({ path: text, ts: opt(z.number()), status: opt(text) });

/** An entry of the stash, which all worktrees of a repository share: the commit that git made of it, and when. */
export const stashEntry = z.object({ commit: text, ts: opt(z.number()) });

/**
 * One of two that may be merged: what `ref` means in the repository of the checkout `root`, without it what is checked out there;
 * what conditions may call it; and the agents that work there.
 */
export const mergeSide = z.object({
  root: text,
  ref: opt(text),
  branch: opt(text),
  commit: opt(text),
  names: z.array(text),
  agents: opt(z.array(z.object({ worker: workerId, session: opt(sessionId), name: text }))),
});

/** A guard of a planned worker: a block that is active from the plan on. `until` defaults to the worker's own end. */
export const guard = z.object({
  event: opt(hookEvent),
  tool: opt(text),
  path: opt(text),
  command: opt(text),
  agent: opt(text),
  until: opt(conditions),
  reason: opt(text),
});

/** One worker of a plan, as the log has it; plan.json has the command. */
export const plannedWorker = z.object({
  worker: workerId,
  task: opt(text),
  after: opt(z.array(shortName)),
  guard: opt(z.array(guard)),
  critical: opt(z.boolean()),
  kind: opt(text),
  parent: opt(workerId),
  machine: opt(machineName),
});

/** The fields of a ballot, whether an event or a plan opens it. */
export const ballotFields = {
  ballot: shortName,
  question: opt(text),
  voters: opt(z.array(workerId)),
  quorum: opt(count),
  rule: opt(z.union([z.enum(['majority', 'unanimous']), z.number().check(z.minimum(0), z.maximum(1))])),
  options: opt(z.array(shortName)),
  deadlineMs: opt(ms),
};

/** A ballot that a plan opens among its workers. */
export const plannedBallot = z.object(ballotFields);

export type Match = z.output<typeof match>;
export type UncommittedFile = z.output<typeof uncommittedFile>;
export type StashEntry = z.output<typeof stashEntry>;
export type MergeSide = z.output<typeof mergeSide>;
export type Guard = z.output<typeof guard>;
export type PlannedBallot = z.output<typeof plannedBallot>;
export type PlannedWorker = z.output<typeof plannedWorker>;
