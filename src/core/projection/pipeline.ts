import type { PendingCondition, SessionState, Worker } from '#protocol/state.ts';
import type { PipelineStep } from '#protocol/viewModel.ts';
import { awaitedWorkers, hasEnded, pendingConditions, evaluate } from '#core/fold/conditions.ts';
import { conditionText } from './blockText.ts';
import type { Wording } from './wording.ts';

/** The linked workers in stages, each later than those that it starts after and those that hand work to it. Pure. */
export function pipelineOf(state: SessionState, wording: Wording): PipelineStep[][] {
  const links = new Map<string, Set<string>>();
  const link = (from: string, to: string): void => {
    if (from === to || !state.workers.has(from) || !state.workers.has(to)) return;
    links.set(from, links.get(from) ?? new Set());
    links.set(to, (links.get(to) ?? new Set()).add(from));
  };
  const conditions = new Map<string, PendingCondition[]>();
  for (const { id, after } of state.workers.values()) {
    if (after.length === 0) continue;
    const pending = pendingConditions(state, after, id);
    evaluate(state, pending);
    conditions.set(id, pending);
    for (const name of pending.flatMap(awaitedWorkers)) link(name, id);
  }
  for (const { from, to } of state.handoffs) link(from, to);

  const stages: PipelineStep[][] = [];
  const depths = depthsOf(links);
  for (const id of links.keys()) {
    const worker = state.workers.get(id);
    if (worker !== undefined)
      (stages[depths.get(id) ?? 0] ??= []).push(pipelineStep(state, worker, conditions.get(id) ?? [], wording));
  }
  // cycles leave gaps
  return stages.filter((stage) => stage.length > 0);
}

/**
 * The length of the longest path to each worker. Iterative, since a log may chain any number of workers. Work that is
 * handed back makes a cycle, which starts at the worker that was linked first.
 */
function depthsOf(predecessors: ReadonlyMap<string, ReadonlySet<string>>): Map<string, number> {
  const successors = new Map<string, string[]>([...predecessors.keys()].map((id) => [id, []]));
  for (const [id, names] of predecessors) for (const name of names) successors.get(name)?.push(id);
  const pendingCounts = new Map([...predecessors].map(([id, names]) => [id, names.size]));
  const depths = new Map<string, number>();
  const pendingOf = (id: string): number => pendingCounts.get(id) ?? 0;
  for (const start of [...predecessors.keys()].toSorted((a, b) => pendingOf(a) - pendingOf(b))) {
    const queue = [start];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      if (depths.has(id)) continue;
      let depth = 0;
      for (const name of predecessors.get(id) ?? []) depth = Math.max(depth, (depths.get(name) ?? -1) + 1);
      depths.set(id, depth);
      for (const next of successors.get(id) ?? []) {
        const remaining = (pendingCounts.get(next) ?? 1) - 1;
        pendingCounts.set(next, remaining);
        if (remaining === 0) queue.push(next);
      }
    }
  }
  return depths;
}

function pipelineStep(
  state: SessionState,
  worker: Worker,
  conditions: PendingCondition[],
  wording: Wording,
): PipelineStep {
  const names = new Set(conditions.flatMap(awaitedWorkers));
  return {
    worker: worker.id,
    state: worker.state,
    task: worker.task,
    after: [...names].map((name) => ({ worker: name, ended: hasEnded(state.workers.get(name)) })),
    until: conditions
      .filter((c) => !c.met && awaitedWorkers(c).length === 0)
      .map((condition) => conditionText(condition, wording)),
    handsTo: state.handoffs.filter(({ from }) => from === worker.id).map(({ to, task }) => ({ worker: to, task })),
  };
}
