import * as z from 'zod/mini';
import { SPEEDS } from './replay.ts';
import { blockId, runId, sessionId, shortName, workerId } from './parts.ts';

const session = sessionId;
const comment = z.optional(z.string().check(z.maxLength(4096)));

const intent = z.discriminatedUnion('action', [
  z.object({ action: z.literal('release'), session, block: blockId, word: comment }),
  z.object({ action: z.literal('releaseAll'), session }),
  z.object({ action: z.literal('abortWorker'), session, worker: workerId }),
  z.object({ action: z.literal('abortSession'), session }),
  z.object({ action: z.enum(['pause', 'resume']), session }),
  z.object({
    action: z.literal('sendMessage'),
    session,
    worker: workerId,
    word: z.string().check(z.minLength(1), z.maxLength(4096)),
  }),
  z.object({ action: z.literal('openWorkerLog'), session, worker: workerId }),
  z.object({ action: z.literal('openOutput'), session, worker: workerId }),
  z.object({ action: z.literal('openEvents'), session, pos: z.optional(z.int().check(z.nonnegative())) }),
  z.object({ action: z.literal('openTimeline'), session }),
  z.object({ action: z.literal('switchSession'), session }),
  z.object({ action: z.literal('replay'), session, event: z.optional(z.int().check(z.nonnegative())) }),
  z.object({ action: z.literal('replayJump'), session, to: z.enum(['previous', 'next']) }),
  z.object({ action: z.literal('replayPlay'), session, speed: z.optional(z.enum(SPEEDS)) }),
  z.object({ action: z.literal('backToNow') }),
  z.object({ action: z.literal('breakLock'), session, resource: shortName }),
  z.object({
    action: z.literal('answerPermission'),
    session,
    ask: shortName,
    decision: z.enum(['allow', 'deny']),
    word: comment,
  }),
  z.object({ action: z.literal('castVote'), session, ballot: shortName, decision: shortName }),
  z.object({ action: z.literal('dismiss'), session, notice: z.int().check(z.minimum(0)) }),
  z.object({ action: z.literal('diagnose') }),
  z.object({ action: z.literal('installHooks'), scope: z.optional(z.enum(['user', 'local'])) }),
  z.object({ action: z.literal('playDemo') }),
  z.object({ action: z.literal('newSession') }),
  z.object({ action: z.literal('focusTerminal'), session }),
  z.object({ action: z.literal('manageTrust') }),
  z.object({ action: z.enum(['startPlan', 'refusePlan']), session, run: runId }),
  z.object({ action: z.literal('approveRules') }),
  z.object({ action: z.literal('openRules') }),
  z.object({ action: z.literal('openSettings') }),
  z.object({ action: z.literal('showLog') }),
]);

/** A message from the panel. */
export const fromPanel = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({ type: z.literal('run'), intent }),
  z.object({ type: z.literal('older'), session, before: z.int().check(z.nonnegative()) }),
  z.object({ type: z.literal('fault'), message: z.string().check(z.maxLength(4096)) }),
]);

/** A message from a timeline. */
export const fromTimeline = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready') }),
  z.object({
    type: z.literal('openLine'),
    pos: z.int().check(z.nonnegative()),
    stay: z.optional(z.boolean()),
  }),
  z.object({ type: z.literal('replay'), pos: z.int().check(z.nonnegative()) }),
  z.object({ type: z.literal('fault'), message: z.string().check(z.maxLength(4096)) }),
]);
