import { language, strings } from '#webview/host/strings.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A length of time as short as it stays useful: seconds matter in the first minutes only. */
export function formatDuration(ms: number): string {
  const length = Math.max(0, ms);
  if (length < 90 * SECOND) return strings.seconds(Math.floor(length / SECOND));
  if (length < HOUR) return strings.minutes(Math.floor(length / MINUTE));
  if (length < DAY) return strings.hours(Math.floor(length / HOUR), Math.floor((length % HOUR) / MINUTE));
  return strings.days(Math.floor(length / DAY), Math.floor((length % DAY) / HOUR));
}

/** A time that is left: rounded up, so that it never says less than there is. */
export function formatRemaining(ms: number): string {
  const unit = ms < 90 * SECOND ? SECOND : MINUTE;
  return formatDuration(Math.ceil(ms / unit) * unit);
}

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
