import type { HookContext } from '#hooks/hookContext.ts';
import type { Outcome } from '#hooks/outcome.ts';
import type { SessionWriter } from '#hooks/sessionWriter.ts';
import { setLimits } from '#hooks/settingLimits.ts';
import { ensureGitWatchFor } from '#hooks/sweepWarning.ts';
import { subagentStart } from '#hooks/subagents.ts';

/** A subagent has begun, or continues with another message: a worker under the one that started it. */
export function onSubagentStart(ctx: HookContext, session: SessionWriter): Outcome {
  ensureGitWatchFor(ctx, true);
  setLimits(ctx, session);
  const events = subagentStart(ctx);
  return events.length === 0 ? {} : { events };
}
