import type { EventOf } from '#protocol/event.ts';
import type { SessionCost, SessionState, TokensSpent } from '#protocol/state.ts';
import type { UsageView } from '#protocol/viewModel.ts';
import { WINDOWS, type UsedWindow } from './limitConditions.ts';
import { withSample } from './rate.ts';
import { assignDefined, type EventPosition } from './state.ts';
import { markAlive } from './workers.ts';

/** More windows of time with a limit than a subscription has. */
const MAX_LIMITS = 10;

/** The tokens of a worker; without one, what Claude Code knows of its own session. */
export function onUsage(state: SessionState, event: EventOf<'usage'>, at: EventPosition): void {
  if (event.worker === undefined) return onSessionUsage(state, event, at);
  const worker = markAlive(state, event.worker, at);
  if (worker === undefined) return;
  worker.tokens = tokensOf(event, worker.tokens, at);
  worker.recent = withSample(worker.recent, at.ts, worker.tokens.input + worker.tokens.output);
}

const tokensOf = (
  { inputTokens, outputTokens, source }: EventOf<'usage'>,
  known: TokensSpent | undefined,
  { ts }: EventPosition,
): TokensSpent =>
  assignDefined<TokensSpent>(
    { input: inputTokens ?? known?.input ?? 0, output: outputTokens ?? known?.output ?? 0, ts },
    { source },
  );

/** The tokens of Claude itself, where an event has any. */
const sumOf = ({ inputTokens, outputTokens }: EventOf<'usage'>, tokens: TokensSpent | undefined): number | undefined =>
  tokens === undefined || (inputTokens ?? outputTokens) === undefined ? undefined : tokens.input + tokens.output;

const pctOf = ({ limits = [] }: EventOf<'usage'>): Partial<Record<UsedWindow['window'], number>> =>
  Object.fromEntries(limits.flatMap(({ kind, pct }) => (Object.hasOwn(WINDOWS, kind) ? [[kind, pct]] : [])));

function onSessionUsage({ conductor }: SessionState, event: EventOf<'usage'>, at: EventPosition): void {
  const { ts } = at;
  const { contextTokens, contextWindow, costUsd, source, inputTokens, outputTokens } = event;
  if (inputTokens !== undefined || outputTokens !== undefined) conductor.tokens = tokensOf(event, conductor.tokens, at);
  const counts = { tokens: sumOf(event, conductor.tokens), usd: costUsd, ...pctOf(event) };
  for (const [name, amount] of Object.entries(counts) as [keyof typeof counts, number | undefined][])
    if (amount !== undefined)
      conductor.recent = { ...conductor.recent, [name]: withSample(conductor.recent?.[name], ts, amount) };
  if (costUsd !== undefined) conductor.cost = assignDefined<SessionCost>({ usd: costUsd, ts }, { source });
  if ([contextTokens, contextWindow, costUsd, event.limits].every((figure) => figure === undefined)) return;
  const limits = event.limits
    ?.slice(0, MAX_LIMITS)
    .map(({ kind, pct, resetsTs }) =>
      assignDefined<NonNullable<UsageView['limits']>[number]>({ kind, pct }, { resetsTs }),
    );
  if (limits !== undefined) conductor.limitsReport = assignDefined<{ ts: number; source?: string }>({ ts }, { source });
  conductor.usage = assignDefined<UsageView>(
    { ...conductor.usage, ts },
    { contextTokens, contextWindow, costUsd, limits, source },
  );
}
