import type { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import { subagentStart } from '#hooks/subagents.ts';

/** A subagent has begun, or continues with another message: a worker under the one that started it. */
export function onSubagentStart(ctx: HookContext): Outcome {
  const events = subagentStart(ctx);
  return events.length === 0 ? {} : { events };
}
