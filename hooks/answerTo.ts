import { existsSync } from 'node:fs';
import { homePaths } from '../src/core/paths.ts';
import { CONDUCTOR } from '../src/protocol/ids.ts';
import type { HookPayload } from '../src/protocol/payload.ts';
import { onPrompt } from './prompt.ts';
import { beforeTool, spoken } from './preTool.ts';
import { NOTHING, reply, type Answer, type Reply } from './reply.ts';
import { enterSession, resumeSession, writeEnvironment } from './session.ts';
import { onStop } from './stop.ts';
import { Visit, type Surroundings } from './visit.ts';

/** Answers one payload: the one place that knows which event leads where. May throw; the caller decides what that means. */
export async function answerTo(payload: HookPayload, around: Surroundings): Promise<Reply> {
  // with the home gone there is nothing to obey and nothing to recreate
  if (!existsSync(homePaths(around.home).home)) return NOTHING;
  // gate.sh execs, so the parent of this process is Claude itself
  const { dir, fresh } = enterSession(payload, around, process.ppid);
  const visit = new Visit(dir, payload, around);
  if (visit.log.readOnly) return NOTHING;
  try {
    return reply(payload.hook_event_name, await answer(visit, fresh), visit.settings.answer);
  } finally {
    visit.leave();
  }
}

async function answer(visit: Visit, fresh: boolean): Promise<Answer> {
  const { payload, around } = visit;
  switch (payload.hook_event_name) {
    case 'SessionStart':
      if (!fresh && visit.role === CONDUCTOR) resumeSession(visit.dir, payload, around, process.ppid);
      writeEnvironment(payload, visit.dir, around);
      return spoken(visit.claim());
    case 'UserPromptSubmit':
      return onPrompt(visit);
    case 'PreToolUse':
      return beforeTool(visit);
    case 'Stop':
    case 'SubagentStop':
      // an empty agent type is Claude Code's own summariser
      return payload.agent_type === '' ? {} : onStop(visit);
    case 'SessionEnd':
      if (visit.role === CONDUCTOR)
        visit.say({ t: 'end', ...(payload.reason === undefined ? {} : { reason: payload.reason }) });
      return {};
    case 'PostToolUse':
    case 'PostToolUseFailure':
    case 'PostToolBatch':
    case 'SubagentStart':
      return spoken(visit.claim());
    case 'StopFailure':
    case 'Notification':
    case 'PermissionRequest':
    case 'TaskCreated':
    case 'TaskCompleted':
    case 'TeammateIdle':
    case 'PreCompact':
      return {};
  }
}
