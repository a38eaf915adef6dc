import type { Block, SessionState, Worker } from '#protocol/state.ts';
import { formatEstimate } from '#protocol/duration.ts';
import { describePending } from '#core/fold/conditions.ts';

/** Remaining time of a worker at `now`, if it said one. */
function remainingMs(worker: Worker, now: number): number | undefined {
  const { progress } = worker;
  return progress?.etaMs === undefined ? undefined : Math.max(0, progress.etaMs - (now - progress.ts));
}

/** A worker in short: `W1 (80%, ETA 30 s)`, `W2 (done)`. */
export function describeWorker(worker: Worker, now: number): string {
  if (worker.state !== 'running' && worker.state !== 'waiting') return `${worker.id} (${worker.state})`;
  const eta = remainingMs(worker, now);
  const parts = [
    worker.progress?.pct === undefined ? worker.state : `${Math.round(worker.progress.pct)}%`,
    eta === undefined ? undefined : `ETA ${formatEstimate(eta)}`,
  ];
  return `${worker.id} (${parts.filter(Boolean).join(', ')})`;
}

/** Whom a block is about: the workers that its conditions name, else the one who said it. */
export function workersOf(state: SessionState, block: Block): Worker[] {
  const named = block.until.flatMap((c) => c.workers ?? [c.text.slice(c.text.indexOf(':') + 1)]);
  const own = state.workers.get(block.worker);
  const all = [
    ...(own === undefined ? [] : [own]),
    ...named.map((n) => state.workers.get(n)).filter((w) => w !== undefined),
  ];
  return [...new Set(all)];
}

/** The text of a block; `{workers}` in it becomes the present state of the workers of its run (or of those that belong to none). */
export function blockText(state: SessionState, block: Block, now: number): string {
  if (!block.text.includes('{workers}')) return block.text;
  const run = state.workers.get(block.worker)?.run;
  const workers = [...state.workers.values()].filter((w) => w.run === run);
  workers.sort((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
  return block.text.replaceAll('{workers}', workers.map((w) => describeWorker(w, now)).join(', '));
}

/** What ends a block without the person, in words; undefined if nothing but perhaps time (`dueTs`) does. */
export function endCondition(state: SessionState, block: Block): string | undefined {
  const pending = describePending(block.until);
  if (pending !== '') return pending;
  switch (block.cause.kind) {
    case 'lock':
      return `${block.worker} gives it back`;
    case 'hook':
    case 'guard':
      if (block.event === 'Stop' || !state.workers.has(block.worker)) return undefined;
      return `${block.worker} clears it or ends`;
    case 'plan':
    case 'critical':
    case 'ballot':
    case 'prerequisite':
    case 'abort':
      return undefined;
  }
}

/** What calls a block concerns, in words. */
export function scope(block: Block): string {
  if (block.event === 'Stop') return 'the end of the turn';
  if (block.event === 'SubagentStop') return "the end of a subagent's turn";
  const { tool, path, command } = block.match ?? {};
  const calls =
    tool === undefined || tool === '*'
      ? path === undefined && command === undefined
        ? 'every tool call'
        : 'tool calls'
      : tool.split('|').join(', ');
  return [calls, command === undefined ? undefined : `of \`${command}\``, path === undefined ? undefined : `of ${path}`]
    .filter(Boolean)
    .join(' ');
}

/** Why Claude Code says that a session ended (SessionEnd), by what it means to a person; `other` says nothing. */
const END_REASONS: Record<string, string | undefined> = {
  other: undefined,
  clear: 'cleared',
  logout: 'logged out',
  prompt_input_exit: 'left by the person',
};

/** Why Claude is in its present state, in words; undefined where there is nothing to say. */
export function conductorReason({ state, reason }: SessionState['conductor']): string | undefined {
  return state === 'ended' && reason !== undefined && Object.hasOwn(END_REASONS, reason) ? END_REASONS[reason] : reason;
}
