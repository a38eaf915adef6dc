/** What was spent, as far as the log has it: each amount with its source and its time. What no source reports is not known. */
import { runOf } from './runs.ts';
import type { BudgetSum } from '#protocol/budgetSum.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Block, Sample, SessionState, TokensSpent, Worker } from '#protocol/state.ts';

/** Whose spending a budget limits. */
export type Spender = { kind: 'agent'; id: string } | { kind: 'run'; run: string } | { kind: 'session' };

export interface Spent {
  amount: number;
  /** Where it is from, in words that follow "from", and when that was so. */
  source: string;
  ts: number;
}

/** Whose spending a block limits where that agent makes a call; undefined where it is none of this agent's. */
export function spenderOf(state: SessionState, { cause, match }: Block, agent: string): Spender | undefined {
  const run = cause.kind === 'guard' ? cause.run : match?.run;
  if (run !== undefined && (cause.kind === 'guard' || match?.agent === undefined))
    return runOf(state, agent) === run ? { kind: 'run', run } : undefined;
  return match?.agent === undefined ? { kind: 'session' } : { kind: 'agent', id: agent };
}

/** Undefined where it is not known. */
export function spentBy(
  state: SessionState,
  spender: Spender,
  unit: BudgetSum['unit'],
  now: number,
): Spent | undefined {
  if (unit === 'ms') return timeOf(state, spender, now);
  if (unit === 'usd') return spender.kind === 'session' ? costOf(state) : undefined;
  return tokensOf(state, spender);
}

function timeOf({ workers, runs, session }: SessionState, spender: Spender, now: number): Spent | undefined {
  const worker = spender.kind === 'agent' ? workers.get(spender.id) : undefined;
  const isWorker = spender.kind === 'agent' && spender.id !== CONDUCTOR;
  const startedTs =
    spender.kind === 'run' ? runs.get(spender.run)?.ts : isWorker ? worker?.startedTs : session.startedTs;
  return startedTs === undefined
    ? undefined
    : { amount: Math.max(0, now - startedTs), source: 'the session’s log', ts: now };
}

function costOf({ conductor: { cost } }: SessionState): Spent | undefined {
  return cost && { amount: cost.usd, source: cost.source ?? 'a report', ts: cost.ts };
}

function tokensOf({ conductor, workers, runs }: SessionState, spender: Spender): Spent | undefined {
  if (spender.kind === 'agent')
    return asSpent([spender.id === CONDUCTOR ? conductor.tokens : workers.get(spender.id)?.tokens], 'its');
  const ids = spender.kind === 'run' ? (runs.get(spender.run)?.workers ?? []) : [...workers.keys()];
  const own = spender.kind === 'session' ? [conductor.tokens] : [];
  return asSpent([...own, ...ids.map((id) => workers.get(id)?.tokens)], 'the');
}

/** Several counts together; their time is that of the latest. */
function asSpent(counts: readonly (TokensSpent | undefined)[], whose: string): Spent | undefined {
  const known = counts.filter((count) => count !== undefined);
  if (known.length === 0) return undefined;
  const isRead = known.every(({ source }) => source === TRANSCRIPT);
  const reports = [
    ...new Set(known.map(({ source }) => (source === TRANSCRIPT ? 'transcripts' : (source ?? 'reports')))),
  ];
  const source = !isRead ? reports.join(' and ') : `${whose} transcript${whose === 'its' ? '' : 's'}`;
  const amount = known.reduce((sum, { input, output }) => sum + input + output, 0);
  return { amount, source, ts: Math.max(...known.map(({ ts = 0 }) => ts)) };
}

/** How what a spender has spent came together over the last minutes: the samples of each of its agents. */
export function samplesOf(
  { conductor, workers, runs }: SessionState,
  spender: Spender,
  unit: 'tokens' | 'usd',
): Sample[][] {
  if (unit === 'usd') return spender.kind === 'session' ? [conductor.recent?.usd ?? []] : [];
  const own = conductor.recent?.tokens ?? [];
  if (spender.kind === 'agent') return [spender.id === CONDUCTOR ? own : samplesOfWorker(workers.get(spender.id))];
  const all = spender.kind === 'run' ? (runs.get(spender.run)?.workers ?? []) : [...workers.keys()];
  const series = all.map((id) => samplesOfWorker(workers.get(id)));
  return spender.kind === 'session' ? [own, ...series] : series;
}

/** An agent begins with nothing; a Claude may go on with an older transcript. */
export function samplesOfWorker({ recent, startedTs }: Pick<Worker, 'recent' | 'startedTs'> = {}): Sample[] {
  const [first] = recent ?? [];
  if (recent === undefined || first === undefined) return [];
  return startedTs !== undefined && startedTs < first[0] ? [[startedTs, 0], ...recent] : recent;
}

/** The source of what is read in Claude Code's transcripts. */
export const TRANSCRIPT = 'transcript';
