import { backgroundTasks, subagentTask } from '#core/claude/subagents.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent, SUBAGENT } from '#core/fold/subagents.ts';
import { CONDUCTOR, isWorkerId } from '#protocol/ids.ts';
import type { Worker } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';

/** Longest piece of a last message that the log keeps. */
const MAX_RESULT_CHARS = 500;

/** The subagent whose hook this is; none for Claude Code's own helpers, whose type is empty. */
function subagentOf({ payload }: HookContext): string | undefined {
  const { agent_id: id, agent_type: type } = payload;
  return id !== undefined && type !== '' && isWorkerId(id) ? id : undefined;
}

/** A subagent has begun, or goes on with another message: a worker under whoever started it. */
export function recordSubagentStart(ctx: HookContext): void {
  const worker = subagentOf(ctx);
  if (worker === undefined) return;
  const { agent_type: type, transcript_path: transcript } = ctx.payload;
  const task = subagentTask(transcript, worker) ?? ctx.state.workers.get(worker)?.task;
  const details = { ...(task === undefined ? {} : { task }), ...(type === undefined ? {} : { command: type }) };
  ctx.publish({ t: 'spawn', worker, kind: SUBAGENT, parent: ctx.role, ...details });
}

/** What subagents are for is written down by Claude Code only after they have begun: said as soon as it can be read. */
export function nameSubagents(ctx: HookContext): void {
  for (const worker of activeSubagents(ctx)) {
    if (worker.task !== undefined) continue;
    const task = subagentTask(ctx.payload.transcript_path, worker.id);
    if (task !== undefined) ctx.publish({ t: 'spawn', worker: worker.id, kind: SUBAGENT, task });
  }
}

/** A subagent has ended its turn, and with it its task. */
export function recordSubagentEnd(ctx: HookContext): void {
  const worker = subagentOf(ctx);
  if (worker === undefined) return;
  const result = ctx.payload.last_assistant_message?.slice(0, MAX_RESULT_CHARS);
  ctx.publish({ t: 'done', worker, ...(result === undefined || result === '' ? {} : { result }) });
}

export function recordSubagentFailure(ctx: HookContext, reason: string): void {
  const worker = subagentOf(ctx);
  if (worker !== undefined) ctx.publish({ t: 'exit', worker, code: 1, reason });
}

/**
 * The Conductor's turn ends: what it started in the foreground has ended, and Claude Code lists what runs on. One that
 * is not listed was killed or lost, of which no hook tells; one that is and was not known is a worker from now on, and
 * one of which it was not known what it is for has a name.
 */
export function reconcileSubagents(ctx: HookContext): void {
  const listed = backgroundTasks(ctx.payload.background_tasks);
  if (listed === undefined) return;
  for (const { id, task, ended } of listed) {
    const known = ctx.state.workers.get(id);
    const isUpToDate = known !== undefined && (hasEnded(known) || known.task !== undefined || task === undefined);
    if (ended !== undefined || isUpToDate) continue;
    ctx.publish({ t: 'spawn', worker: id, kind: SUBAGENT, parent: ctx.role, ...(task === undefined ? {} : { task }) });
  }
  for (const worker of activeSubagents(ctx)) {
    const entry = listed.find(({ id }) => id === worker.id);
    if (entry === undefined) markLost(ctx, worker, 'Claude Code no longer lists it, and nobody saw how it ended');
    else if (entry.ended === 'completed') ctx.publish({ t: 'done', worker: worker.id });
    else if (entry.ended !== undefined) ctx.publish({ t: 'exit', worker: worker.id, code: 1, reason: entry.ended });
  }
  ctx.refresh();
}

/** Claude's process ends or is another one: subagents live inside it. */
export function markSubagentsLost(ctx: HookContext, reason: string): void {
  for (const worker of activeSubagents(ctx)) markLost(ctx, worker, reason);
}

function markLost(ctx: HookContext, worker: Worker, reason: string): void {
  ctx.publish({ t: 'exit', worker: worker.id, lost: true, reason });
}

/** The subagents of this session that are at work as far as anybody knows. */
function activeSubagents({ state, role }: HookContext): Worker[] {
  return [...state.workers.values()].filter((w) => isSubagent(w) && !hasEnded(w) && (w.parent ?? CONDUCTOR) === role);
}
