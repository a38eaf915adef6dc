import type { EventOf } from '#protocol/event.ts';
import { RETRIES_AFTER_REFUSAL, DELIVERED_ONCE, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, BlockCause, BlockEnd, Ended, HeldCall, SessionState } from '#protocol/state.ts';
import { describePending, pendingConditions, evaluate } from './conditions.ts';
import { asRecord } from '#core/base/json.ts';
import { hookMessage } from './hookMessage.ts';
import { addNote, type NewNote } from './notes.ts';
import { assignDefined, LIMITS, addNotice, type EventPosition } from './state.ts';

/** Whether a `hook` event blocks: exit 2, or a JSON beside exit 0 that says so, as Claude Code itself reads it. */
function isBlocking(event: EventOf<'hook'>): boolean {
  if (event.exit !== 0 || event.json === undefined) return event.exit === 2;
  const json = asRecord(event.json);
  return json['decision'] === 'block' || asRecord(json['hookSpecificOutput'])['permissionDecision'] === 'deny';
}

/** Whether it becomes a block that stands: not where the deed is done already and it can only be said. */
export const createsBlock = (event: EventOf<'hook'>): boolean =>
  isBlocking(event) && !DELIVERED_ONCE.includes(event.event);

/** A worker invokes a hook: it blocks, or with exit 0 informs or rewrites; anything else warns. */
export function onHook(state: SessionState, event: EventOf<'hook'>, at: EventPosition): void {
  const text = hookMessage(event);
  const noReason = 'blocked, no reason given';
  if (createsBlock(event)) return addOrRenewBlock(state, event, text || noReason, at);
  const { worker, match, key, now = false } = event;
  const add = (kind: NewNote['kind'], message: string, updatedInput?: Record<string, unknown>): void => {
    addNote(
      state,
      { kind, worker, to: CONDUCTOR, event: event.event, text: message, now, match, key, updatedInput },
      at,
    );
  };
  if (isBlocking(event)) {
    add(event.event === 'UserPromptSubmit' ? 'refusePrompt' : 'inform', text || noReason);
  } else if (event.exit === 0) {
    const rewritten = event.json === undefined ? undefined : updatedInput(event.json);
    if (rewritten !== undefined) add('rewrite', text, rewritten);
    else if (text !== '') add('inform', text);
  } else {
    addNotice(state, at, 'warning', text || `exit code ${event.exit} without a word`, worker);
    add('warn', text || `exit code ${event.exit} without a word`);
  }
}

/** The input that a hook's JSON gives a call instead of its own. */
function updatedInput(json: unknown): Record<string, unknown> | undefined {
  const input = asRecord(asRecord(json)['hookSpecificOutput'])['updatedInput'];
  return typeof input === 'object' && input !== null ? asRecord(input) : undefined;
}

function addOrRenewBlock(state: SessionState, event: EventOf<'hook'>, text: string, at: EventPosition): void {
  const earlier = event.key === undefined ? undefined : findByKey(state, event);
  const dueTs = event.ttlMs === undefined ? undefined : at.ts + event.ttlMs;
  const until = pendingConditions(state, event.until, event.worker);
  if (earlier === undefined) {
    const details = { match: event.match, until, key: event.key, dueTs };
    addBlock(state, { worker: event.worker, event: event.event, text, cause: { kind: 'hook' }, ...details }, at);
    return;
  }
  if (earlier.text !== text) earlier.stopCounts.clear();
  Object.assign(earlier, { text, match: event.match, until, dueTs, renewedPos: at.pos });
  reevaluateBlock(state, earlier, at);
}

function findByKey(state: SessionState, event: EventOf<'hook'>): Block | undefined {
  for (const b of state.blocks.values())
    if (b.ended === undefined && b.key === event.key && b.worker === event.worker && b.event === event.event) return b;
  return undefined;
}

export interface NewBlock {
  worker: string;
  event: Block['event'];
  text: string;
  cause: BlockCause;
  match?: Block['match'] | undefined;
  until?: Block['until'];
  key?: string | undefined;
  dueTs?: number | undefined;
}

