/** How fast a session and its agents spend, as a sentence for a detail: the rate, and the time to the nearest limit. */
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import { limitOf, type UsedWindow } from '#core/fold/limitConditions.ts';
import { rateOf } from '#core/fold/rate.ts';
import { samplesOf, samplesOfWorker } from '#core/fold/spent.ts';
import { shortAmount } from '#protocol/budgetSum.ts';
import { formatEstimate } from '#protocol/duration.ts';
import type { Sample, SessionState, Worker } from '#protocol/state.ts';
import type { ViewTexts } from '#protocol/viewTexts.ts';
import { timeToBudget } from './standingBudgets.ts';

interface At {
  now: number;
  texts: ViewTexts;
}

/** @param read the samples of its transcript, where that is followed: they are newer than those of the log */
export function spendingOfWorker(
  state: SessionState,
  worker: Worker,
  read: Sample[] | undefined,
  { now, texts }: At,
): string | undefined {
  const recent = read ?? worker.recent;
  // most of a thousand workers have spent nothing that is known
  if (recent === undefined && state.blocks.size === 0) return undefined;
  const samples = samplesOfWorker({ ...worker, ...(recent === undefined ? {} : { recent }) });
  return describe(rateOf([samples], now), timeToBudget(state, { kind: 'agent', id: worker.id }, now), texts);
}

/** That of Claude with all its agents. */
export function spendingOfSession(
  state: SessionState,
  transcript: TranscriptSet | undefined,
  { now, texts }: At,
): string | undefined {
  const series =
    transcript === undefined ? samplesOf(state, { kind: 'session' }, 'tokens') : samplesRead(state, transcript);
  const times = [timeToBudget(state, { kind: 'session' }, now), ...timesToWindows(state, now)];
  const left = times.filter((each) => each !== undefined);
  return describe(rateOf(series, now), left.length === 0 ? undefined : Math.min(...left), texts);
}

/** Those of transcripts, and of workers that report what they spend themselves. */
function samplesRead({ workers }: SessionState, { main, agents }: TranscriptSet): Sample[][] {
  const read = Array.from(agents, ([id, { state }]) =>
    samplesOfWorker({ ...workers.get(id), ...(state.recent === undefined ? {} : { recent: state.recent }) }),
  );
  const others = [...workers.values()].filter(({ id, recent }) => recent !== undefined && !agents.has(id));
  return [main.recent ?? [], ...read, ...others.map(samplesOfWorker)];
}

const WINDOWS: readonly UsedWindow['window'][] = ['five_hour', 'seven_day'];

/** When the subscription's windows are used as far as a limit sets, or all of them; none that begins anew before that. */
function timesToWindows({ conductor, blocks }: SessionState, now: number): number[] {
  const set = [...blocks.values()]
    .filter(({ ended }) => ended === undefined)
    .flatMap(({ until }) => until.flatMap(({ text }) => limitOf(text) ?? []));
  return WINDOWS.flatMap((window) => {
    const known = conductor.usage?.limits?.find(({ kind }) => kind === window);
    const perMs = rateOf([conductor.recent?.[window] ?? []], now);
    if (known === undefined || perMs === undefined) return [];
    const limits = set.flatMap((limit) => (limit.kind === 'reset' && limit.window === window ? [limit.pct] : []));
    const left = (Math.min(100, ...limits) - known.pct) / perMs;
    return left <= 0 || now + left > (known.resetsTs ?? Infinity) ? [] : [left];
  });
}

function describe(
  perMs: number | undefined,
  leftMs: number | undefined,
  { spending, duration }: ViewTexts,
): string | undefined {
  const left = leftMs === undefined ? undefined : formatEstimate(leftMs, duration);
  if (perMs === undefined) return left && spending.left(left);
  const rate = spending.rate(shortAmount({ unit: 'tokens', amount: perMs * 60_000 }));
  return left === undefined ? rate : spending.both(rate, left);
}
