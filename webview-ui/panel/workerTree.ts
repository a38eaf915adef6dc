import type { WorkerState, WorkerView } from '#protocol/viewModel.ts';

const ENDED_STATES: ReadonlySet<WorkerState> = new Set<WorkerState>(['done', 'failed', 'aborted', 'lost']);

/** A worker and its depth in the tree; a worker is a child of the one that started it. */
export interface TreeRow {
  worker: WorkerView;
  depth: number;
  /** Those that it and they have started, in numbers. */
  below?: WorkerCounts;
}

/** Workers by what they do, in numbers. */
export interface WorkerCounts {
  working: number;
  waiting: number;
  failed: number;
  done: number;
}

const COUNTED_AS: Record<WorkerState, keyof WorkerCounts> = {
  planned: 'waiting',
  starting: 'working',
  running: 'working',
  waiting: 'waiting',
  idle: 'waiting',
  done: 'done',
  failed: 'failed',
  aborted: 'done',
  lost: 'failed',
};

/** Workers in numbers. */
export function countWorkers(workers: readonly WorkerView[]): WorkerCounts {
  const counts: WorkerCounts = { working: 0, waiting: 0, failed: 0, done: 0 };
  for (const { state } of workers) counts[COUNTED_AS[state]]++;
  return counts;
}

/** Whether a worker is in a final state. */
export function isWorkerEnded(worker: WorkerView): boolean {
  return ENDED_STATES.has(worker.state);
}

/** Whether a worker has ended in a way that a person has to know of. */
export const hasFailed = ({ state }: WorkerView): boolean => state === 'failed' || state === 'lost';

/** The workers of one run, or of none, in the order on the screen. */
export interface WorkerGroup {
  run: string | undefined;
  rows: TreeRow[];
  /** The number of rows at the start that belong to trees with a live or failed worker. */
  open: number;
  isLive: boolean;
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
    const isLive = members.some((worker) => !isWorkerEnded(worker));
    return {
      run,
      rows,
      open: rows.findLastIndex(({ worker }) => !isWorkerEnded(worker) || hasFailed(worker)) + 1,
      isLive,
    };
  });
  return grouped.toSorted((one, other) => Number(other.isLive) - Number(one.isLive));
}

/**
 * Orders parents before their children; first the trees in which one has failed, then those that need the person, then
 * the other live ones, then those that have ended. An ended parent of a live child stays above it.
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
    const row: TreeRow = { worker, depth };
    const at = rows.push(row) - 1;
    let open = !isWorkerEnded(worker) || hasFailed(worker);
    const below = depth + 1 < MAX_DEPTH ? (children.get(worker.id) ?? []) : [];
    for (const child of below) open = place(child, depth + 1) || open;
    const own = below.length === 0 ? [] : rows.slice(at + 1).map((each) => each.worker);
    if (own.length > 0) row.below = countWorkers(own);
    if (!open) ended.push(...rows.splice(at));
    return open;
  };
  const ended: TreeRow[] = [];
  const roots = children.get(undefined) ?? [];
  for (const root of roots.toSorted((a, b) => urgency(a, needing) - urgency(b, needing))) place(root, 0);
  for (const worker of workers) place(worker, 0); // those in a circle have no root, and those too deep none that is placed
  return [...rows, ...ended];
}

/** Failures first, then what needs the person. */
function urgency(worker: WorkerView, needing: ReadonlySet<string>): number {
  if (hasFailed(worker)) return 0;
  return !isWorkerEnded(worker) && needsAttention(worker, needing) ? 1 : 2;
}
