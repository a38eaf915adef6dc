import { language } from '#webview/host/strings.ts';
import type { Range } from './viewport.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Distances between ticks that people count in, ms. */
const STEPS = [
  [1, 2, 5, 10, 20, 50, 100, 200, 500],
  [1, 2, 5, 10, 15, 30].map((n) => n * SECOND),
  [1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  [1, 2, 3, 6, 12].map((n) => n * HOUR),
  [1, 2, 7, 14, 28, 91, 182, 364].map((n) => n * DAY),
].flat();

export interface Tick {
  ts: number;
  /** The time of day, or the day where one begins. */
  text: string;
}

/** Round times in a range, in the time zone and language of the person; their distance is at least 1/`maxTicks` of the range. */
export function ticks({ from, to }: Range, maxTicks: number): Tick[] {
  const step = STEPS.find((each) => (to - from) / each <= maxTicks) ?? 364 * DAY;
  // round in local time, not in UTC
  const shift = new Date(from).getTimezoneOffset() * MINUTE;
  const first = Math.ceil((from - shift) / step) * step + shift;
  const result: Tick[] = [];
  for (let ts = first; ts <= to && result.length <= maxTicks; ts += step) result.push({ ts, text: tickText(ts, step) });
  return result;
}

function tickText(ts: number, step: number): string {
  const time = new Date(ts);
  const midnight = time.getHours() === 0 && time.getMinutes() === 0 && time.getSeconds() === 0;
  if (step >= DAY || (midnight && step >= MINUTE)) return format({ month: 'short', day: 'numeric' }).format(time);
  return timeText(ts, step < MINUTE ? (step < SECOND ? 'ms' : 's') : 'min');
}

/** Formats the time of day. */
export function timeText(ts: number, precision: 'min' | 's' | 'ms' = 's'): string {
  return format({
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    second: precision === 'min' ? undefined : '2-digit',
    fractionalSecondDigits: precision === 'ms' ? 3 : undefined,
  }).format(new Date(ts));
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Caches formatters: making one takes a hundred times as long as using it. */
function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  let cached = formats.get(key);
  if (cached === undefined) formats.set(key, (cached = new Intl.DateTimeFormat(language, options)));
  return cached;
}
