import { parseDuration } from '#protocol/duration.ts';
import { usage } from './exit.ts';

/** Whether a word reads as a duration: `30s`, `5m`, `1h`, `500ms`, or a number of seconds. */
export const isDuration = (text: string): boolean => parseDuration(text) !== undefined;

/** A duration in milliseconds. Throws a usage failure that names the option. */
export function durationMs(text: string, option: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw usage(`--${option} needs a duration such as 30s, 5m, 1h or 500ms, not "${text}"`);
  return ms;
}
