import { existsSync } from 'node:fs';
import { logError } from '#core/base/errorLog.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/subagents.ts';
import { isSnapshotDue } from '#core/session/snapshot.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { resolveSessionDir } from '#core/session/folder.ts';
import { hookRow } from '#protocol/hookEvents.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { HookPayload } from '#protocol/payload.ts';
import { onPostToolUse } from './postToolUse.ts';
import { onPreToolUse } from './preToolUse.ts';
import { EMPTY_REPLY, reply, type Answer, type Reply } from './reply.ts';
import { loadColdHandlers } from './loadColdHandlers.ts';
import { HookContext, type HookEnvironment } from './hookContext.ts';

type ColdHandlers = typeof import('./coldHandlers.ts');

/** Answers one payload: the one place that knows which event leads where. May throw; the caller decides what that means. */
export async function dispatch(payload: HookPayload, env: HookEnvironment): Promise<Reply> {
  // with the home gone there is nothing to obey and nothing to recreate
  if (!existsSync(homePaths(env.home).home)) return EMPTY_REPLY;
  const { dir, fresh } = await findSession(payload, env);
  // a joined session may leave, and a path through its link would then lead elsewhere
  const ctx = await new HookContext(resolveSessionDir(dir), payload, env).open(resetForNewLog);
  if (ctx.log.readOnly) return EMPTY_REPLY;
  try {
    if (hasUnnamedSubagent(ctx)) (await loadColdHandlers()).nameSubagents(ctx);
    return reply(payload.hook_event_name, await handleEvent(ctx, fresh), ctx.settings.answer);
  } finally {
    if (needsSupervision(ctx))
      await runAfterReply(ctx, 'workers could not be tended', ({ supervise }) => supervise(ctx));
    ctx.close();
    if (isSnapshotDue(ctx.log))
      await runAfterReply(ctx, 'no snapshot was kept', ({ saveSnapshot }) => saveSnapshot(ctx.log));
  }
}

async function resetForNewLog({ dir, state, env }: HookContext): Promise<void> {
  (await loadColdHandlers()).resetForNewLog(dir, state, env.now());
}

/**
 * Whether planned workers have to be looked after: one may have become startable, or run without its runner. A tool call
 * looks only for the first, since it has to load more for it.
 */
function needsSupervision({ state, role, payload }: HookContext): boolean {
  if (role !== CONDUCTOR) return false;
  const alsoStates = hookRow(payload.hook_event_name).call !== undefined ? [] : ['starting', 'running', 'waiting'];
  return [...state.workers.values()].some((w) => w.run !== undefined && ['planned', ...alsoStates].includes(w.state));
}

/** What is answered stands, whatever becomes of this. */
async function runAfterReply(
  { env }: HookContext,
  failure: string,
  action: (handlers: ColdHandlers) => void,
): Promise<void> {
  try {
    action(await loadColdHandlers());
  } catch (error) {
    logError(env.home, 'hook', env.now(), `${failure}: ${(error as Error).message}`);
  }
}

/** Whether a subagent is at work of which it is not known yet what it is for. */
const hasUnnamedSubagent = ({ state }: HookContext): boolean =>
  [...state.workers.values()].some((w) => isSubagent(w) && w.task === undefined && !hasEnded(w));

async function findSession(payload: HookPayload, env: HookEnvironment): Promise<{ dir: string; fresh: boolean }> {
  const dir = sessionDir(env.home, payload.session_id);
  // a start may be that of a session which had joined another one in a process of before
  const isStart = payload.hook_event_name === 'SessionStart';
  if (!isStart && existsSync(sessionPaths(dir).log)) return { dir, fresh: false };
  const { resolveSession } = await loadColdHandlers();
  // gate.sh execs, so the parent of this process is Claude itself
  return resolveSession(payload, env, process.ppid);
}

/** Tool calls are answered here; what happens once a turn or less is a bundle of its own, which they do not have to load. */
async function handleEvent(ctx: HookContext, fresh: boolean): Promise<Answer> {
  const event = ctx.payload.hook_event_name;
  switch (event) {
    case 'PreToolUse':
      return onPreToolUse(ctx);
    case 'PostToolUse':
    case 'PostToolUseFailure':
    case 'PostToolBatch':
      return onPostToolUse(ctx);
    default: {
      const { handleColdEvent } = await loadColdHandlers();
      return handleColdEvent(ctx, event, fresh);
    }
  }
}
