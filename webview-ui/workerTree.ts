import type { WorkerState, WorkerView } from '../src/protocol/viewModel.ts';

const ENDED: ReadonlySet<WorkerState> = new Set<WorkerState>(['done', 'failed', 'aborted', 'lost']);

/** A worker and how deep it stands below those that started it. */
export interface TreeRow {
  worker: WorkerView;
  depth: number;
}

/** Whether nothing more is to be expected of a worker. */
export function hasEnded(worker: WorkerView): boolean {
  return ENDED.has(worker.state);
}

/** Parents before their children, live trees before ended ones; an ended parent of a live child stays above it. */
export function orderAsTree(workers: readonly WorkerView[]): TreeRow[] {
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
    let live = !hasEnded(worker);
    for (const child of children.get(worker.id) ?? []) live = place(child, depth + 1) || live;
    if (!live) ended.push(...rows.splice(at));
    return live;
  };
  const ended: TreeRow[] = [];
  for (const root of children.get(undefined) ?? []) place(root, 0);
  for (const worker of workers) place(worker, 0); // a circle of parents has no root, but is shown all the same
  return [...rows, ...ended];
}
