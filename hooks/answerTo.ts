import { existsSync, rmSync } from 'node:fs';
import { leaveJoined } from '../src/core/join.ts';
import { homePaths, sessionDir, sessionPaths } from '../src/core/paths.ts';
import { ownFolder } from '../src/core/sessionFolder.ts';
import { CONDUCTOR } from '../src/protocol/ids.ts';
import type { HookPayload } from '../src/protocol/payload.ts';
import { onPrompt } from './prompt.ts';
import { afterTool } from './afterTool.ts';
import { dropAsks, onPermissionRequest } from './asks.ts';
import { onNotification, onStopFailure } from './notified.ts';
import { told } from './passOn.ts';
import { beforeTool, spoken } from './preTool.ts';
import { onRefusable } from './refusable.ts';
import { NOTHING, reply, type Answer, type Reply } from './reply.ts';
import { enterSession, mayReturn, resumeSession, writeEnvironment } from './session.ts';
import { onStop } from './stop.ts';
import { beginSubagent, loseSubagents, nameSubagents } from './subagents.ts';
import { Visit, type Surroundings } from './visit.ts';

/** Answers one payload: the one place that knows which event leads where. May throw; the caller decides what that means. */
export async function answerTo(payload: HookPayload, around: Surroundings): Promise<Reply> {
  // with the home gone there is nothing to obey and nothing to recreate
  if (!existsSync(homePaths(around.home).home)) return NOTHING;
  // gate.sh execs, so the parent of this process is Claude itself
  const { dir, fresh } = enterSession(payload, around, process.ppid);
  // a joined session may leave, and a path through its link would then lead elsewhere
  const visit = new Visit(ownFolder(dir), payload, around);
  if (visit.log.readOnly) return NOTHING;
  try {
    nameSubagents(visit);
    return reply(payload.hook_event_name, await answer(visit, fresh), visit.settings.answer);
  } finally {
    visit.leave();
  }
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

async function answer(visit: Visit, fresh: boolean): Promise<Answer> {
  const { payload, around } = visit;
  switch (payload.hook_event_name) {
    case 'SessionStart':
      if (!fresh) takeUp(visit);
      writeEnvironment(payload, visit.dir, around);
      return spoken(visit.claim());
    case 'UserPromptSubmit':
      if (!fresh) takeUp(visit);
      return onPrompt(visit);
    case 'PreToolUse':
      return beforeTool(visit);
    case 'Stop':
    case 'SubagentStop':
      // an empty agent type is Claude Code's own summariser
      return payload.agent_type === '' ? {} : onStop(visit);
    case 'SessionEnd':
      return onSessionEnd(visit);
    case 'PostToolUse':
    case 'PostToolUseFailure':
    case 'PostToolBatch':
      return afterTool(visit);
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
