import { subagentTask } from '#core/claude/subagents.ts';
import { SUBAGENT } from '#core/fold/queries.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import { subagentOf } from '#hooks/subagents.ts';

/** A subagent has begun, or continues with another message: a worker under the session that started it. */
export function onSubagentStart(ctx: HookContext): Outcome {
  const worker = subagentOf(ctx);
  if (worker === undefined) return {};
  const { agent_type: command, transcript_path: transcript } = ctx.payload;
  const task = subagentTask(transcript, worker) ?? ctx.state.workers.get(worker)?.task;
  return { events: [{ t: 'spawn', worker, kind: SUBAGENT, parent: ctx.role, task, command }] };
}
