import {
  backgroundTasks,
  endOfTask,
  reportedEnd,
  shellSpawn,
  shortened,
  taskEnd,
  type BackgroundTask,
} from '#core/claude/backgroundTasks.ts';
import { agentFacts, callerOf, isTeammateId, WORKFLOW_AGENT, type AgentFacts } from '#core/claude/subagents.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent, livesInClaude, SHELL, SUBAGENT, TEAMMATE, WORKFLOW } from '#core/fold/kinds.ts';
import { isSettling } from '#core/fold/stoppedAgents.ts';
import type { NewEvent } from '#core/log/append.ts';
import { CONDUCTOR, isWorkerId } from '#protocol/ids.ts';
import type { Worker } from '#protocol/state.ts';
import type { HookContext } from './hookContext.ts';
import { endedRuns, runEvents } from './workflows.ts';

/** Claude Code writes a moment later that an agent which has ended before is at work again. */
const RESUMING_MS = 2000;

/** The subagent whose hook this is; undefined for Claude Code's own helpers, whose type is empty. */
function subagentOf({ payload }: HookContext): string | undefined {
  const { agent_id: id, agent_type: type } = payload;
  return id !== undefined && type !== '' && isWorkerId(id) ? id : undefined;
}

/** A subagent has begun, or goes on with another message: it is the same one. */
export function subagentStart(ctx: HookContext): NewEvent[] {
  const worker = subagentOf(ctx);
  const { agent_type: type, transcript_path: transcript } = ctx.payload;
  if (worker === undefined) return [];
  const known = ctx.state.workers.get(worker);
  const { task = known?.task, parent = known?.parent ?? ctx.role, phase } = agentFacts(transcript, worker, type) ?? {};
  const kind = isTeammateId(worker) ? TEAMMATE : SUBAGENT;
  return [
    ...(type === WORKFLOW_AGENT ? runEvents(ctx, parent) : []),
    { t: 'spawn', worker, kind, parent, task, command: type },
    ...phaseOf(worker, phase),
  ];
}

const phaseOf = (worker: string, phase: string | undefined): NewEvent[] =>
  phase === undefined ? [] : [{ t: 'progress', worker, phase }];

/** Claude Code writes what a subagent is for, and who has started it, only after its start: recorded as soon as it can be read. */
export function nameSubagents(ctx: HookContext): NewEvent[] {
  return activeSubagents(ctx).flatMap((agent): NewEvent[] => {
    const { id: worker, task: known, kind } = agent;
    const facts = known === undefined ? factsOf(ctx, agent) : undefined;
    if (facts?.task === undefined) return [];
    const { task, parent, phase } = facts;
    return [{ t: 'spawn', worker, kind, parent, task }, ...phaseOf(worker, phase)];
  });
}

/** What is known of an agent by now, with the agent that has started it. */
function factsOf(ctx: HookContext, { id, command }: Worker): AgentFacts | undefined {
  const { transcript_path: transcript } = ctx.payload;
  const facts = agentFacts(transcript, id, command);
  const { nested, parent, call } = facts ?? {};
  if (nested !== true || parent !== undefined || call === undefined || transcript === undefined) return facts;
  const others = activeSubagents(ctx).filter((agent) => agent.id !== id && agent.kind === SUBAGENT);
  return {
    ...facts,
    parent: callerOf(
      transcript,
      call,
      others.map((agent) => agent.id),
    ),
  };
}

/** A subagent has ended its turn, and with it its task. */
export function subagentEnd(ctx: HookContext): NewEvent[] {
  const worker = subagentOf(ctx);
  if (worker === undefined) return [];
  const result = shortened(ctx.payload.last_assistant_message);
  const { agent_type: type } = ctx.payload;
  const run = type === WORKFLOW_AGENT ? ctx.state.workers.get(worker)?.parent : undefined;
  return [{ t: 'done', worker, result }, ...(run === undefined ? [] : runEvents(ctx, run, worker))];
}

export function subagentFailure(ctx: HookContext, reason: string): NewEvent[] {
  const worker = subagentOf(ctx);
  return worker === undefined ? [] : [{ t: 'exit', worker, code: 1, reason }];
}

/**
 * The Conductor's turn ends: its foreground subagents have ended, and Claude Code lists what still runs. An agent that is
 * listed and was not known, or not its task, is recorded with its task, and so is a shell. Of one that is not listed see
 * `unlistedEnd`.
 */
