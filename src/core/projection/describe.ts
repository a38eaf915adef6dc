import type { Block, SessionState, Worker } from '#protocol/state.ts';
import { formatEstimate } from '#protocol/duration.ts';
import { stuckReason } from '#core/fold/stuck.ts';
import { awaitedNames, describePending } from '#core/fold/conditions.ts';
import { isMergeCondition } from '#core/fold/mergeCondition.ts';
import { mergeName, mergeReceipt, mergesOf } from '#core/fold/mergePairs.ts';
import { visibleLine } from '#protocol/hiddenText.ts';
import type { MergeSide } from '#protocol/parts.ts';
import { isProvable, isProven, provableOf } from '#core/fold/provable.ts';
import { uncommittedText } from './uncommittedText.ts';
import type { StuckReason } from '#core/fold/impossible.ts';

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
  if (block.cause.kind === 'git') return uncommittedText(state, block, block.cause, now);
  const parts = block.text.split('{workers}');
  if (parts.length === 1) return block.text;
  const list = describeWorkers(state, state.workers.get(block.worker)?.run, now);
  const rest = parts.splice(MAX_REPLACED + 1);
  return [parts.join(list), ...rest].join('…');
}

/** The last list, since many blocks of a run have the same one. */
let lastList: { state: SessionState; key: string; text: string } | undefined;

/** The first workers of a run, and how many more there are. */
export function describeWorkers(state: SessionState, run: string | undefined, now: number): string {
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
  if (kind === 'git') return 'these files are committed or undone, or who edited them has ended';
  const endsWithWorker = (kind === 'hook' || kind === 'guard') && block.event !== 'Stop';
  return endsWithWorker && state.workers.has(block.worker) ? `${block.worker} clears it or ends well` : undefined;
}

/** What is missing of what a block waits for and can be taken back, and what helps; undefined where it waits for nothing of that kind. */
export function describeProofs(state: SessionState, { until }: Block): string | undefined {
  const missing = until.filter((each) => isProvable(each) && !isProven(state, each.text));
  const merges = until.filter((each) => isMergeCondition(each) && mergeReceipt(state, each.text) === undefined);
  if (missing.length === 0 && merges.length === 0) return undefined;
  const texts = missing.map(({ text }) => {
    const seen = describeProof(state, text);
    return `${seen === undefined ? '' : `${seen}; `}run \`${provableOf(text)?.command}\` alone in the folder of the project, with nothing that hides its exit code`;
  });
  return [...texts, ...merges.map(({ text }) => describeMerge(state, text))].join('; ');
}

/** Why a condition `mergeable:` is not met. */
export function describeMerge(state: SessionState, of: string): string {
  const unmet = mergesOf(state, of).filter(({ answer }) => answer !== 'clean');
  const names = mergeName(of).split('+').join(' and ');
  if (unmet.length === 0) return `whether ${names} would merge is not looked at yet; it is once each has a commit`;
  return unmet
    .map(({ a, b, answer, files = [], more = 0, why }) => {
      const pair = `${nameOfSide(a)} and ${nameOfSide(b)}`;
      if (answer === 'unknown') return `whether ${pair} would merge was not looked at: ${visibleLine(why ?? '')}`;
      const others = files.length - 1 + more;
      const where =
        files[0] === undefined ? '' : ` in ${visibleLine(files[0])}${others > 0 ? ` and ${others} more` : ''}`;
      return `${pair} would conflict${where}`;
    })
    .join('; ');
}

const nameOfSide = ({ branch, ref = '', commit, names }: MergeSide): string =>
  visibleLine(branch ?? (ref.replace('refs/heads/', '') || commit?.slice(0, 7) || names[0] || '?'));

/** Why a command is not proven, as far as something was seen of it. */
function describeProof({ proofs }: SessionState, of: string): string | undefined {
  const { run, hidden, edited, running } = proofs.get(of) ?? {};
  if (running !== undefined) return 'it runs in the background, and its end was not seen yet';
  if (hidden !== undefined && hidden.pos > (run?.pos ?? -1)) return `it ran, but ${hidden.why}`;
  if (run === undefined) return undefined;
  if (run.code !== 0) return `it ended with ${run.code < 0 ? 'an error' : run.code} when it ran last`;
  const what = edited?.path ?? 'a file';
  return run.mixed === true ? 'files were edited while it ran' : `${what} was edited since it passed`;
}

/** Why a block is stuck, and what would help; undefined for one that is not. */
export function describeStuck(state: SessionState, block: Block): string | undefined {
  const stuck = stuckReason(state, block);
  return stuck === undefined ? undefined : stuckText(block, stuck);
}

/** The same as a sentence. */
export function stuckText(block: Block, stuck: StuckReason): string {
  const helps = [block.event === 'Stop' ? 'it is resolved' : undefined, 'the person releases it', stuck.remedy];
  return `it is stuck and ends no more by itself: ${stuck.why}. It stands until ${helps.filter(Boolean).join(', or ')}`;
}
