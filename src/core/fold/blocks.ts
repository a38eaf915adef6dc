import type { EventOf } from '#protocol/event.ts';
import { RETRIES_AFTER_REFUSAL, DELIVERED_ONCE, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, BlockCause, BlockEnd, Ended, HeldCall, SessionState } from '#protocol/state.ts';
import { describePending, pendingConditions, evaluate } from './conditions.ts';
import { asRecord } from '#core/base/json.ts';
import { hookMessage } from './hookMessage.ts';
import { addNote, type NewNote } from './notes.ts';
import { addNotice, assignDefined, dueAfter, LIMITS, type EventPosition } from './state.ts';

/** Whether a `hook` event blocks: exit 2, or exit 0 with a JSON that denies, as Claude Code itself reads it. */
function isBlocking(event: EventOf<'hook'>): boolean {
  if (event.exit !== 0 || event.json === undefined) return event.exit === 2;
  const json = asRecord(event.json);
  return json['decision'] === 'block' || asRecord(json['hookSpecificOutput'])['permissionDecision'] === 'deny';
}

/** Whether a `hook` event creates a block. At an event after the fact it only leaves a note. */
export const createsBlock = (event: EventOf<'hook'>): boolean =>
  isBlocking(event) && !DELIVERED_ONCE.includes(event.event);

/** A worker invokes a hook: it blocks, or with exit 0 informs or rewrites; any other exit code warns. */
export function onHook(state: SessionState, event: EventOf<'hook'>, at: EventPosition): void {
  const text = hookMessage(event);
  const noReason = 'blocked, no reason given';
  if (createsBlock(event)) return addOrRenewBlock(state, event, text || noReason, at);
  const { worker, match, key, now } = event;
  const add = (kind: NewNote['kind'], message: string, updatedInput?: Record<string, unknown>): void => {
    const note = { kind, worker, to: CONDUCTOR, event: event.event, text: message, now, match, key, updatedInput };
    addNote(state, note, at);
  };
  if (isBlocking(event)) {
    add(event.event === 'UserPromptSubmit' ? 'refusePrompt' : 'inform', text || noReason);
  } else if (event.exit === 0) {
    const rewritten = event.json === undefined ? undefined : updatedInput(event.json);
    if (rewritten !== undefined) add('rewrite', text, rewritten);
    else if (text !== '') add('inform', text);
  } else {
    const warning = text || `exit code ${event.exit} without a word`;
    addNotice(state, at, 'warning', warning, worker);
    add('warn', warning);
  }
}

/** The input that a hook's JSON puts in place of the call's own. */
function updatedInput(json: unknown): Record<string, unknown> | undefined {
  const input = asRecord(asRecord(json)['hookSpecificOutput'])['updatedInput'];
  return typeof input === 'object' && input !== null ? asRecord(input) : undefined;
}

function addOrRenewBlock(state: SessionState, event: EventOf<'hook'>, text: string, at: EventPosition): void {
  const { worker, match, key } = event;
  const until = pendingConditions(state, event.until, worker);
  const details = { text, match, until, dueTs: dueAfter(at, event.ttlMs) };
  const earlier = key === undefined ? undefined : findByKey(state, event);
  if (earlier === undefined) {
    addBlock(state, { worker, event: event.event, key, cause: { kind: 'hook' }, ...details }, at);
    return;
  }
  if (earlier.text !== text) earlier.stopCounts.clear();
  Object.assign(earlier, details, { renewedPos: at.pos });
  reevaluateBlock(state, earlier, at);
}

function findByKey(state: SessionState, event: EventOf<'hook'>): Block | undefined {
  for (const b of state.blocks.values())
    if (b.ended === undefined && b.key === event.key && b.worker === event.worker && b.event === event.event) return b;
  return undefined;
}

type NewBlock = Pick<Block, 'worker' | 'event' | 'text' | 'cause'> &
  Partial<Pick<Block, 'match' | 'until' | 'key' | 'dueTs'>>;

/** Adds a block with the next id `B<n>`. */
export function addBlock(state: SessionState, block: NewBlock, at: EventPosition): Block {
  const id = `B${++state.blockCount}`;
  const { worker, event, text, cause, until = [], match, key, dueTs } = block;
  const counts = { renewedPos: at.pos, deniedCount: 0, stopCounts: new Map<string, number>() };
  const added: Block = { id, pos: at.pos, sinceTs: at.ts, worker, event, text, cause, until, holding: [], ...counts };
  state.blocks.set(id, assignDefined(added, { match, key, dueTs }));
  reevaluateBlock(state, added, at);
  return added;
}

/** Keeps the turn from ending until the Conductor resolves it or the person releases it. */
export function holdStop(state: SessionState, by: string, text: string, cause: BlockCause, at: EventPosition): void {
  addBlock(state, { worker: by, event: 'Stop', text, cause }, at);
}

