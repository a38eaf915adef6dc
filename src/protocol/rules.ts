import * as z from 'zod/mini';
import { guard, machineName, shortName } from './parts.ts';
import { PERMISSION_MODES } from './ids.ts';

const strings = z.array(z.string());
const opt = z.optional;

/** A length of time as people write it: `30s`, `5m`, `1h`, `500ms`. */
const duration = z.string().check(z.regex(/^\d+(\.\d+)?(ms|s|m|min|h|d)$/));

/** A resource that a worker needs: the name alone means exclusive. */
export const resource = z.union([
  shortName,
  z.strictObject({ name: shortName, mode: opt(z.enum(['exclusive', 'shared'])) }),
]);

/** A worker's guard in a rule: the fields of a guard in the log, and no other. */
export const ruleGuard = z.strictObject(guard._zod.def.shape);

/** Where the items of `forEach` come from: a named group of the pattern that holds a list, or the project's files. */
const itemSource = z.union([z.string().check(z.minLength(1)), z.strictObject({ files: z.string() })]);

/** A question to all workers of a rule, opened with their plan. */
export const ruleBallot = z.strictObject({
  name: shortName,
  question: opt(z.string()),
  quorum: opt(z.int().check(z.minimum(1), z.maximum(1000))),
  rule: opt(z.union([z.enum(['majority', 'unanimous']), z.number().check(z.minimum(0), z.maximum(1))])),
  options: opt(z.array(shortName).check(z.minLength(2))),
  deadline: opt(duration),
});

/** The command of a worker: a program and its arguments, or a shell text that gets values only as variables. */
const command = z.union([strings.check(z.minLength(1)), z.strictObject({ shell: z.string() })]);

export const workerTemplate = z.strictObject({
  name: opt(z.string().check(z.minLength(1))),
  task: opt(z.string()),
  kind: opt(z.enum(['command', 'claude'])),
  run: opt(command),
  prompt: opt(z.string().check(z.minLength(1))),
  allowedTools: opt(strings),
  permissionMode: opt(z.enum(PERMISSION_MODES)),
  model: opt(z.string()),
  maxTurns: opt(z.int().check(z.minimum(1), z.maximum(1000))),
  after: opt(strings),
  guard: opt(z.array(ruleGuard)),
  resources: opt(z.array(resource)),
  timeout: opt(duration),
  retries: opt(z.int().check(z.minimum(0), z.maximum(10))),
  critical: opt(z.boolean()),
  env: opt(z.record(z.string(), z.string())),
  machine: opt(machineName),
  once: opt(z.boolean()),
});

export const rule = z.strictObject({
  name: z.string().check(z.minLength(1)),
  prompt: z.string().check(z.minLength(1)),
  forEach: opt(itemSource),
  ballot: opt(ruleBallot),
  workers: z.array(workerTemplate).check(z.minLength(1)),
});

/** `.fermata/rules.json`: which prompts start which workers. A bad rule spares the rest: they are checked one by one. */
export const rulesFile = z.strictObject({
  $schema: opt(z.string()),
  version: z.literal(1),
  rules: z.array(z.unknown()),
});

/** The rules file with the schema of its rules, for docs/rules.schema.json. */
export const fullRulesFile = z.strictObject({ ...rulesFile._zod.def.shape, rules: z.array(rule) });

export type WorkerTemplate = z.output<typeof workerTemplate>;
export type Rule = z.output<typeof rule>;
