import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { compileValidator } from '#protocol/compileValidator.ts';
import { parseDuration } from '#protocol/duration.ts';
import type { ExpectedCalls, PolicyTest } from '#protocol/policyTest.ts';
import { policyTestSchema } from '#protocol/schemas.ts';
import type { SessionState } from '#protocol/state.ts';
import { decodeText } from '#core/base/encoding.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';
import { isRecord } from '#core/base/json.ts';
import { parseJsonc } from '#core/base/jsonc.ts';
import { isBlockCondition } from '#core/fold/conditions.ts';
import { readRulesAt } from '#core/plans/rules/rulesFile.ts';
import { problemLines } from '#core/plans/rules/rules.ts';
import { shapeError } from '#core/plans/rules/shapeErrors.ts';
import type { CallContext } from '#core/policy/activeBlocks.ts';
import { fitsAgent } from '#core/policy/match/agent.ts';
import { matches } from '#core/policy/match/match.ts';
import type { TriedBlock, TriedPolicy } from './policy.ts';
import { recordedAt, trySession, type RecordedSession, type BacktestContext } from './sessionTrial.ts';

const isPolicyTest = compileValidator(policyTestSchema);

/** A file that is no policy test, or names something that cannot be read; the message is a sentence about it. */
export class PolicyTestError extends Error {}

/** What a policy test has shown. */
export interface PolicyTestResult {
  /** Each call or kind of call that was expected to be held, or to be free, and was not: sentences. */
  failures: string[];
  /** The calls that were judged, and those of them that would have been held. */
  judged: number;
  held: number;
}

/** What is named in a file by its path or id. */
interface Places extends BacktestContext {
  /** `fermata.hold.seconds` where the file names no time. */
  holdSeconds: number;
  /** The session of an id. */
  sessionOf: (id: string) => RecordedSession | undefined;
}

/** Runs the policy test in a file. Throws PolicyTestError. */
export function runPolicyTest(file: string, places: Places): PolicyTestResult {
  const test = readPolicyTest(file);
  const session = sessionOf(test, file, places);
  const expectations = [
    ...(test.held ?? []).map((calls) => ({ calls, isHeld: true, fitting: 0, wrong: 0 })),
    ...(test.free ?? []).map((calls) => ({ calls, isHeld: false, fitting: 0, wrong: 0 })),
  ];
  const result = trySession(session, policyOf(test, file, places.holdSeconds), {
    ...places,
    onJudged: (state, context, { call }, isHeld) => {
      for (const each of expectations) {
        if (!fits(each.calls, state, context, call)) continue;
        each.fitting++;
        if (isHeld !== each.isHeld) each.wrong++;
      }
    },
  });
  if ('skipped' in result) throw new PolicyTestError(`the session cannot be judged: ${result.skipped}`);
  const failures = expectations.flatMap(({ calls, isHeld, fitting, wrong }) => {
    const what = JSON.stringify(calls);
    // a test of calls that were never made would hold whatever the policy is
    if (fitting === 0) return [`no recorded call fits ${what}`];
    if (wrong === 0) return [];
    return [
      isHeld
        ? `${wrong} of ${fitting} calls of ${what} were not held`
        : `${wrong} of ${fitting} calls of ${what} were held`,
    ];
  });
  return { failures, judged: result.result.judged, held: result.result.held.length + result.result.more };
}

function readPolicyTest(file: string): PolicyTest {
  let text: string | undefined;
  try {
    text = decodeText(readLinkedBytes(file));
  } catch (error) {
    throw new PolicyTestError(`it cannot be read: ${(error as Error).message}`, { cause: error });
  }
  const parsed = parseJsonc(text ?? '');
  if (!parsed.ok) {
    const { message, line, column } = parsed.problem;
    throw new PolicyTestError(`${message} (line ${line}, column ${column})`);
  }
  if (isPolicyTest(parsed.value)) return checked(parsed.value as PolicyTest);
  if (!isRecord(parsed.value)) throw new PolicyTestError('it must be an object with "version": 1 and "session"');
  throw new PolicyTestError(shapeError(policyTestSchema, parsed.value).message);
}

function checked(test: PolicyTest): PolicyTest {
  const wrong = (test.blocks ?? []).flatMap(conditionsOf).find((condition) => !isBlockCondition(condition));
  if (wrong !== undefined) throw new PolicyTestError(`"${wrong}" is no condition`);
  if ((test.held ?? []).length + (test.free ?? []).length === 0)
    throw new PolicyTestError('it expects nothing: name calls in "held" or "free"');
  return test;
}

const conditionsOf = ({ until = [] }: { until?: string | string[] | undefined }): string[] =>
  typeof until === 'string' ? [until] : until;

function sessionOf({ session }: PolicyTest, file: string, { sessionOf: find }: Places): RecordedSession {
  const path = resolve(dirname(file), session);
  const found = existsSync(path) ? recordedAt(path) : find(session);
  if (found === undefined) throw new PolicyTestError(`there is no recorded session ${session}`);
  return found;
}

function policyOf(test: PolicyTest, file: string, holdSeconds: number): TriedPolicy {
  const { rules, blocks = [], locks = [], git, hold, workersTake } = test;
  const isNothing = rules === undefined && blocks.length === 0 && locks.length === 0 && git === undefined;
  return {
    blocks: blocks.map(triedBlock),
    locks,
    rules: rules === undefined ? [] : rulesOf(resolve(dirname(file), rules)),
    git: git === 'hold',
    recorded: isNothing,
    holdSeconds: hold === undefined ? holdSeconds : (parseDuration(hold) ?? 0) / 1000,
    workersTakeMs: workersTake === undefined ? undefined : parseDuration(workersTake),
  };
}

function triedBlock({
  event = 'PreToolUse',
  reason,
  until,
  ttl,
  ...match
}: NonNullable<PolicyTest['blocks']>[number]): TriedBlock {
  return {
    event,
    text: reason ?? 'the block that is tried',
    match: Object.keys(match).length === 0 ? undefined : match,
    until: conditionsOf({ until }),
    ttlMs: ttl === undefined ? undefined : parseDuration(ttl),
  };
}

function rulesOf(path: string): TriedPolicy['rules'] {
  const text = readRulesAt(path);
  if (text === undefined) throw new PolicyTestError(`there is no file ${path}`);
  // a rule that cannot work would hold nothing, and a test of what is free would pass
  if (text.problems.length > 0) throw new PolicyTestError(problemLines(text).join('; '));
  return text.rules;
}

function fits(expected: ExpectedCalls, state: SessionState, context: CallContext, id: string | undefined): boolean {
  const { call, agent, ...match } = expected;
  if (call !== undefined && call !== id) return false;
  if (agent !== undefined && !fitsAgent(agent, state, context)) return false;
  return context.call !== undefined && matches(match, context.call, context.root);
}
