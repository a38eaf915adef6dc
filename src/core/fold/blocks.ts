import type { EventOf } from '#protocol/event.ts';
import { RETRIES_AFTER_REFUSAL, DELIVERED_ONCE, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Match } from '#protocol/parts.ts';
import type { Block, BlockCause, BlockEnd, Ended, HeldCall, SessionState } from '#protocol/state.ts';
import { keptConditions, evaluate, hasEnded, whyImpossible, unsuccessful, type StuckReason } from './conditions.ts';
import { asRecord } from '#core/base/json.ts';
import { guardName, indexBlock, indexOf, indexRefusal, keyName, unindexBlock } from './foldIndex.ts';
import { hookMessage } from './hookMessage.ts';
import { boundedMatch, boundedText, countBeyondLimit, COUNTS } from './limits.ts';
import { addNote, type NewNote } from './notes.ts';
import { isTimed } from './queries.ts';
import { addFacts, addNotice, assignDefined, LIMITS, type EventPosition } from './state.ts';

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
  const { worker, key } = event;
  const until = keptConditions(state, event.until, worker);
  const details = { ...bounded(text, event.match), until, ...lifetime(event.ttlMs, at) };
  const earlier = key === undefined ? undefined : indexOf(state).blockByName.get(keyName(worker, event.event, key));
  if (earlier === undefined) {
    addBlock(state, { worker, event: event.event, key, cause: { kind: 'hook' }, ...details }, at);
    return;
  }
  changeBlock(state, earlier, details, at);
}

/** When a block is over, or for how long it stands from a time on that is not known yet. */
const lifetime = (ttlMs: number | undefined, at: EventPosition): Pick<Block, 'dueTs' | 'ttlMs'> | undefined =>
  ttlMs === undefined ? undefined : at.untimed === true ? { ttlMs } : { dueTs: at.ts + ttlMs };

/** Renews a block with other details, which may end it. */
function changeBlock(state: SessionState, block: Block, details: Partial<Block>, at: EventPosition): void {
  const index = indexOf(state);
  unindexBlock(state, index, block);
  if (details.text !== block.text) block.stopCounts.clear();
  delete block.dueTs;
  delete block.ttlMs;
  Object.assign(block, details, { renewedPos: at.pos });
  indexBlock(state, index, block);
  reevaluateBlock(state, block, at);
}

type NewBlock = Pick<Block, 'worker' | 'event' | 'text' | 'cause'> &
  Partial<Pick<Block, 'match' | 'until' | 'key' | 'dueTs' | 'ttlMs'>>;

/** A block's text and match as far as they are kept; what is left out of the match makes it concern more. */
function bounded(text: string, match: Match | undefined): { text: string; match: Match | undefined } {
  const kept = boundedMatch(match);
  const note = kept.note === undefined ? '' : ` ${kept.note}`;
  return { text: boundedText(text) + note, match: kept.match };
}

/**
 * Adds a block with the next id `B<n>`. Where too many are active, one block at the event stands for all beyond: it
 * concerns every call, so that none of them opens anything.
 */
export function addBlock(state: SessionState, block: NewBlock, at: EventPosition): Block {
  const { active, blocksOf, blockByName } = indexOf(state);
  const own = blocksOf.get(block.worker)?.size ?? 0;
  if (active.size < COUNTS.blocks && own < COUNTS.blocksOfWorker) return addOne(state, block, at);
  countBeyondLimit(state, `a block of ${block.worker}, which has too many or is one of too many`);
  const { event } = block;
  const rest = blockByName.get(keyName(BEYOND, event, BEYOND));
  if (rest !== undefined) return rest;
  const text = `More blocks stand at ${event} than are looked at one by one (${COUNTS.blocks}, or ${COUNTS.blocksOfWorker} of one worker). Those beyond hold every call, until the person releases this one.`;
  return addOne(state, { worker: BEYOND, key: BEYOND, event, text, cause: { kind: 'hook' } }, at);
}

/** The worker and the key of the block that stands for those beyond the limit. */
const BEYOND = 'fermata';

function addOne(state: SessionState, block: NewBlock, at: EventPosition): Block {
  const id = `B${++state.blockCount}`;
  const { worker, event, cause, until = [], key, dueTs, ttlMs } = block;
  const { text, match } = bounded(block.text, block.match);
  const counts = { renewedPos: at.pos, deniedCount: 0, stopCounts: new Map<string, number>() };
  const added: Block = { id, pos: at.pos, sinceTs: at.ts, worker, event, text, cause, until, holding: [], ...counts };
  state.blocks.set(id, assignDefined(added, { match, key, dueTs, ttlMs }));
  indexBlock(state, indexOf(state), added);
  reevaluateBlock(state, added, at);
  return added;
}

/**
 * Adds the guard of a planned worker. A guard of an earlier run of the same rule that is stuck waits for this worker from
 * now on: to run the rule again is a way to end it.
 */
