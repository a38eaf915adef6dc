import { rmSync } from 'node:fs';
import { leaveJoined } from '../src/core/session/join.ts';
import { sessionDir, sessionPaths } from '../src/core/paths.ts';
import { CONDUCTOR } from '../src/protocol/ids.ts';
import type { HookEvent } from '../src/protocol/hookEvents.ts';
import { dropAsks, onPermissionRequest } from './asks.ts';
import { onNotification, onStopFailure } from './notified.ts';
import { told } from './passOn.ts';
import { spoken } from './spoken.ts';
import { onPrompt } from './prompt.ts';
import { onRefusable } from './refusable.ts';
import type { Answer } from './reply.ts';
import { mayReturn, resumeSession, writeEnvironment } from './session.ts';
import { onStop } from './stop.ts';
import { beginSubagent, loseSubagents } from './subagents.ts';
import { lesson } from './teach.ts';
import type { Visit } from './visit.ts';

export { enterGeneration } from '../src/core/log/generation.ts';
export { saveSnapshot } from '../src/core/log/snapshot.ts';
export { holdInPlace } from './holdInPlace.ts';
export { enterSession } from './session.ts';
export { tend } from './tend.ts';
export { nameSubagents } from './subagents.ts';
export { tellOfCall } from './tellOfCall.ts';

type ToolEvent = 'PreToolUse' | 'PostToolUse' | 'PostToolUseFailure' | 'PostToolBatch';

/** Answers everything but tool calls: what happens once a turn, or less. A bundle of its own. */
export async function answerTurn(visit: Visit, event: Exclude<HookEvent, ToolEvent>, fresh: boolean): Promise<Answer> {
  const { payload, around } = visit;
  switch (event) {
    case 'SessionStart':
      if (!fresh) takeUp(visit);
      writeEnvironment(payload, visit.dir, around);
      return taught(visit, spoken(visit.claim()));
    case 'UserPromptSubmit':
      if (!fresh) takeUp(visit);
      return onPrompt(visit);
    case 'Stop':
    case 'SubagentStop':
      // an empty agent type is Claude Code's own summariser
      return payload.agent_type === '' ? {} : onStop(visit);
    case 'SessionEnd':
      return onSessionEnd(visit);
    case 'SubagentStart':
      beginSubagent(visit);
      visit.refresh();
      return spoken(visit.claim());
    case 'StopFailure':
      return onStopFailure(visit);
    case 'Notification':
      return onNotification(visit);
    case 'PermissionRequest':
      return onPermissionRequest(visit);
    case 'TaskCreated':
    case 'TaskCompleted':
    case 'TeammateIdle':
    case 'PreCompact':
      return onRefusable(visit);
  }
}

/** Adds the lesson, for the Conductor and where the person wants it. */
function taught(visit: Visit, said: Answer): Answer {
  if (!visit.settings.teach || visit.role !== CONDUCTOR) return said;
  return { ...said, context: [lesson(visit.cli), said.context].filter(Boolean).join('\n') };
}

/** The session goes on in another process: what lived in the last one is gone. */
function takeUp(visit: Visit): void {
  const { dir, payload, around, role } = visit;
  if (role !== CONDUCTOR && !mayReturn(sessionDir(around.home, payload.session_id), around)) return;
  if (!resumeSession(dir, payload, around, process.ppid)) return;
  visit.refresh();
  loseSubagents(visit, 'Claude Code ended without a word about it');
  visit.refresh();
}

function onSessionEnd(visit: Visit): Answer {
  const { reason } = visit.payload;
  if (visit.role !== CONDUCTOR) {
    // of a worker's session its runner tells how it ended
    if (visit.around.env['FERMATA_WORKER'] === undefined) visit.say({ t: 'exit', worker: visit.role, code: 0 });
    leaveJoined(sessionDir(visit.around.home, visit.payload.session_id));
    return {};
  }
  dropAsks(visit);
  loseSubagents(visit, 'the session ended');
  // the waiter sees that its lock is gone, and leaves
  rmSync(sessionPaths(visit.dir).waiter, { force: true });
  visit.say({ t: 'end', ...(reason === undefined ? {} : { reason }) });
  return told(visit);
}
