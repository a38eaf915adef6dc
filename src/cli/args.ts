import { isDeep, MAX_DEPTH } from '#core/log/lineReader.ts';
import { isShortName } from '#protocol/ids.ts';
import { usage } from './exit.ts';
import type { Call } from './verb.ts';

/** The arguments, exactly as many as there are names for (those in brackets may be missing). Throws a usage failure. */
export function args({ args: positionals }: Call, ...names: string[]): (string | undefined)[] {
  const minimum = names.filter((name) => !name.startsWith('[')).length;
  if (positionals.length < minimum) throw usage(`${names[positionals.length] ?? 'an argument'} is missing`);
  if (positionals.length > names.length)
    throw usage(`too many arguments: "${positionals[names.length] ?? ''}" (quote a text of several words)`);
  return names.map((_, i) => positionals[i]);
}

/** The only argument. */
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

/** JSON given as an option's value. */
export function jsonOption({ text }: Call, option: string): unknown {
  const value = text(option);
  return value === undefined ? undefined : parseJson(value, `--${option}`, MAX_DEPTH - EVENT_DEPTH);
}

/** How deep an option's value may lie inside the event that it becomes a part of. */
const EVENT_DEPTH = 4;

/** JSON of the caller's. Throws a usage failure for what is none, or is nested deeper than readers of the log take. */
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

/** Only those fields that have a value. */
export function definedFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
