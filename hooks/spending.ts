/** What hooks read of the transcripts where a budget stands, for the log. In programs.cjs: few sessions have a budget. */
import { claimFolder } from '#core/base/files/aside.ts';
import { monotonicMs } from '#core/base/clock.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { asRecord, readJson } from '#core/base/json.ts';
import { sleepSync } from '#core/base/sleep.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { subagentTranscript } from '#core/claude/subagents.ts';
import { readSpent, type SpentSoFar } from '#core/claude/transcript/spentReader.ts';
import { isSubagent } from '#core/fold/kinds.ts';
import { limitOf } from '#core/fold/limitConditions.ts';
import { TRANSCRIPT } from '#core/fold/spent.ts';
import type { NewEvent } from '#core/log/append.ts';
import { parseSum } from '#protocol/budgetSum.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import type { SessionWriter } from './sessionWriter.ts';

/** So many agents are looked at in a call, those that began last. */
const MAX_AGENTS = 50;
/** So long the message of a call is waited for; then what is known counts. */
const [WRITTEN_MS, POLL_MS] = [2000, 5];
/** Where so many messages have no call, the calls of this transcript are not known. */
const MANY_MESSAGES = 8;
/** What has changed by less of the smallest budget is not written, unless it crosses a sum. */
const STEP = 0.01;

/** Writes what was spent since, as far as a budget is about it. */
export function lookAtSpending(ctx: HookContext, session: SessionWriter): void {
  const blocks = [...ctx.state.blocks.values()].filter(({ ended }) => ended === undefined);
  const sums = blocks.flatMap(sumsOf);
  if (sums.length === 0) return;
  const isOfAll = blocks.some((block) => sumsOf(block).length > 0 && block.match?.agent === undefined);
  const found = transcriptsOf(ctx, isOfAll).flatMap(([agent, path]) => {
    const spent = agent === ctx.agent ? readToCall(session.dir, ctx, path) : readKept(session.dir, agent, path);
    return spent === undefined ? [] : [{ agent, spent }];
  });
  const changed = found.filter((each) => isNews(ctx.state, each, sums));
  const isCrossing = sums.some((sum) => total(ctx.state, []) < sum !== total(ctx.state, found) < sum);
  session.tryPublish(...(isCrossing ? found.filter((each) => differs(ctx.state, each)) : changed).map(usageOf));
}

/** The sums of a block for which transcripts are read: all but those of time. */
const sumsOf = ({ until, raised = [] }: Block): number[] => {
  const limits = until.flatMap(({ text }) => limitOf(text) ?? []);
  const own = limits.flatMap((limit) => (limit.kind === 'budget' ? [limit.sum] : []));
  if (own.length === 0) return [];
  const sums = [...own, ...raised.flatMap(({ sum }) => parseSum(sum) ?? [])];
  return sums.flatMap(({ unit, amount }) => (unit === 'tokens' ? [amount] : unit === 'usd' ? [Infinity] : []));
};

/** The transcripts that a call looks at: that of its agent, and where a budget is that of all, those of the others. */
function transcriptsOf(
  { payload, agent, role, state }: HookContext,
  isOfAll: boolean,
): [agent: string, path: string][] {
  const main = payload.transcript_path ?? state.session.transcript;
  if (main === undefined) return [];
  const others = isOfAll ? [...state.workers.values()].filter((worker) => isSubagent(worker)).slice(-MAX_AGENTS) : [];
  const ids = new Set([...(agent === role ? [] : [agent]), ...others.map(({ id }) => id)]);
  const agents = [...ids].flatMap((id): [string, string][] => {
    const path = subagentTranscript(main, id);
    return path === undefined ? [] : [[id, path]];
  });
  return agent === role || isOfAll ? [[role, main], ...agents] : agents;
}

interface Found {
  agent: string;
  spent: SpentSoFar;
}

/**
 * Reads the transcript of the agent that makes a call. Claude Code starts the hooks of a call before it has written the message
 * that makes it: 2 to 80 ms before, and 800 ms on a busy machine (versions 2.1.163, 2.1.197 and 2.1.332). What that message has
 * spent is to count for this call, and not for the one after it.
 */
