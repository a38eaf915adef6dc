import { existsSync } from 'node:fs';
import { diary } from '../src/core/diary.ts';
import { hasEnded } from '../src/core/fold/conditions.ts';
import { isSubagent } from '../src/core/fold/subagents.ts';
import { homePaths, sessionDir, sessionPaths } from '../src/core/paths.ts';
import { ownFolder } from '../src/core/sessionFolder.ts';
import { CONDUCTOR } from '../src/protocol/ids.ts';
import type { HookPayload } from '../src/protocol/payload.ts';
import { afterTool } from './afterTool.ts';
import { beforeTool } from './preTool.ts';
import { NOTHING, reply, type Answer, type Reply } from './reply.ts';
import { Visit, type Surroundings } from './visit.ts';

/** Answers one payload: the one place that knows which event leads where. May throw; the caller decides what that means. */
export async function answerTo(payload: HookPayload, around: Surroundings): Promise<Reply> {
  // with the home gone there is nothing to obey and nothing to recreate
  if (!existsSync(homePaths(around.home).home)) return NOTHING;
  const { dir, fresh } = await knownSession(payload, around);
  // a joined session may leave, and a path through its link would then lead elsewhere
  const visit = new Visit(ownFolder(dir), payload, around);
  if (visit.log.readOnly) return NOTHING;
  try {
    if (hasNameless(visit)) (await import('./turn.ts')).nameSubagents(visit);
    return reply(payload.hook_event_name, await answer(visit, fresh), visit.settings.answer);
  } finally {
    if (mayStart(visit)) await startWaiting(visit);
    visit.leave();
  }
}

/** Whether a planned worker is left that a checkpoint or a ballot may have made startable: whoever looks next starts it. */
const mayStart = ({ state, role }: Visit): boolean =>
  role === CONDUCTOR && [...state.workers.values()].some((w) => w.state === 'planned' && w.run !== undefined);

/** What is answered stands, whatever becomes of this. */
async function startWaiting(visit: Visit): Promise<void> {
  const { home, now } = visit.around;
  try {
    (await import('./turn.ts')).startWaiting(visit);
  } catch (error) {
    diary(home, 'hook', now(), `workers could not be started: ${(error as Error).message}`);
  }
}

/** Whether a subagent is at work of which it is not known yet what it is for. */
const hasNameless = ({ state }: Visit): boolean =>
  [...state.workers.values()].some((w) => isSubagent(w) && w.task === undefined && !hasEnded(w));

async function knownSession(payload: HookPayload, around: Surroundings): Promise<{ dir: string; fresh: boolean }> {
  const dir = sessionDir(around.home, payload.session_id);
  if (existsSync(sessionPaths(dir).log)) return { dir, fresh: false };
  const { enterSession } = await import('./turn.ts');
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
      const { answerTurn } = await import('./turn.ts');
      return answerTurn(visit, event, fresh);
    }
  }
}