export function reconciledSubagents(ctx: HookContext): NewEvent[] {
  const listed = backgroundTasks(ctx.payload.background_tasks);
  if (listed === undefined) return endedRuns(ctx);
  const spawned = listed.flatMap((task) => missingSpawn(ctx, task));
  const ended = ownTasks(ctx).flatMap((worker): NewEvent[] => {
    const entry = listed.find(({ id }) => id === worker.id);
    if (entry === undefined) {
      const end = unlistedEnd(ctx, worker, listed);
      const reported = end.length === 0 ? undefined : reportedEnd(ctx.payload.transcript_path, worker.id);
      return reported === undefined ? end : [endOfTask(worker.id, reported.status, reported.summary)];
    }
    return entry.ended === undefined ? [] : [endOfTask(worker.id, entry.ended)];
  });
  return [...spawned, ...endedRuns(ctx, listed), ...ended];
}

function missingSpawn({ state, role }: HookContext, { id, type, task, command, ended }: BackgroundTask): NewEvent[] {
  const known = state.workers.get(id);
  if (ended !== undefined) return [];
  if (type === 'shell') {
    return known === undefined ? [shellSpawn(id, role, { task, command })] : [];
  }
  if (type !== 'subagent') return [];
  const isUpToDate = known !== undefined && (hasEnded(known) || known.task !== undefined || task === undefined);
  return isUpToDate ? [] : [{ t: 'spawn', worker: id, kind: SUBAGENT, parent: known?.parent ?? role, task }];
}

/**
 * The end of a task that Claude Code does not list. Only agents that Claude itself has started are listed by their ids, so
 * such a one was killed or lost, which no hook reports. Of those that the list leaves out it takes proof that they ended:
 * a nested agent by what is written beside its transcript, a teammate where no team is left. How it
 * ended, Claude may have been told in the midst of its turn, where no hook was.
 */
function unlistedEnd(ctx: HookContext, worker: Worker, listed: readonly BackgroundTask[]): NewEvent[] {
  const { id, kind, lastTs = 0 } = worker;
  if (kind === SHELL) return [{ t: 'done', worker: id }];
  const hasListed = (type: string): boolean => listed.some((task) => task.type === type);
  if (kind === TEAMMATE) return hasListed('teammate') ? [] : [lost(id, 'its team is over')];
  if (worker.command === WORKFLOW_AGENT) return hasListed('workflow') ? [] : [lost(id, 'its workflow is over')];
  const facts = factsOf(ctx, worker);
  if (facts === undefined) return [];
  if (facts.finished === true) return ctx.env.now() - lastTs < RESUMING_MS ? [] : [{ t: 'done', worker: id }];
  if (facts.nested !== true) return [lost(id, 'Claude Code no longer lists it, and nobody saw how it ended')];
  const waits = facts.foreground === true ? ctx.state.workers.get(facts.parent ?? worker.parent ?? '') : undefined;
  return hasEnded(waits) ? [lost(id, 'the agent that waited for it has ended')] : [];
}

/** A prompt reports how a background task has ended, which no hook may have done. */
export function notifiedEnd(ctx: HookContext): NewEvent[] {
  const end = taskEnd(ctx.payload.prompt);
  if (end === undefined) return [];
  const worker = ctx.state.workers.get(end.id);
  if (worker !== undefined && isSettling(ctx.state, worker)) return [{ t: 'done', worker: end.id }];
  const isOpen = worker !== undefined && (!hasEnded(worker) || worker.state === 'lost');
  const isKnown = isOpen && livesInClaude(worker);
  return [...endedRuns(ctx), ...(isKnown ? [endOfTask(end.id, end.status, end.summary)] : [])];
}

/** Claude's process ends or is another one: its subagents, which live in it, are lost. */
export const lostSubagents = (ctx: HookContext, reason: string): NewEvent[] =>
  [...ctx.state.workers.values()]
    .filter((w) => livesInClaude(w) && !hasEnded(w) && ownerOf(ctx, w) === ctx.role)
    .map(({ id }) => lost(id, reason));

const lost = (worker: string, reason: string): NewEvent => ({ t: 'exit', worker, lost: true, reason });

/** The subagents of this session that have not ended, as far as the log has it. */
const activeSubagents = (ctx: HookContext): Worker[] => ownTasks(ctx).filter(isSubagent);

/** The same with its background shells. */
const ownTasks = (ctx: HookContext): Worker[] =>
  [...ctx.state.workers.values()].filter(
    (w) => livesInClaude(w) && w.kind !== WORKFLOW && !hasEnded(w) && ownerOf(ctx, w) === ctx.role,
  );

/** More steps than a line of nested agents has. */
const MAX_DEPTH = 16;

/** The session in whose Claude a worker lives: the Conductor, or a worker that is a session. */
function ownerOf({ state }: HookContext, worker: Worker): string {
  let at = worker;
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const parent = state.workers.get(at.parent ?? CONDUCTOR);
    if (parent === undefined || !livesInClaude(parent)) break;
    at = parent;
  }
  return at.parent ?? CONDUCTOR;
}
