import { removeFileIfAny } from '#core/base/files/remove.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { leaveJoined } from '#core/session/join.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Worker } from '#protocol/state.ts';
import type { HookContext } from '#hooks/hookContext.ts';
import { livesElsewhere } from '#hooks/resolveSession.ts';
import type { Outcome } from '#hooks/outcome.ts';
import type { SessionWriter } from '#hooks/sessionWriter.ts';
import { withdrawnAsks } from './permissionRequest.ts';
import { lostSubagents } from '#hooks/subagents.ts';

/** The session ends: the Conductor's with its subagents, or that of a worker, which leaves the session that it joined. */
export function onSessionEnd(ctx: HookContext, session: SessionWriter): Outcome {
  const { env, role, payload } = ctx;
  if (role !== CONDUCTOR) {
    // the runner of a worker reports its end
    if (isOwnProcess(ctx.state.workers.get(role))) session.tryPublish({ t: 'exit', worker: role, code: 0 });
    leaveJoined(sessionDir(env.home, payload.session_id));
    return { keepNotes: true };
  }
  if (livesElsewhere(session.dir)) return { keepNotes: true };
  // the waiter exits when its lock is gone
  session.attempt('the waiter is not ended', () => removeFileIfAny(sessionPaths(session.dir).waiter));
  const lost = lostSubagents(ctx, 'the session ended');
  return { events: [...withdrawnAsks(ctx), ...lost, { t: 'end', reason: payload.reason }] };
}

/** Whether no runner started a worker: the log names this Claude as its process. */
const isOwnProcess = (worker: Worker | undefined): boolean => worker?.run === undefined && worker?.pid === process.ppid;
