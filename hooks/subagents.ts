import { backgroundTasks } from '../src/core/answer/backgroundTasks.ts';
import { hasEnded } from '../src/core/fold/conditions.ts';
import { isSubagent, SUBAGENT } from '../src/core/fold/subagents.ts';
import { subagentTask } from '../src/core/workers/subagentTask.ts';
import { CONDUCTOR, isWorkerId } from '../src/protocol/ids.ts';
import type { Worker } from '../src/protocol/state.ts';
import type { Visit } from './visit.ts';

/** Longest piece of a last message that the log keeps. */
const LONGEST = 500;

/** The subagent whose hook this is; none for Claude Code's own helpers, whose type is empty. */
function subagentOf({ payload }: Visit): string | undefined {
  const { agent_id: id, agent_type: type } = payload;
  return id !== undefined && type !== '' && isWorkerId(id) ? id : undefined;
}

/** A subagent has begun, or goes on with another message: a worker under whoever started it. */
export function beginSubagent(visit: Visit): void {
  const worker = subagentOf(visit);
  if (worker === undefined) return;
  const { agent_type: type, transcript_path: transcript } = visit.payload;
  const task = subagentTask(transcript, worker) ?? visit.state.workers.get(worker)?.task;
  const named = { ...(task === undefined ? {} : { task }), ...(type === undefined ? {} : { command: type }) };
  visit.say({ t: 'spawn', worker, kind: SUBAGENT, parent: visit.role, ...named });
}

/** What subagents are for is written down by Claude Code only after they have begun: said as soon as it can be read. */
export function nameSubagents(visit: Visit): void {
  for (const worker of alive(visit)) {
    if (worker.task !== undefined) continue;
    const task = subagentTask(visit.payload.transcript_path, worker.id);
    if (task !== undefined) visit.say({ t: 'spawn', worker: worker.id, kind: SUBAGENT, task });
  }
}

/** A subagent has ended its turn, and with it its task. */
export function endSubagent(visit: Visit): void {
  const worker = subagentOf(visit);
  if (worker === undefined) return;
  const result = visit.payload.last_assistant_message?.slice(0, LONGEST);
  visit.say({ t: 'done', worker, ...(result === undefined || result === '' ? {} : { result }) });
}

export function failSubagent(visit: Visit, reason: string): void {
  const worker = subagentOf(visit);
  if (worker !== undefined) visit.say({ t: 'exit', worker, code: 1, reason });
}

/**
 * The Conductor's turn ends: what it started in the foreground has ended, and Claude Code lists what runs on. One that
 * is not listed was killed or lost, of which no hook tells; one that is and was not known is a worker from now on, and
 * one of which it was not known what it is for has a name.
 */
export function countSubagents(visit: Visit): void {
  const listed = backgroundTasks(visit.payload.background_tasks);
  if (listed === undefined) return;
  for (const { id, task, ended } of listed) {
    const known = visit.state.workers.get(id);
    const isNamed = known !== undefined && (hasEnded(known) || known.task !== undefined || task === undefined);
    if (ended !== undefined || isNamed) continue;
    visit.say({ t: 'spawn', worker: id, kind: SUBAGENT, parent: visit.role, ...(task === undefined ? {} : { task }) });
  }
  for (const worker of alive(visit)) {
    const entry = listed.find(({ id }) => id === worker.id);
    if (entry === undefined) lose(visit, worker, 'Claude Code no longer lists it, and nobody saw how it ended');
    else if (entry.ended === 'completed') visit.say({ t: 'done', worker: worker.id });
    else if (entry.ended !== undefined) visit.say({ t: 'exit', worker: worker.id, code: 1, reason: entry.ended });
  }
  visit.refresh();
}

/** Claude's process ends or is another one: subagents live inside it. */
export function loseSubagents(visit: Visit, reason: string): void {
  for (const worker of alive(visit)) lose(visit, worker, reason);
}

function lose(visit: Visit, worker: Worker, reason: string): void {
  visit.say({ t: 'exit', worker: worker.id, lost: true, reason });
}

/** The subagents of this session that are at work as far as anybody knows. */
function alive({ state, role }: Visit): Worker[] {
  return [...state.workers.values()].filter((w) => isSubagent(w) && !hasEnded(w) && (w.parent ?? CONDUCTOR) === role);
}
