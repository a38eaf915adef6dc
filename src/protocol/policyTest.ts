import * as z from 'zod/mini';
import { conditions, match, shortName } from './parts.ts';

const opt = z.optional;
const text = z.string().check(z.minLength(1));
/** As in a rules file. */
const duration = z.string().check(z.regex(/^\d+(\.\d+)?(ms|s|m|min|h|d)$/));

/** A block that is tried: what it concerns, where, and how it ends. */
const testBlock = z.strictObject({
  ...match._zod.def.shape,
  event: opt(z.enum(['PreToolUse', 'Stop', 'SubagentStop'])),
  reason: opt(z.string()),
  until: opt(conditions),
  ttl: opt(duration),
});

/** Recorded calls: those that fit, or the one of that id. */
const expectedCalls = z.strictObject({ ...match._zod.def.shape, call: opt(text) });

/** `fermata rules test FILE`: a recorded session, a policy, and what that has to hold in it and must not. */
export const policyTest = z.strictObject({
  version: z.literal(1),
  session: text,
  rules: opt(text),
  blocks: opt(z.array(testBlock)),
  locks: opt(z.array(shortName)),
  git: opt(z.literal('hold')),
  hold: opt(duration),
  workersTake: opt(duration),
  held: opt(z.array(expectedCalls)),
  free: opt(z.array(expectedCalls)),
});

export type PolicyTest = z.output<typeof policyTest>;
export type ExpectedCalls = z.output<typeof expectedCalls>;
