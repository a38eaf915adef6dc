import { rmSync } from 'node:fs';
import { leaveJoined } from '#core/session/join.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { CallEvent, HookEvent } from '#protocol/hookEvents.ts';
import { withdrawAsks, onPermissionRequest } from './permissionRequest.ts';
import { onNotification, onStopFailure } from './notification.ts';
import { deliver } from './delivery.ts';
import { toContext } from './toContext.ts';
import { onPrompt } from './prompt.ts';
import { onTaskEvent } from './taskEvents.ts';
import type { Answer } from './reply.ts';
import { canReturn, recordResume, writeEnvFile } from './session.ts';
import { onStop } from './stop.ts';
import { recordSubagentStart, markSubagentsLost } from './subagents.ts';
import { sessionIntro } from './sessionIntro.ts';
import type { HookContext } from './hookContext.ts';

export { resetForNewLog } from '#core/session/generation.ts';
export { saveSnapshot } from '#core/session/snapshot.ts';
export { hold } from './hold.ts';
export { resolveSession } from './session.ts';
export { supervise } from './supervise.ts';
export { nameSubagents } from './subagents.ts';
export { recordCallEffects } from './callEffects.ts';

/** Answers everything but tool calls: what happens once a turn, or less. A bundle of its own. */
export async function handleColdEvent(
  ctx: HookContext,
  event: Exclude<HookEvent, CallEvent>,
  fresh: boolean,
): Promise<Answer> {
  const { payload, env } = ctx;
  switch (event) {
    case 'SessionStart':
      if (!fresh) resumeSession(ctx);
      writeEnvFile(payload, ctx.dir, env);
      return withSessionIntro(ctx, toContext(ctx.claimNotes()));
    case 'UserPromptSubmit':
      if (!fresh) resumeSession(ctx);
      return onPrompt(ctx);
    case 'Stop':
    case 'SubagentStop':
      // an empty agent type is Claude Code's own summariser
      return payload.agent_type === '' ? {} : onStop(ctx);
    case 'SessionEnd':
      return onSessionEnd(ctx);
    case 'SubagentStart':
      recordSubagentStart(ctx);
      ctx.refresh();
      return toContext(ctx.claimNotes());
    case 'StopFailure':
      return onStopFailure(ctx);
    case 'Notification':
      return onNotification(ctx);
    case 'PermissionRequest':
      return onPermissionRequest(ctx);
    case 'TaskCreated':
    case 'TaskCompleted':
    case 'TeammateIdle':
    case 'PreCompact':
      return onTaskEvent(ctx);
  }
}

/** Adds the lesson, for the Conductor and where the person wants it. */
function withSessionIntro(ctx: HookContext, answer: Answer): Answer {
  if (!ctx.settings.teach || ctx.role !== CONDUCTOR) return answer;
  return { ...answer, context: [sessionIntro(ctx.cli), answer.context].filter(Boolean).join('\n') };
}

/** The session goes on in another process: what lived in the last one is gone. */
function resumeSession(ctx: HookContext): void {
  const { dir, payload, env, role } = ctx;
  if (role !== CONDUCTOR && !canReturn(sessionDir(env.home, payload.session_id), env)) return;
  if (!recordResume(dir, payload, env, process.ppid)) return;
  ctx.refresh();
  markSubagentsLost(ctx, 'Claude Code ended without a word about it');
  ctx.refresh();
}

function onSessionEnd(ctx: HookContext): Answer {
  const { reason } = ctx.payload;
  if (ctx.role !== CONDUCTOR) {
    // of a worker's session its runner tells how it ended
    if (ctx.env.env['FERMATA_WORKER'] === undefined) ctx.publish({ t: 'exit', worker: ctx.role, code: 0 });
    leaveJoined(sessionDir(ctx.env.home, ctx.payload.session_id));
    return {};
  }
  withdrawAsks(ctx);
  markSubagentsLost(ctx, 'the session ended');
  // the waiter sees that its lock is gone, and leaves
  rmSync(sessionPaths(ctx.dir).waiter, { force: true });
  ctx.publish({ t: 'end', ...(reason === undefined ? {} : { reason }) });
  return deliver(ctx);
}
