import { parseDuration } from '#protocol/duration.ts';
import { truncate } from '#core/base/text.ts';
import { isDeep, MAX_DEPTH } from '#core/base/depth.ts';
import { isShortName } from '#protocol/ids.ts';
import { usage } from './exit.ts';
import type { Call, Verb } from './verb.ts';

/** The positional arguments of a call. Throws a usage failure for a number of them that the verb does not take. */
export function positionals({ args: names = [] }: Verb, { args }: Call): string[] {
  if (names === 'any') return args;
  const minimum = names.filter((name) => !name.startsWith('[')).length;
  if (args.length < minimum) throw usage(`${names[args.length] ?? 'an argument'} is missing`);
  if (args.length > names.length)
    throw usage(`too many arguments: "${args[names.length] ?? ''}" (quote a text of several words)`);
  return args;
}

/** Checks the name of a resource, ballot or checkpoint. */
export function checkedName(value: string, name: string): string {
  if (!isShortName(value)) throw usage(`${name} must be one line of at most 1024 characters`);
  return value;
}

/** The value of an option that is such a name. */
export function nameOption({ text }: Call, option: string): string | undefined {
  const value = text(option);
  return value === undefined ? undefined : checkedName(value, `--${option}`);
}

/** Whether a text is a duration: `30s`, `5m`, `1h`, `500ms`, or a number of seconds. */
export const isDuration = (text: string): boolean => parseDuration(text) !== undefined;

/** The value of an option that is a duration, in milliseconds. */
export function durationOption({ text }: Call, option: string): number | undefined {
  const value = text(option);
  return value === undefined ? undefined : assertDuration(option, value);
}

/** The milliseconds of an option's value. Throws a usage failure if that is no duration. */
export function assertDuration(option: string, value: string): number {
  const ms = parseDuration(value);
  if (ms === undefined) throw usage(`--${option} needs a duration such as 30s, 5m, 1h or 500ms, not "${value}"`);
  return ms;
}

/** An option's value parsed as JSON; undefined without the option. */
export function jsonOption({ text }: Call, option: string): unknown {
  const value = text(option);
  return value === undefined ? undefined : parseJson(value, `--${option}`, MAX_DEPTH - EVENT_DEPTH);
}

/** The depth at which an option's value is put into an event. */
const EVENT_DEPTH = 4;

/** Parses JSON of the caller. Throws a usage failure for invalid JSON and for a nesting that readers of the log skip. */
export function parseJson(text: string, what: string, maxDepth = MAX_DEPTH): unknown {
  if (isDeep(text, maxDepth))
    throw usage(`${what} is nested more than ${maxDepth} deep; readers of the log would skip it`);
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch {
    throw usage(`${what} is not valid JSON: ${truncate(text, 80)}`);
  }
}
