import type { WorkerState, WorkerView } from '#protocol/viewModel.ts';

const ENDED_STATES: ReadonlySet<WorkerState> = new Set<WorkerState>(['done', 'failed', 'aborted', 'lost']);

/** A worker and its depth in the tree; a worker is a child of the one that started it. */
export interface TreeRow {
  worker: WorkerView;
  depth: number;
}

/** Whether a worker is in a final state. */
export function isWorkerEnded(worker: WorkerView): boolean {
  return ENDED_STATES.has(worker.state);
}

/** The workers of one run, or of none, in the order on the screen. */
export interface WorkerGroup {
  run: string | undefined;
  rows: TreeRow[];
  /** The number of rows at the start that belong to trees with a live worker. */
  live: number;
}

/** The workers that the person wants to see. */
export interface WorkerFilter {
  text: string;
  state: 'all' | 'live' | 'needsYou' | 'ended';
}

/** Whether a worker passes the filter; `needing` are the workers whose blocks wait for the person. */
export function passesFilter(worker: WorkerView, { text, state }: WorkerFilter, needing: ReadonlySet<string>): boolean {
  if (state === 'live' && isWorkerEnded(worker)) return false;
  if (state === 'ended' && !isWorkerEnded(worker)) return false;
  if (state === 'needsYou' && !needsAttention(worker, needing)) return false;
  const query = text.trim().toLowerCase();
  if (query === '') return true;
  const { id, run, task, kind, lastMessage, problem } = worker;
  return [id, run, task, kind, worker.state, lastMessage, problem].some((part) => part?.toLowerCase().includes(query));
}

/** Whether a worker waits for the person, has failed, or may have stopped working. */
function needsAttention(worker: WorkerView, needing: ReadonlySet<string>): boolean {
  return worker.silent || needing.has(worker.id) || worker.state === 'failed' || worker.state === 'lost';
}

/** A log may name parents in a chain of any length, or in a circle: deeper workers begin a tree of their own. */
const MAX_DEPTH = 16;

/** Groups workers by run, in the order of their start; runs with live workers come first. A child is in its parent's run. */
export function groupByRun(workers: readonly WorkerView[], needing: ReadonlySet<string>): WorkerGroup[] {
  const byId = new Map(workers.map((worker) => [worker.id, worker]));
  const runOf = (worker: WorkerView): string | undefined => {
    let at: WorkerView | undefined = worker;
    for (let depth = 0; at !== undefined && depth < MAX_DEPTH; depth++) {
      if (at.run !== undefined) return at.run;
      at = at.parent === undefined ? undefined : byId.get(at.parent);
    }
    return undefined;
  };
  const groups = new Map<string | undefined, WorkerView[]>();
  for (const worker of workers) {
    const group = groups.get(runOf(worker));
    if (group) group.push(worker);
    else groups.set(runOf(worker), [worker]);
  }
  const grouped = [...groups].map(([run, members]) => {
    const rows = orderAsTree(members, needing);
    return { run, rows, live: rows.findLastIndex(({ worker }) => !isWorkerEnded(worker)) + 1 };
  });
  return grouped.toSorted((one, other) => Number(other.live > 0) - Number(one.live > 0));
}

/**
 * Orders parents before their children, live trees before ended ones, and among the live trees those that need the
 * person first. An ended parent of a live child stays above it.
 */
function orderAsTree(workers: readonly WorkerView[], needing: ReadonlySet<string>): TreeRow[] {
  const known = new Set(workers.map((worker) => worker.id));
  const children = new Map<string | undefined, WorkerView[]>();
  for (const worker of workers) {
    const parent =
      worker.parent !== undefined && known.has(worker.parent) && worker.parent !== worker.id
        ? worker.parent
        : undefined;
    const siblings = children.get(parent);
    if (siblings) siblings.push(worker);
    else children.set(parent, [worker]);
  }
  const rows: TreeRow[] = [];
  const placed = new Set<string>();
  const place = (worker: WorkerView, depth: number): boolean => {
    if (placed.has(worker.id)) return false;
    placed.add(worker.id);
    const at = rows.push({ worker, depth }) - 1;
    let live = !isWorkerEnded(worker);
    const below = depth + 1 < MAX_DEPTH ? (children.get(worker.id) ?? []) : [];
    for (const child of below) live = place(child, depth + 1) || live;
    if (!live) ended.push(...rows.splice(at));
    return live;
  };
  const ended: TreeRow[] = [];
  const urgent = (worker: WorkerView): number => Number(!isWorkerEnded(worker) && needsAttention(worker, needing));
  for (const root of (children.get(undefined) ?? []).toSorted((a, b) => urgent(b) - urgent(a))) place(root, 0);
  for (const worker of workers) place(worker, 0); // those in a circle have no root, and those too deep none that is placed
  return [...rows, ...ended];
}
