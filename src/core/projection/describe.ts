import type { Block, SessionState, Worker } from '#protocol/state.ts';
import { formatEstimate } from '#protocol/duration.ts';
import { stuckReason } from '#core/fold/blocks.ts';
import { awaitedNames, describePending } from '#core/fold/conditions.ts';

/** A worker in short: `W1 (80%, ETA 30 s)`, `W2 (done)`. */
export function describeWorker(worker: Worker, now: number): string {
  if (worker.state !== 'running' && worker.state !== 'waiting') return `${worker.id} (${worker.state})`;
  const { pct, etaMs, ts } = worker.progress ?? { ts: now };
  const share = pct === undefined ? worker.state : `${Math.round(pct)}%`;
  const eta = etaMs === undefined ? '' : `, ETA ${formatEstimate(Math.max(0, etaMs - (now - ts)))}`;
  return `${worker.id} (${share}${eta})`;
}

/** The workers that a block waits for: its own, and those in its conditions. */
export function workersOf(state: SessionState, block: Block): Worker[] {
  const names = new Set([block.worker, ...block.until.flatMap(awaitedNames)]);
  return [...names].map((name) => state.workers.get(name)).filter((worker) => worker !== undefined);
}

/** How many workers `{workers}` names, and how often it is replaced in one text. */
const MAX_WORKERS_NAMED = 20;
const MAX_REPLACED = 3;

/** The text of a block. `{workers}` in it becomes the state of the workers of its run, or of those without a run. */
export function blockText(state: SessionState, block: Block, now: number): string {
  const parts = block.text.split('{workers}');
  if (parts.length === 1) return block.text;
  const list = describeWorkers(state, state.workers.get(block.worker)?.run, now);
  const rest = parts.splice(MAX_REPLACED + 1);
  return [parts.join(list), ...rest].join('…');
}

/** The last list, since many blocks of a run have the same one. */
let lastList: { state: SessionState; key: string; text: string } | undefined;

/** The first workers of a run, and how many more there are. */
function describeWorkers(state: SessionState, run: string | undefined, now: number): string {
  const key = `${state.events} ${now} ${run}`;
  if (lastList?.state === state && lastList.key === key) return lastList.text;
  const workers = [...state.workers.values()].filter((w) => w.run === run);
  const collator = new Intl.Collator('en', { numeric: true });
  const sorted = workers.length > 1000 ? workers : workers.toSorted((a, b) => collator.compare(a.id, b.id));
  const named = sorted.slice(0, MAX_WORKERS_NAMED).map((w) => describeWorker(w, now));
  if (sorted.length > named.length) named.push(`and ${sorted.length - named.length} more`);
  lastList = { state, key, text: named.join(', ') };
  return lastList.text;
}

/** The condition that ends a block without the person; undefined if nothing but `dueTs` does, as where it is stuck. */
export function describeEndCondition(state: SessionState, block: Block): string | undefined {
  if (stuckReason(state, block) !== undefined) return undefined;
  const pending = describePending(block.until);
  if (pending !== '') return pending;
  const { kind } = block.cause;
  if (kind === 'lock') return `${block.worker} gives it back`;
  const endsWithWorker = (kind === 'hook' || kind === 'guard') && block.event !== 'Stop';
  return endsWithWorker && state.workers.has(block.worker) ? `${block.worker} clears it or ends well` : undefined;
}

/** Why a block is stuck, and what would help; undefined for one that is not. */
export function describeStuck(state: SessionState, block: Block): string | undefined {
  const stuck = stuckReason(state, block);
  if (stuck === undefined) return undefined;
  const helps = [block.event === 'Stop' ? 'it is resolved' : undefined, 'the person releases it', stuck.remedy];
  return `it is stuck and ends no more by itself: ${stuck.why}. It stands until ${helps.filter(Boolean).join(', or ')}`;
}

/** The calls that a block concerns: `Read of data1.csv`. */
export function describeScope(block: Block): string {
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

/** The reasons of Claude Code's SessionEnd as a person reads them; `other` carries no information. */
const END_REASONS: Record<string, string | undefined> = {
  other: undefined,
  clear: 'cleared',
  logout: 'logged out',
  prompt_input_exit: 'left by the person',
};

/** The reason of Claude's present state as a person reads it. */
export function conductorReason({ state, reason }: SessionState['conductor']): string | undefined {
  return state === 'ended' && reason !== undefined && Object.hasOwn(END_REASONS, reason) ? END_REASONS[reason] : reason;
}
