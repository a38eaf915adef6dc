import * as duration from '#protocol/duration.ts';
import { language, strings } from '#webview/host/strings.ts';

/** A duration in milliseconds in the editor's language, rounded down. */
export const formatDuration = (ms: number): string => duration.formatDuration(ms, strings);

/** A time that is left, in milliseconds, rounded up. */
export const formatRemaining = (ms: number): string => duration.formatRemaining(ms, strings);

/** Time of day; the date adds nothing in a list that starts with now. */
export function formatTimeOfDay(ts: number): string {
  return new Date(ts).toLocaleTimeString(language, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
}

/** Day and time of day, for a moment that may be long ago. */
export function formatDateTime(ts: number): string {
  return new Date(ts).toLocaleString(language, {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hour12: false,
  });
}
