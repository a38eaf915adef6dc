import { usage } from './exit.ts';

const UNITS: Record<string, number> = { ms: 1, '': 1000, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|min|h|d)?$/;

/** Whether a word reads as a duration: `30s`, `5m`, `1h`, `500ms`, or a number of seconds. */
export const isDuration = (word: string): boolean => DURATION.test(word);

/** A duration in milliseconds. Throws a usage failure that names the option. */
export function durationMs(word: string, option: string): number {
  const found = DURATION.exec(word);
  const unit = UNITS[found?.[2] ?? ''];
  if (found === null || unit === undefined)
    throw usage(`--${option} needs a duration such as 30s, 5m, 1h or 500ms, not "${word}"`);
  return Math.round(Number(found[1]) * unit);
}