function readToCall(dir: string, { agent, payload }: HookContext, path: string): SpentSoFar | undefined {
  const { hook_event_name: event, tool_use_id: call } = payload;
  const untilMs = monotonicMs() + WRITTEN_MS;
  for (;;) {
    const spent = readKept(dir, agent, path);
    if (event !== 'PreToolUse' || call === undefined || spent === undefined) return spent;
    const showsNoCalls = spent.calls.length === 0 && spent.messages.length >= MANY_MESSAGES;
    if (showsNoCalls || spent.calls.includes(call) || monotonicMs() >= untilMs) return spent;
    sleepSync(POLL_MS);
  }
}

/** Reads on from where the last hook was, and keeps where that ends. */
function readKept(dir: string, agent: string, path: string): SpentSoFar | undefined {
  const { spent: folder, spentOf } = sessionPaths(dir);
  const known = keptOf(readJson(spentOf(agent)));
  const spent = readSpent(path, known);
  if (spent === undefined || spent === known) return spent;
  try {
    claimFolder(folder);
    writeFileAtomic(spentOf(agent), JSON.stringify(spent), { durable: false, mode: 0o600 });
  } catch {
    // the next hook reads the same again
  }
  return spent;
}

/** What an earlier hook has kept; undefined for anything else. */
function keptOf(value: unknown): SpentSoFar | undefined {
  const { inode, end, input, output, costUsd, messages, calls } = asRecord(value);
  const isCount = (each: unknown): each is number =>
    typeof each === 'number' && Number.isSafeInteger(each) && each >= 0;
  if (![inode, end, input, output].every(isCount) || !Array.isArray(messages)) return undefined;
  const isMessage = (each: unknown): boolean =>
    Array.isArray(each) && typeof each[0] === 'string' && isCount(each[1]) && isCount(each[2]);
  if (!Array.isArray(calls) || !calls.every((call) => typeof call === 'string')) return undefined;
  if (!messages.every(isMessage) || (costUsd !== undefined && typeof costUsd !== 'number')) return undefined;
  return value as SpentSoFar;
}

const knownOf = ({ conductor, workers }: SessionState, agent: string): { input: number; output: number } =>
  (agent === CONDUCTOR ? conductor.tokens : workers.get(agent)?.tokens) ?? { input: 0, output: 0 };

const tokens = ({ input, output }: { input: number; output: number }): number => input + output;

const isCostNews = ({ conductor }: SessionState, { agent, spent: { costUsd } }: Found): boolean =>
  agent === CONDUCTOR && costUsd !== undefined && costUsd > (conductor.cost?.usd ?? -1);

const differs = (state: SessionState, found: Found): boolean =>
  tokens(found.spent) !== tokens(knownOf(state, found.agent)) || isCostNews(state, found);

function isNews(state: SessionState, found: Found, sums: readonly number[]): boolean {
  const [known, now] = [tokens(knownOf(state, found.agent)), tokens(found.spent)];
  if (isCostNews(state, found) || (known === 0 && now > 0)) return true;
  return Math.abs(now - known) >= STEP * Math.min(...sums) || sums.some((sum) => known < sum !== now < sum);
}

/** What all have spent together, with what was found now. */
function total(state: SessionState, found: readonly Found[]): number {
  const now = new Map(found.map(({ agent, spent }) => [agent, tokens(spent)]));
  const ids = new Set([CONDUCTOR, ...state.workers.keys(), ...now.keys()]);
  return [...ids].reduce((sum, id) => sum + (now.get(id) ?? tokens(knownOf(state, id))), 0);
}

const usageOf = ({ agent, spent: { input, output, costUsd } }: Found): NewEvent => {
  const worker = agent === CONDUCTOR ? undefined : agent;
  const cost = worker === undefined ? costUsd : undefined;
  return { t: 'usage', worker, inputTokens: input, outputTokens: output, costUsd: cost, source: TRANSCRIPT };
};
