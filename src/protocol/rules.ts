import * as z from 'zod/mini';
import { guard } from './event.ts';

const strings = z.array(z.string());

/** One worker of a rule. `run` is executed without a shell; `shell` gets values only through the environment. */
const workerTemplate = z.object({
  /** What `after` of the rule's other workers may call it. */
  name: z.optional(z.string()),
  task: z.optional(z.string()),
  run: z.union([strings.check(z.minLength(1)), z.object({ shell: z.string() })]),
  guard: z.optional(z.array(guard)),
  after: z.optional(strings),
  critical: z.optional(z.boolean()),
  env: z.optional(z.record(z.string(), z.string())),
  /** Made once for the prompt, even where the rule makes one of each for every item. */
  once: z.optional(z.boolean()),
});

export const rule = z.object({
  name: z.string().check(z.minLength(1)),
  prompt: z.string().check(z.minLength(1)),
  forEach: z.optional(z.string()),
  workers: z.array(workerTemplate).check(z.minLength(1)),
});

/** `.fermata/rules.json`: which prompts start which workers. Rules are checked one by one, so that a bad one spares the rest. */
export const rulesFile = z.object({ version: z.literal(1), rules: z.array(z.unknown()) });

export type WorkerTemplate = z.output<typeof workerTemplate>;
export type Rule = z.output<typeof rule>;
