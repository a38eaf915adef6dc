/** The schemas that several others are made of. */
import * as z from 'zod/mini';
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
export const ms = z.number().check(z.minimum(0), z.maximum(1e13));
export const percent = z.number().check(z.minimum(0), z.maximum(100));
/** How much is used of a window of time for which a subscription has a limit, such as `five_hour`. */
export const usageLimit = z.object({ kind: shortName, pct: z.number().check(z.minimum(0)), resetsTs: opt(z.number()) });
export const count = z.int().check(z.minimum(0), z.maximum(Number.MAX_SAFE_INTEGER));

/** What a block or information applies to: tool names and agents separated by `|` with `*`, globs for the rest. */
export const match = z.object({ tool: opt(text), path: opt(text), command: opt(text), agent: opt(text) });

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
export type Guard = z.output<typeof guard>;
export type PlannedBallot = z.output<typeof plannedBallot>;
export type PlannedWorker = z.output<typeof plannedWorker>;