/** Ends a block, once. The newest ended ones are kept, so that a person can read what happened. */
export function endBlock(
  state: SessionState,
  block: Block,
  how: BlockEnd,
  by: string,
  at: EventPosition,
  comment?: string,
): void {
  if (block.ended !== undefined) return;
  block.ended = assignDefined<Ended>({ how, by, ts: at.ts, pos: at.pos }, { word: comment });
  block.holding = [];
  // the person has released the abort: the session continues
  if (block.cause.kind === 'abort') delete state.aborted;
  if (state.blocks.size <= LIMITS.endedBlocks) return;
  const ended = [...state.blocks.values()].filter((b) => b.ended !== undefined);
  for (const { id } of ended.slice(0, -LIMITS.endedBlocks)) state.blocks.delete(id);
}

function reevaluateBlock(state: SessionState, block: Block, at: EventPosition): void {
  if (block.ended !== undefined || block.until.length === 0) return;
  const result = evaluate(state, block.until);
  if (result === 'pending') return;
  if (result === 'met') return endBlock(state, block, 'until', block.worker, at);
  endBlock(state, block, 'cannot hold', block.worker, at);
  const { id, worker, until, text } = block;
  const explanation = `it waited until ${describePending(until)}, which can no longer happen. It said: ${text}`;
  addNotice(state, at, 'escalation', `${id} by ${worker} ended: ${explanation}`, worker);
}

/** Ends the blocks whose `until` is met or impossible. Called after each event that may change a condition. */
export function reevaluateConditions(state: SessionState, at: EventPosition): void {
  for (const block of state.blocks.values()) reevaluateBlock(state, block, at);
  for (const [worker, watch] of state.watches)
    if (watch.until.length > 0 && evaluate(state, watch.until) !== 'pending') state.watches.delete(worker);
}

/** Ends a worker's own blocks together with it, except those at Stop, which need an answer. */
export function endBlocksOf(state: SessionState, worker: string, at: EventPosition): void {
  for (const block of state.blocks.values()) {
    const outlives = block.event === 'Stop' && block.until.length === 0 && block.dueTs === undefined;
    if (block.worker === worker && !outlives && ['hook', 'guard'].includes(block.cause.kind))
      endBlock(state, block, 'worker ended', worker, at);
  }
}

/** Cleared by its worker, or released by a person: one block, or `all`. */
export function onUnblock(state: SessionState, event: EventOf<'unblock'>, at: EventPosition): void {
  for (const block of state.blocks.values()) {
    if (block.ended !== undefined || (event.block !== 'all' && event.block !== block.id)) continue;
    if (event.by !== USER && event.by !== block.worker) continue;
    endBlock(state, block, event.by === USER ? 'release' : 'unblock', event.by, at, event.word);
  }
}

/** The Conductor reports what it did about a block that held Stop. */
export function onResolve(state: SessionState, event: EventOf<'resolve'>, at: EventPosition): void {
  const block = state.blocks.get(event.block);
  if (block !== undefined && block.event === 'Stop') endBlock(state, block, 'resolve', event.by, at, event.word);
}

/** Counts a refused end of a turn: for the block, and once per run of a hook for the agent. */
function countStopRefusal(state: SessionState, block: Block, { agent = CONDUCTOR, id }: EventOf<'denied'>): void {
  block.stopCounts.set(agent, (block.stopCounts.get(agent) ?? 0) + 1);
  const refusals = state.stopRefusals.get(agent) ?? { count: 0 };
  if (id === undefined || refusals.last !== id) refusals.count++;
  if (id !== undefined) refusals.last = id;
  state.stopRefusals.set(agent, refusals);
}

/** A new turn of an agent starts: its refusals at Stop count from zero again. */
export function resetStopRefusals(state: SessionState, agent: string): void {
  state.stopRefusals.delete(agent);
  for (const block of state.blocks.values()) block.stopCounts.delete(agent);
}

/** A hook reports that a block has refused a call, holds it (no `ms`), or has held it (with `ms`). */
export function onEnforced(state: SessionState, event: EventOf<'denied'> | EventOf<'held'>, at: EventPosition): void {
  const block = state.blocks.get(event.block);
  if (block === undefined) return;
  block.firstEnforcedTs ??= at.ts;
  const id = event.id ?? `@${at.pos}`;
  block.holding = block.holding.filter((h) => h.id !== id);
  if (event.t === 'denied') {
    block.deniedCount++;
    if (RETRIES_AFTER_REFUSAL.includes(event.tool as HookEvent)) countStopRefusal(state, block, event);
  } else if (event.ms === undefined && block.ended === undefined) {
    const { tool, summary } = event;
    block.holding.push(assignDefined<HeldCall>({ id, tool, sinceTs: at.ts }, { summary }));
  }
}
