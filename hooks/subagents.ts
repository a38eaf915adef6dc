import { masked } from '#core/base/masking.ts';
import { truncate } from '#core/base/text.ts';
import { backgroundTasks, subagentTask } from '#core/claude/subagents.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent, SUBAGENT } from '#core/fold/queries.ts';
import type { NewEvent } from '#core/log/append.ts';
import { CONDUCTOR, isWorkerId } from '#protocol/ids.ts';
import type { Worker } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';

/** Longest piece of a last message that the log keeps. */
const MAX_RESULT_CHARS = 500;

/** The subagent whose hook this is; undefined for Claude Code's own helpers, whose type is empty. */
export function subagentOf({ payload }: HookContext): string | undefined {
  const { agent_id: id, agent_type: type } = payload;
  return id !== undefined && type !== '' && isWorkerId(id) ? id : undefined;
}

/** Claude Code writes the task of a subagent down only after its start: recorded as soon as it can be read. */
export function nameSubagents(ctx: HookContext): NewEvent[] {
  return activeSubagents(ctx).flatMap(({ id, task: known }): NewEvent[] => {
    const task = known === undefined ? subagentTask(ctx.payload.transcript_path, id) : undefined;
    return task === undefined ? [] : [{ t: 'spawn', worker: id, kind: SUBAGENT, task }];
  });
}

/** A subagent has ended its turn, and with it its task. */
export function subagentEnd(ctx: HookContext): NewEvent[] {
  const worker = subagentOf(ctx);
  const result = truncate(masked(ctx.payload.last_assistant_message ?? ''), MAX_RESULT_CHARS) || undefined;
  return worker === undefined ? [] : [{ t: 'done', worker, result }];
}

export function subagentFailure(ctx: HookContext, reason: string): NewEvent[] {
  const worker = subagentOf(ctx);
  return worker === undefined ? [] : [{ t: 'exit', worker, code: 1, reason }];
}

/**
 * The Conductor's turn ends: its foreground subagents have ended, and Claude Code lists those that still run. One that is
 * not listed was killed or lost, which no hook reports; one that is listed and was not known, or not its task, is
 * recorded with its task.
 */
export function reconciledSubagents(ctx: HookContext): NewEvent[] {
  const listed = backgroundTasks(ctx.payload.background_tasks);
  if (listed === undefined) return [];
  const { state, role } = ctx;
  const spawned = listed.flatMap(({ id, task, ended }): NewEvent[] => {
    const known = state.workers.get(id);
    const isUpToDate = known !== undefined && (hasEnded(known) || known.task !== undefined || task === undefined);
    return ended !== undefined || isUpToDate ? [] : [{ t: 'spawn', worker: id, kind: SUBAGENT, parent: role, task }];
  });
  const ended = activeSubagents(ctx).flatMap(({ id: worker }): NewEvent[] => {
    const entry = listed.find(({ id }) => id === worker);
    if (entry === undefined) return [lost(worker, 'Claude Code no longer lists it, and nobody saw how it ended')];
    if (entry.ended === undefined) return [];
    return entry.ended === 'completed'
      ? [{ t: 'done', worker }]
      : [{ t: 'exit', worker, code: 1, reason: entry.ended }];
  });
  return [...spawned, ...ended];
}

/** Claude's process ends or is another one: its subagents, which live in it, are lost. */
export const lostSubagents = (ctx: HookContext, reason: string): NewEvent[] =>
  activeSubagents(ctx).map(({ id }) => lost(id, reason));

const lost = (worker: string, reason: string): NewEvent => ({ t: 'exit', worker, lost: true, reason });

/** The subagents of this session that have not ended, as far as the log has it. */
function activeSubagents({ state, role }: HookContext): Worker[] {
  return [...state.workers.values()].filter((w) => isSubagent(w) && !hasEnded(w) && (w.parent ?? CONDUCTOR) === role);
}
