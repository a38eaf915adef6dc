import { ellipsize } from '#core/base/text.ts';
import { PERMISSION_MODES } from '#protocol/ids.ts';
import { firstError, unlisted } from '#protocol/compileValidator.ts';
import type { JsonSchema } from '#protocol/jsonSchema.ts';

/** The expected value of each field, after "must be". */
const EXPECTED: Record<string, string> = {
  rules: 'a list of rules',
  version: '1',
  name: 'a name on one line',
  prompt: 'a text that is not empty',
  forEach: 'the name of one of the pattern’s groups, or {"files": "data/*.csv"}',
  files: 'a glob inside the project, such as "data/*.csv"',
  workers: 'a list of at least one worker',
  task: 'a text',
  kind: '"command" or "claude"',
  run: 'a list of words such as ["python3", "analyze.py", "{item}"], or {"shell": "…"}',
  shell: 'a text',
  allowedTools: 'a list of tools such as ["Read", "Bash(npm test)"]',
  permissionMode: `one of ${PERMISSION_MODES.map((mode) => `"${mode}"`).join(', ')}`,
  model: 'the name of a model',
  maxTurns: 'a whole number from 1 to 1000',
  after: 'a list of names of the rule’s workers, or of conditions such as "checkpoint:ready"',
  guard: 'a list such as [{"tool": "Read", "path": "{item}", "until": "done"}]',
  event: 'a hook event such as "PreToolUse"',
  until: 'a condition such as "done", or a list of conditions',
  resources: 'a list such as ["db", {"name": "cache", "mode": "shared"}]',
  mode: '"exclusive" or "shared"',
  timeout: 'a length of time such as "30s", "5m" or "1h"',
  deadline: 'a length of time such as "30s", "5m" or "1h"',
  retries: 'a whole number from 0 to 10',
  critical: 'true or false',
  once: 'true or false',
  env: 'texts by name, such as {"LEVEL": "3"}',
  ballot: 'an object such as {"name": "ship", "question": "Ship it?", "quorum": 2}',
  quorum: 'a whole number from 1 to 1000',
  rule: '"majority", "unanimous" or a share from 0 to 1',
  options: 'a list of at least two answers',
  blocks: 'a list such as [{"tool": "Bash", "command": "git push*"}]',
  locks: 'a list of resources such as ["file:src/a.ts"]',
  held: 'a list of calls such as [{"tool": "Bash", "command": "git push*"}]',
  free: 'a list of calls such as [{"tool": "Read"}]',
  hold: 'a length of time such as "20s"',
  workersTake: 'a length of time such as "30s", "5m" or "1h"',
  ttl: 'a length of time such as "30s", "5m" or "1h"',
};

/** A path in a rule as a person writes it: `workers[0].timeout`. */
const formatPath = (path: readonly string[]): string =>
  path.map((part, i) => (/^\d+$/.test(part) ? `[${part}]` : `${i === 0 ? '' : '.'}${part}`)).join('');

/** The first error of a value that does not fit a schema: its path, and a sentence with the expected value. */
export function shapeError(schema: JsonSchema, value: unknown): { path: string[]; message: string } {
  const path = deepestErrorPath(schema, value);
  const field = path.at(-1);
  if (field === undefined) return { path, message: 'a rule must be an object with "name", "prompt" and "workers"' };
  const { properties = {}, additionalProperties } = objectSchema(schemaAt(schema, path.slice(0, -1))) ?? {};
  if (additionalProperties === false && !Object.hasOwn(properties, field))
    return { path, message: unknownField(path, Object.keys(properties)) };
  const actual = valueAt(value, path);
  const fieldName = path.findLast((part) => !/^\d+$/.test(part)) ?? '';
  const expected = (Object.hasOwn(EXPECTED, fieldName) ? EXPECTED[fieldName] : undefined) ?? 'a text';
  const location = formatPath(path);
  return {
    path,
    message:
      actual === undefined
        ? `${location} is missing: ${expected}`
        : `${location} must be ${expected}, not ${shortJson(actual)}`,
  };
}

/**
 * As `firstError`, and further into an alternative of the schema if the sort of the value selects one. An unknown field
 * comes first: it may be the misspelt name of a missing one.
 */
function deepestErrorPath(schema: JsonSchema, value: unknown): string[] {
  const alternative = alternatives(schema).find((candidate) => candidate.type === typeOfValue(value));
  if (alternative === undefined) return firstError(schema, value);
  const unlistedField = unlisted(alternative, value as object);
  const step = unlistedField ?? firstError(alternative, value)[0];
  if (step === undefined) return [];
  return unlistedField === undefined
    ? [step, ...deepestErrorPath(partSchema(alternative, step), valueAt(value, [step]))]
    : [unlistedField];
}

const typeOfValue = (value: unknown): string =>
  Array.isArray(value) ? 'array' : typeof value === 'object' && value !== null ? 'object' : 'other';

const schemaAt = (schema: JsonSchema, path: readonly string[]): JsonSchema => path.reduce(partSchema, schema);

const valueAt = (value: unknown, path: readonly string[]): unknown =>
  path.reduce(
    (at, part) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[part] : undefined),
    value,
  );

/** The schema of a part of a value. */
function partSchema(schema: JsonSchema, part: string): JsonSchema {
  const { properties, additionalProperties } = objectSchema(schema) ?? {};
  const array = alternatives(schema).find((candidate) => candidate.type === 'array');
  return properties?.[part] ?? (additionalProperties || array?.items) ?? {};
}

const objectSchema = (schema: JsonSchema): JsonSchema | undefined =>
  alternatives(schema).find((candidate) => candidate.type === 'object');

const alternatives = (schema: JsonSchema): JsonSchema[] => schema.anyOf?.flatMap(alternatives) ?? [schema];

function unknownField(path: readonly string[], known: readonly string[]): string {
  const field = path.at(-1) ?? '';
  const similar =
    known.find((name) => name.toLowerCase() === field.toLowerCase()) ?? known.find((name) => isSimilar(name, field));
  const hint = similar === undefined ? `; there are: ${known.join(', ')}` : `; did you mean "${similar}"?`;
  return `${formatPath(path)} is nothing that Fermata knows${hint}`;
}

/** Whether two names differ by one letter added, left out or changed, or by two neighbours exchanged. */
function isSimilar(a: string, b: string): boolean {
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < Math.min(a.length, b.length) - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [x, y] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  if (x.length <= 1 && y.length <= 1) return true;
  return x.length === 2 && y.length === 2 && x[0] === y[1] && x[1] === y[0];
}

function shortJson(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return ellipsize(text, 60);
}
