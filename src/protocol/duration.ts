const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The longest duration, in milliseconds: three centuries, so that a sum with a time stays a time. */
export const MAX_MS = 1e13;

const UNITS: Record<string, number> = { ms: 1, '': SECOND, s: SECOND, m: MINUTE, min: MINUTE, h: HOUR, d: DAY };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|d)?$/;

/** A duration as people write it (`30s`, `5m`, `1h`, `500ms`, or a number of seconds) in milliseconds; undefined if it is none. A longer one than there is counts as the longest. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text);
  const unit = UNITS[match?.[2] ?? ''];
  return match === null || unit === undefined ? undefined : Math.min(MAX_MS, Math.round(Number(match[1]) * unit));
}

/** How a duration reads in one language: a number of each unit, of the two largest that it has. */
export interface DurationTexts {
  seconds: (seconds: number) => string;
  minutes: (minutes: number) => string;
  hours: (hours: number, minutes: number) => string;
  days: (days: number, hours: number) => string;
}

/** For Claude, logs and reports: `30 s`, `4 min`, `1 h 20 min`, `2 d 3 h`. */
const ENGLISH: DurationTexts = {
  seconds: (s) => `${s} s`,
  minutes: (m) => `${m} min`,
  hours: (h, m) => (m === 0 ? `${h} h` : `${h} h ${m} min`),
  days: (d, h) => (h === 0 ? `${d} d` : `${d} d ${h} h`),
};

/** A duration in milliseconds as text: of a time that has passed, rounded down. */
export const formatDuration = (ms: number, texts?: DurationTexts): string => format(ms, Math.floor, texts);

/** The text of a remaining time: rounded up, so that it is never shorter than the time. */
export const formatRemaining = (ms: number, texts?: DurationTexts): string => format(ms, Math.ceil, texts);

/** Of an estimate: rounded to the nearest. */
export const formatEstimate = (ms: number, texts?: DurationTexts): string => format(ms, Math.round, texts);

/** As short as it stays useful: seconds matter only in the first 90. */
function format(ms: number, round: (n: number) => number, texts = ENGLISH): string {
  if (ms < 90 * SECOND) return texts.seconds(Math.max(0, round(ms / SECOND)));
  const minutes = round(ms / MINUTE);
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return texts.minutes(minutes);
  if (hours < 24) return texts.hours(hours, minutes % 60);
  return texts.days(Math.floor(hours / 24), hours % 24);
}