/** A block that stands from here on; it gets the next `B<n>`. */
export function addBlock(state: SessionState, block: NewBlock, at: EventPosition): Block {
  const id = `B${++state.blockCount}`;
  const { worker, event, text, cause, until = [], match, key, dueTs } = block;
  const counts = { renewedPos: at.pos, deniedCount: 0, stopCounts: new Map<string, number>() };
  const added: Block = { id, pos: at.pos, sinceTs: at.ts, worker, event, text, cause, until, holding: [], ...counts };
  state.blocks.set(id, assignDefined(added, { match, key, dueTs }));
  reevaluateBlock(state, added, at);
  return added;
}

/** Keeps the turn from ending until somebody answers. */
export function holdStop(
  state: SessionState,
  worker: string,
  text: string,
  cause: BlockCause,
  at: EventPosition,
): void {
  addBlock(state, { worker, event: 'Stop', text, cause }, at);
}

/** Ends a block, once. Ended ones are kept for a while, so that a person can read what happened. */
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
  // released by the person: the session goes on
  if (block.cause.kind === 'abort') delete state.aborted;
  if (state.blocks.size <= LIMITS.endedBlocks) return;
  let ended = 0;
  for (const b of state.blocks.values()) if (b.ended !== undefined) ended++;
  for (const [id, b] of state.blocks) {
    if (ended <= LIMITS.endedBlocks) break;
    if (b.ended === undefined) continue;
    state.blocks.delete(id);
    ended--;
  }
}

function reevaluateBlock(state: SessionState, block: Block, at: EventPosition): void {
  if (block.ended !== undefined || block.until.length === 0) return;
  const result = evaluate(state, block.until);
  if (result === 'open') return;
  if (result === 'holds') return endBlock(state, block, 'until', block.worker, at);
  endBlock(state, block, 'cannot hold', block.worker, at);
  const { id, worker, until, text } = block;
  const explanation = `it waited until ${describePending(until)}, which can no longer happen. It said: ${text}`;
  addNotice(state, at, 'escalation', `${id} by ${worker} ended: ${explanation}`, worker);
}

/** After an event that could make a condition true: ends the blocks whose `until` now holds or never can. */
export function reevaluateConditions(state: SessionState, at: EventPosition): void {
  for (const block of state.blocks.values()) reevaluateBlock(state, block, at);
  for (const [worker, watch] of state.watches)
    if (watch.until.length > 0 && evaluate(state, watch.until) !== 'open') state.watches.delete(worker);
}

/** Blocks that end with their worker: all that it said, but those at Stop, which somebody has to answer. */
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

/** The Conductor says what it did about something that held Stop. */
export function onResolve(state: SessionState, event: EventOf<'resolve'>, at: EventPosition): void {
  const block = state.blocks.get(event.block);
  if (block !== undefined && block.event === 'Stop') endBlock(state, block, 'resolve', event.by, at, event.word);
}

/** The end of a turn was refused: by this block, and once by that run of a hook, however many blocks it named. */
function countStopRefusal(state: SessionState, block: Block, { agent = CONDUCTOR, id }: EventOf<'denied'>): void {
  block.stopCounts.set(agent, (block.stopCounts.get(agent) ?? 0) + 1);
  const refusals = state.stopRefusals.get(agent) ?? { count: 0 };
  if (id === undefined || refusals.last !== id) refusals.count++;
  if (id !== undefined) refusals.last = id;
  state.stopRefusals.set(agent, refusals);
}

/** A new turn begins for one agent: what was refused at its end counts from nothing again. */
export function resetStopRefusals(state: SessionState, agent: string): void {
  state.stopRefusals.delete(agent);
  for (const block of state.blocks.values()) block.stopCounts.delete(agent);
}

/** A hook tells what a block did to a call: refused it, or holds it (without `ms`) or held it (with `ms`). */
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
