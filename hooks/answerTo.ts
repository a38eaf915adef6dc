import { existsSync } from 'node:fs';
import { diary } from '../src/core/diary.ts';
import { hasEnded } from '../src/core/fold/conditions.ts';
import { isSubagent } from '../src/core/fold/subagents.ts';
import { isSnapshotDue } from '../src/core/log/snapshot.ts';
import { homePaths, sessionDir, sessionPaths } from '../src/core/paths.ts';
import { ownFolder } from '../src/core/session/sessionFolder.ts';
import { AFTER_TOOL, type HookEvent } from '../src/protocol/hookEvents.ts';
import { CONDUCTOR } from '../src/protocol/ids.ts';
import type { HookPayload } from '../src/protocol/payload.ts';
import { afterTool } from './afterTool.ts';
import { beforeTool } from './preTool.ts';
import { NOTHING, reply, type Answer, type Reply } from './reply.ts';
import { turnBundle } from './turnBundle.ts';
import { Visit, type Surroundings } from './visit.ts';

type Turn = typeof import('./turn.ts');

const TOOL_EVENTS: readonly HookEvent[] = ['PreToolUse', ...AFTER_TOOL];

/** Answers one payload: the one place that knows which event leads where. May throw; the caller decides what that means. */
export async function answerTo(payload: HookPayload, around: Surroundings): Promise<Reply> {
  // with the home gone there is nothing to obey and nothing to recreate
  if (!existsSync(homePaths(around.home).home)) return NOTHING;
  const { dir, fresh } = await knownSession(payload, around);
  // a joined session may leave, and a path through its link would then lead elsewhere
  const visit = await new Visit(ownFolder(dir), payload, around).enter();
  if (visit.log.readOnly) return NOTHING;
  try {
    if (hasNameless(visit)) (await turnBundle()).nameSubagents(visit);
    return reply(payload.hook_event_name, await answer(visit, fresh), visit.settings.answer);
  } finally {
    if (mustTend(visit)) await afterwards(visit, 'workers could not be tended', ({ tend }) => tend(visit));
    visit.leave();
    if (isSnapshotDue(visit.log))
      await afterwards(visit, 'no snapshot was kept', ({ saveSnapshot }) => saveSnapshot(visit.log));
  }
}

/**
 * Whether planned workers have to be looked after: one may have become startable, or run without its runner. A tool call
 * looks only for the first, since it has to load more for it.
 */
function mustTend({ state, role, payload }: Visit): boolean {
  if (role !== CONDUCTOR) return false;
  const also = TOOL_EVENTS.includes(payload.hook_event_name) ? [] : ['starting', 'running', 'waiting'];
  return [...state.workers.values()].some((w) => w.run !== undefined && ['planned', ...also].includes(w.state));
}

/** What is answered stands, whatever becomes of this. */
async function afterwards({ around }: Visit, failed: string, act: (turn: Turn) => void): Promise<void> {
  try {
    act(await turnBundle());
  } catch (error) {
    diary(around.home, 'hook', around.now(), `${failed}: ${(error as Error).message}`);
  }
}

/** Whether a subagent is at work of which it is not known yet what it is for. */
const hasNameless = ({ state }: Visit): boolean =>
  [...state.workers.values()].some((w) => isSubagent(w) && w.task === undefined && !hasEnded(w));

async function knownSession(payload: HookPayload, around: Surroundings): Promise<{ dir: string; fresh: boolean }> {
  const dir = sessionDir(around.home, payload.session_id);
  // a start may be that of a session which had joined another one in a process of before
  const starts = payload.hook_event_name === 'SessionStart';
  if (!starts && existsSync(sessionPaths(dir).log)) return { dir, fresh: false };
  const { enterSession } = await turnBundle();
  // gate.sh execs, so the parent of this process is Claude itself
  return enterSession(payload, around, process.ppid);
}

/** Tool calls are answered here; what happens once a turn or less is a bundle of its own, which they do not have to load. */
async function answer(visit: Visit, fresh: boolean): Promise<Answer> {
  const event = visit.payload.hook_event_name;
  switch (event) {
    case 'PreToolUse':
      return beforeTool(visit);
    case 'PostToolUse':
    case 'PostToolUseFailure':
    case 'PostToolBatch':
      return afterTool(visit);
    default: {
      const { answerTurn } = await turnBundle();
      return answerTurn(visit, event, fresh);
    }
  }
}
