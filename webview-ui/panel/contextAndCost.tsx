import type { JSX } from 'preact';
import type { PeekView } from '#protocol/peek.ts';
import type { UsageView } from '#protocol/viewModel.ts';
import { shortText } from '#webview/components/plainText.ts';
import { language, strings } from '#webview/host/strings.ts';
import { formatCompact } from './transcript.tsx';

/** What fills the model's context, and what the session has cost, as far as Claude Code has written it. */
export function ContextAndCost({
  contextTokens,
  costUsd,
  usage,
}: Pick<PeekView, 'contextTokens' | 'costUsd' | 'usage'>): JSX.Element | null {
  if (usage !== undefined) return <Usage usage={usage} />;
  if (contextTokens === undefined && costUsd === undefined) return null;
  return (
    <div class="dim">
      {contextTokens !== undefined && (
        <span title={strings.peek.contextTitle}>{strings.peek.context(formatCompact(contextTokens))}</span>
      )}
      {contextTokens !== undefined && costUsd !== undefined && ' · '}
      {costUsd !== undefined && <span title={strings.peek.costTitle}>{strings.peek.cost(inDollars(costUsd))}</span>}
    </div>
  );
}

/** What Claude Code itself counts; who says so and when, for the pointer. */
function Usage({ usage }: { usage: UsageView }): JSX.Element {
  const { ts, source, costUsd, limits = [] } = usage;
  const parts = [contextText(usage), costUsd && strings.peek.costSoFar(inDollars(costUsd)), ...limits.map(limitText)];
  const title = source && strings.peek.countedBy(shortText(source, 40), formatTime(ts));
  return (
    <div class="dim" data-usage title={title}>
      {parts.filter(Boolean).join(' · ')}
    </div>
  );
}

function contextText({ contextTokens, contextWindow }: UsageView): string | undefined {
  if (contextTokens === undefined) return undefined;
  if (!contextWindow) return strings.peek.context(formatCompact(contextTokens));
  const pct = Math.round((100 * contextTokens) / contextWindow);
  return strings.peek.contextOf(String(pct), formatCompact(contextWindow));
}

function limitText({ kind, pct, resetsTs }: NonNullable<UsageView['limits']>[number]): string {
  const { limits, limit, limitUntil } = strings.peek;
  const name = kind === 'five_hour' || kind === 'seven_day' ? limits[kind] : kind;
  const used = String(Math.round(pct));
  return resetsTs === undefined ? limit(name, used) : limitUntil(name, used, formatTime(resetsTs));
}

const formatTime = (ts: number): string =>
  new Date(ts).toLocaleString(language, { weekday: 'short', hour: '2-digit', minute: '2-digit' });

const inDollars = (usd: number): string =>
  new Intl.NumberFormat(language, { style: 'currency', currency: 'USD' }).format(usd);
