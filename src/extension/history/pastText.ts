import { env, l10n } from 'vscode';
import { formatDuration } from '#protocol/duration.ts';
import type { SessionOutcome, PastSession } from '#protocol/fileFormats.ts';
import { plural } from '#extension/base/plural.ts';

export const OUTCOME_ICONS: Record<SessionOutcome, string> = {
  ended: 'pass',
  failed: 'error',
  aborted: 'stop-circle',
  interrupted: 'debug-disconnect',
};

/** How a session ended: `a worker failed`. */
function describeOutcome(outcome: SessionOutcome): string {
  const labels: Record<SessionOutcome, string> = {
    ended: l10n.t('ended'),
    failed: l10n.t('a worker failed'),
    aborted: l10n.t('aborted'),
    interrupted: l10n.t('interrupted'),
  };
  return labels[outcome];
}

/** A session in one line: `ended · 12 min · 3 workers · 1.2M tokens`. */
export const describePast = (past: PastSession): string =>
  [describeOutcome(past.outcome), describeEffort(past)].join(' · ');

/** What a session took: `12 min · 3 workers · 1.2M tokens`. */
function describeEffort({ startedTs, endedTs, workers, tokens }: PastSession): string {
  return [
    formatDuration(endedTs - startedTs),
    workers === 0 ? '' : plural(l10n.t('{0, plural, one {# worker} other {# workers}}'), workers),
    tokens === undefined ? '' : l10n.t('{0} tokens', formatCompact(tokens.input + tokens.output)),
  ]
    .filter(Boolean)
    .join(' · ');
}

/** All that is known of a session, a line each. */
export function pastDetails(past: PastSession): string[] {
  const { startedTs, endedTs, failed, tokens, events } = past;
  return [
    describePast(past),
    l10n.t('{0} to {1}', formatDateTime(startedTs), formatDateTime(endedTs)),
    failed === 0 ? '' : plural(l10n.t('{0, plural, one {# worker failed} other {# workers failed}}'), failed),
    tokens === undefined
      ? ''
      : l10n.t('{0} tokens read, {1} written', formatCompact(tokens.input), formatCompact(tokens.output)),
    plural(l10n.t('{0, plural, one {# event} other {# events}}'), events),
  ].filter(Boolean);
}

/** `14:05` in the editor's language. */
export const timeOfDay = (ts: number): string =>
  new Date(ts).toLocaleTimeString(env.language, { hour: '2-digit', minute: '2-digit' });

/** A day as people name it, relative to `now`: `Today`, `Yesterday`, `Sun, Nov 22`. */
export function formatDay(ts: number, now: number): string {
  const day = startOfDay(ts);
  if (day === startOfDay(now)) return l10n.t('Today');
  // not 24 hours back: days in which the clock changes are shorter or longer
  if (day === startOfDay(startOfDay(now) - 1)) return l10n.t('Yesterday');
  const sameYear = new Date(ts).getFullYear() === new Date(now).getFullYear();
  return new Date(ts).toLocaleDateString(env.language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    year: sameYear ? undefined : 'numeric',
  });
}

/** `1.2 MB` */
export function formatSize(bytes: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'];
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unitDisplay = power === 0 ? 'long' : 'short';
  const style = { style: 'unit', unit: units[power] ?? 'byte', unitDisplay, maximumFractionDigits: 1 } as const;
  return new Intl.NumberFormat(env.language, style).format(bytes / 1000 ** power);
}

const formatDateTime = (ts: number): string =>
  new Date(ts).toLocaleString(env.language, { dateStyle: 'medium', timeStyle: 'short' });

const formatCompact = (n: number): string => new Intl.NumberFormat(env.language, { notation: 'compact' }).format(n);

const startOfDay = (ts: number): number => new Date(ts).setHours(0, 0, 0, 0);
