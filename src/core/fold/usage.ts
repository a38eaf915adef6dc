import type { EventOf } from '#protocol/event.ts';
import type { SessionState } from '#protocol/state.ts';
import type { UsageView } from '#protocol/viewModel.ts';
import { assignDefined, type EventPosition } from './state.ts';
import { markAlive } from './workers.ts';

/** More windows of time with a limit than a subscription has. */
const MAX_LIMITS = 10;

/** The tokens of a worker; without one, what Claude Code knows of its own session. */
export function onUsage(state: SessionState, event: EventOf<'usage'>, at: EventPosition): void {
  if (event.worker === undefined) return onSessionUsage(state, event, at);
  const worker = markAlive(state, event.worker, at);
  if (worker === undefined) return;
  worker.tokens = {
    input: event.inputTokens ?? worker.tokens?.input ?? 0,
    output: event.outputTokens ?? worker.tokens?.output ?? 0,
  };
}

function onSessionUsage({ conductor }: SessionState, event: EventOf<'usage'>, { ts }: EventPosition): void {
  const { contextTokens, contextWindow, costUsd, source } = event;
  const limits = event.limits
    ?.slice(0, MAX_LIMITS)
    .map(({ kind, pct, resetsTs }) =>
      assignDefined<NonNullable<UsageView['limits']>[number]>({ kind, pct }, { resetsTs }),
    );
  conductor.usage = assignDefined<UsageView>(
    { ...conductor.usage, ts },
    { contextTokens, contextWindow, costUsd, limits, source },
  );
}
