import * as duration from '#protocol/duration.ts';
import { language, strings } from '#webview/host/strings.ts';

/** A duration in milliseconds in the editor's language, rounded down. */
export const formatDuration = (ms: number): string => duration.formatDuration(ms, strings);

/** A time that is left, in milliseconds, rounded up. */
export const formatRemaining = (ms: number): string => duration.formatRemaining(ms, strings);

const TIME = { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false } as const;
const DAY_AND_TIME = { weekday: 'short', day: 'numeric', month: 'short', ...TIME } as const;

/** Time of day; the date adds nothing in a list that starts with now. */
export const formatTimeOfDay = (ts: number): string => new Date(ts).toLocaleTimeString(language, TIME);

/** Day and time of day, for a moment that may be long ago. */
export const formatDateTime = (ts: number): string => new Date(ts).toLocaleString(language, DAY_AND_TIME);
