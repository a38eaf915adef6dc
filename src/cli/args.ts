import { parseDuration } from '#protocol/duration.ts';
import { isDeep, MAX_DEPTH } from '#core/log/lineReader.ts';
import { isShortName } from '#protocol/ids.ts';
import { usage } from './exit.ts';
import type { Call } from './verb.ts';

/** The positional arguments, one for each name; names in brackets are optional. Throws a usage failure for any other number. */
export function args({ args: positionals }: Call, ...names: string[]): (string | undefined)[] {
  const minimum = names.filter((name) => !name.startsWith('[')).length;
  if (positionals.length < minimum) throw usage(`${names[positionals.length] ?? 'an argument'} is missing`);
  if (positionals.length > names.length)
    throw usage(`too many arguments: "${positionals[names.length] ?? ''}" (quote a text of several words)`);
  return names.map((_, i) => positionals[i]);
}

/** The only positional argument. */
export function arg(call: Call, name: string): string {
  return args(call, name)[0] ?? '';
}

/** An argument that names a resource, ballot or checkpoint. */
export function nameArg(call: Call, name: string): string {
  return checkedName(arg(call, name), name);
}

export function checkedName(value: string, name: string): string {
  if (!isShortName(value)) throw usage(`${name} must be one line of at most 1024 characters`);
  return value;
}

/** Whether a text is a duration: `30s`, `5m`, `1h`, `500ms`, or a number of seconds. */
export const isDuration = (text: string): boolean => parseDuration(text) !== undefined;

/** A duration in milliseconds. Throws a usage failure that names the option. */
export function durationMs(text: string, option: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw usage(`--${option} needs a duration such as 30s, 5m, 1h or 500ms, not "${text}"`);
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
    return JSON.parse(text) as unknown;
  } catch {
    throw usage(`${what} is not valid JSON: ${text.slice(0, 80)}`);
  }
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
