import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, SessionState, Worker } from '#protocol/state.ts';
import { addBlock, changeBlock, endBlock, resetStopRefusals } from './blocks.ts';
import { blockNamed, indexOf, keyName } from './foldIndex.ts';
import { addNote } from './notes.ts';
import { hasHooks } from './queries.ts';
import { withTask, type EventPosition } from './state.ts';

// The stop of a subagent: a block refuses its next call, and the hook that does so ends it there.

/**
 * How long the calls of a stopped agent are refused after the refusal that ends it, unless its end is certain before: the
 * other calls of its last message may follow.
 */
const LAST_BATCH_MS = 2 * 60_000;
/** The same of a teammate, which may get another message soon. */
const LAST_CALLS_MS = 10_000;
/** More agents than can be nested. */
const MAX_DEPTH = 64;

/** Why a worker has ended that was aborted. */
export const abortText = ({
  by,
  word,
}: Pick<NonNullable<Worker['abort']>, 'by'> & { word?: string | undefined }): string =>
  word === undefined ? `aborted by ${by}` : `aborted by ${by}: ${word}`;

/** Refuses all calls of a subagent from here on. */
export function stop(state: SessionState, worker: Worker, at: EventPosition): void {
  const { id, abort } = worker;
  if (abort === undefined || blockOf(state, worker) !== undefined) return;
  const cause = { kind: 'abort', worker: id } as const;
  const block = { worker: abort.by, event: 'PreToolUse', text: abortText(abort), cause } as const;
  addBlock(state, { ...block, key: keyOf(id), match: { agent: id } }, at);
}

/** A subagent that is to stop has ended: by that, which no hook of Claude Code tells its parent, or by itself before. */
export function settleStop(state: SessionState, worker: Worker, at: EventPosition): void {
  if (worker.state !== 'aborted') return free(state, worker, at);
  refuseFor(state, worker, LAST_BATCH_MS, at);
  tellParent(state, worker, at);
}

/** A teammate that is stopped ends its turn, and waits for its next message. */
export function restStopped(state: SessionState, worker: Worker, at: EventPosition): void {
  if (worker.state === 'idle') return;
  worker.state = 'idle';
  if (worker.abort !== undefined) worker.problem = abortText(worker.abort);
  resetStopRefusals(state, worker.id);
  refuseFor(state, worker, LAST_CALLS_MS, at);
  tellParent(state, worker, at);
}

function refuseFor(state: SessionState, worker: Worker, ms: number, at: EventPosition): void {
  const block = blockOf(state, worker);
  if (block !== undefined) changeBlock(state, block, { ...block, dueTs: at.ts + ms, spanMs: ms, ttlMs: undefined }, at);
}

function tellParent(state: SessionState, worker: Worker, at: EventPosition): void {
  const { abort } = worker;
  const to = parentOf(state, worker);
  if (abort === undefined || to === abort.by) return;
  const text = `The agent ${withTask(worker.id, worker.task)} was ${stopText(abort)} (Its report is empty for that reason.)`;
  addNote(state, { kind: 'inform', worker: abort.by, to, text }, at);
}

/** What a model reads of the stop of an agent: `stopped by the person: not now`. */
export const stopText = ({ by, word }: NonNullable<Worker['abort']>): string =>
  `stopped by ${by === USER ? 'the person' : by}${word === undefined ? '.' : `: ${word}`}`;

/** Whether further calls of a stopped agent may come, though the refusal that ends it is recorded. */
export const isSettling = (state: SessionState, worker: Worker): boolean =>
  worker.state === 'aborted' && blockOf(state, worker) !== undefined;

/** A subagent goes on, has ended by itself, or has ended for certain: nothing is left of the abort. */
export function free(state: SessionState, worker: Worker, at: EventPosition): void {
  const block = blockOf(state, worker);
  if (block !== undefined) endBlock(state, block, 'worker ended', worker.id, at);
  delete worker.abort;
}

/** The block of an agent's stop. Its key is none that an event can have. */
const blockOf = (state: SessionState, { id, abort }: Worker): Block | undefined =>
  abort && blockNamed(indexOf(state), abort.by, keyName('PreToolUse', keyOf(id)));

const keyOf = (agent: string): string => `stop\n${agent}`;

/** The nearest agent above to which hooks deliver notes. */
function parentOf({ workers }: SessionState, { parent }: Worker): string {
  // the Conductor is no worker: the way ends there
  for (let depth = 0; parent !== undefined && depth < MAX_DEPTH; depth++) {
    const known = workers.get(parent);
    if (hasHooks(known)) return parent;
    parent = known?.parent;
  }
  return CONDUCTOR;
}