export function addGuard(state: SessionState, guard: NewBlock, rule: string | undefined, at: EventPosition): void {
  const name = guardName(rule, guard);
  const earlier = name === undefined ? undefined : indexOf(state).blockByName.get(name);
  if (earlier === undefined || stuckReason(state, earlier) === undefined) return void addBlock(state, guard, at);
  const { worker, text, cause, until = [] } = guard;
  changeBlock(state, earlier, { worker, text, cause, until }, at);
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
  const index = indexOf(state);
  unindexBlock(state, index, block);
  addFacts(at, `clear:${block.id}`);
  // the person has released the abort: the session continues
  if (block.cause.kind === 'abort') delete state.aborted;
  // several at once, so that an ended block costs the same however many are active
  if (state.blocks.size - index.active.size <= LIMITS.endedBlocks * 1.5) return;
  const ended = [...state.blocks.values()].filter((b) => b.ended !== undefined);
  for (const { id } of ended.slice(0, -LIMITS.endedBlocks)) state.blocks.delete(id);
}

/** Ends a block if its conditions are met. While one of them cannot be, it stays active: it is stuck. */
export function reevaluateBlock(state: SessionState, block: Block, at: EventPosition): void {
  if (block.ended !== undefined || block.until.length === 0) return;
  if (evaluate(state, block.until, 'block') === 'met') endBlock(state, block, 'until', block.worker, at);
}

/**
 * Why an active block cannot end by itself as things are: one of its conditions is impossible, or its worker ended before
 * it cleared it, and did not end well. Undefined while it can.
 */
export function stuckReason(state: SessionState, block: Block): StuckReason | undefined {
  if (block.ended !== undefined) return undefined;
  for (const condition of block.until) {
    const reason = whyImpossible(state, condition, 'block');
    if (reason !== undefined) return { ...reason, ...ruleRemedy(state, block) };
  }
  if (block.until.length > 0 || isTimed(block) || !endsWithWorker(block)) return undefined;
  const worker = state.workers.get(block.worker);
  return worker !== undefined && hasEnded(worker) && worker.state !== 'done' ? unsuccessful(worker) : undefined;
}

/** A guard of a rule can end in the next run of the rule, which takes it over. */
function ruleRemedy(state: SessionState, { cause }: Block): Pick<StuckReason, 'remedy'> {
  const rule = cause.kind === 'guard' ? state.runs.get(cause.run)?.rule : undefined;
  return rule === undefined
    ? {}
    : { remedy: `the person's prompt starts the rule ${rule} again and its workers end well` };
}

/** Whether a block without a condition ends when its worker ends well. One at Stop needs an answer. */
const endsWithWorker = (block: Block): boolean =>
  (block.cause.kind === 'hook' || block.cause.kind === 'guard') && (block.event !== 'Stop' || isTimed(block));

/** Ends a worker's own blocks together with it, if it has ended well and they wait for nothing else. */
export function endBlocksOf(state: SessionState, worker: string, at: EventPosition): void {
  if (state.workers.get(worker)?.state !== 'done') return;
  const own = [...(indexOf(state).blocksOf.get(worker) ?? [])];
  for (const block of own)
    if (block.until.length === 0 && endsWithWorker(block)) endBlock(state, block, 'worker ended', worker, at);
}

/** Cleared by its worker, or released by a person: one block, or `all`. */
export function onUnblock(state: SessionState, event: EventOf<'unblock'>, at: EventPosition): void {
  const named = state.blocks.get(event.block);
  const { active, blocksOf } = indexOf(state);
  const all = event.by === USER ? active : (blocksOf.get(event.by) ?? []);
  const blocks = event.block === 'all' ? [...all] : named === undefined ? [] : [named];
  for (const block of blocks) {
    if (block.ended !== undefined || (event.by !== USER && event.by !== block.worker)) continue;
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
  if (block.ended === undefined) indexRefusal(state, block, agent);
  const refusals = state.stopRefusals.get(agent) ?? { count: 0 };
  if (id === undefined || refusals.last !== id) refusals.count++;
  if (id !== undefined) refusals.last = id;
  state.stopRefusals.set(agent, refusals);
}

/** A new turn of an agent starts: its refusals at Stop count from zero again. */
export function resetStopRefusals(state: SessionState, agent: string): void {
  state.stopRefusals.delete(agent);
  const { refusing } = indexOf(state);
  for (const block of refusing.get(agent) ?? []) block.stopCounts.delete(agent);
  refusing.delete(agent);
}

/** A turn has ended or begun: a hook that was killed while it held a call never reports the end of that. */
export function dropHeldCalls(state: SessionState): void {
  const { holding } = indexOf(state);
  for (const block of holding) block.holding = [];
  holding.clear();
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
    if (block.holding.length >= LIMITS.heldCalls) block.holding.shift();
    block.holding.push(assignDefined<HeldCall>({ id, tool, sinceTs: at.ts }, { summary }));
    indexOf(state).holding.add(block);
  }
}
