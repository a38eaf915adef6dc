import type { BackgroundTask } from '#core/claude/backgroundTasks.ts';
import { isWorkflowRun, readRun, runEnd, runStatus, workflowName } from '#core/claude/workflows.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { WORKFLOW } from '#core/fold/kinds.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { HookContext } from './hookContext.ts';

/**
 * A run of a workflow as a worker: where it is first seen, and how far it is.
 * @param ended an agent that ends now, which the journal does not have yet
 */
export function runEvents({ state, payload, role }: HookContext, run: string, ended?: string): NewEvent[] {
  const { transcript_path: transcript } = payload;
  if (transcript === undefined || !isWorkflowRun(run)) return [];
  const known = state.workers.get(run);
  const { agents, phase } = readRun(transcript, run);
  const all = [...agents];
  const done = all.filter(([id, agent]) => agent.ended || id === ended).length;
  const message = `${done} of ${all.length} agents done`;
  return [
    ...(known === undefined || hasEnded(known)
      ? [{ t: 'spawn' as const, worker: run, kind: WORKFLOW, parent: role, task: workflowName(transcript, run) }]
      : []),
    ...(all.length === 0 ? [] : [{ t: 'progress' as const, worker: run, message, phase }]),
  ];
}

/** The ends of the runs that are over by their summaries, or since none is listed, and of agents whose end no hook has reported. */
export function endedRuns({ state, payload }: HookContext, listed?: readonly BackgroundTask[]): NewEvent[] {
  const { transcript_path: transcript } = payload;
  const noneListed = listed !== undefined && !listed.some(({ type }) => type === 'workflow');
  return [...state.workers.values()].flatMap(({ id, kind, state: at }): NewEvent[] => {
    if (kind !== WORKFLOW || hasEnded(state.workers.get(id)) || at === 'planned') return [];
    const status = transcript === undefined ? undefined : runStatus(transcript, id);
    if (status === undefined)
      return noneListed
        ? [{ t: 'exit', worker: id, lost: true, reason: 'Claude Code no longer lists it, and nobody saw how it ended' }]
        : [];
    const agents = [...state.workers.values()].filter((w) => w.parent === id && !hasEnded(w));
    return runEnd(
      id,
      status,
      agents.map((agent) => agent.id),
    );
  });
}
