import type { EventOf } from '#protocol/event.ts';
import { DELIVERED_ONCE, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Match } from '#protocol/parts.ts';
import type { Block, BlockCause, BlockEnd, Ended, SessionState } from '#protocol/state.ts';
import { onRaise } from './budgets.ts';
import { isBlockOverEarly } from './expiries.ts';
import { forgetConditions, hasEnded, keptConditions, latchMet } from './conditions.ts';
import { unsuccessful, whyImpossible, type StuckReason } from './impossible.ts';
import {
  blockNamed,
  GUARDS,
  guardName,
  indexBlock,
  indexOf,
  indexTerms,
  keyName,
  unindexBlock,
  unindexTerms,
} from './foldIndex.ts';
import { letPass } from './heldCalls.ts';
import { hookMessage, isBlocking, rewrittenInput } from './hookMessage.ts';
import { boundedMatch, boundedText, countBeyondLimit, COUNTS, mayStep } from './limits.ts';
import { addNote, type NewNote } from './notes.ts';
import { isRevocable, receiptOf } from './provable.ts';
import { endsWithWorker, isTimed } from './queries.ts';
import { addFacts, addNotice, assignDefined, LIMITS, type EventPosition } from './state.ts';

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
    const rewritten = rewrittenInput(event);
    if (rewritten !== undefined) add('rewrite', text, rewritten);
    else if (text !== '') add('inform', text);
  } else {
    const warning = text || `exit code ${event.exit} without a word`;
    addNotice(state, at, 'warning', warning, worker);
    add('warn', warning);
  }
}

function addOrRenewBlock(state: SessionState, event: EventOf<'hook'>, text: string, at: EventPosition): void {
  const { worker, key, match, ttlMs } = event;
  const earlier = key === undefined ? undefined : blockNamed(indexOf(state), worker, keyName(event.event, key));
  // looked at before its conditions are kept: there may be a hundred thousand of them
  if (earlier === undefined && isBeyond(state, worker)) return void addBeyond(state, event.event, at);
  const until = keptConditions(state, event.until, worker, at);
  // it is over at a time, or lasts from a time on that is not known yet
  const [dueTs, lasts] = ttlMs === undefined || at.untimed === true ? [undefined, ttlMs] : [at.ts + ttlMs, undefined];
  const block = {
    worker,
    event: event.event,
    text,
    cause: { kind: 'hook' },
    match,
    until,
    key,
    dueTs,
    ttlMs: lasts,
    spanMs: dueTs === undefined ? undefined : ttlMs,
  } as const;
  if (earlier === undefined) addOne(state, block, at);
  else changeBlock(state, earlier, block, at);
}

/** Renews a block with other terms, which may end it. */
export function changeBlock(state: SessionState, block: Block, terms: NewBlock, at: EventPosition): void {
  const index = indexOf(state);
  unindexTerms(index, block);
  forgetConditions(state, block.until);
  const { text, match } = bounded(terms.text, terms.match);
  if (text !== block.text && block.stopCounts !== undefined) delete block.stopCounts;
  block.text = text;
  block.until = terms.until ?? [];
  setTerm(block, 'match', match);
  setTerm(block, 'dueTs', terms.dueTs);
  setTerm(block, 'ttlMs', terms.ttlMs);
  setTerm(block, 'spanMs', terms.spanMs);
  delete block.reports;
  delete block.raised;
  block.renewedPos = at.pos;
  reevaluateBlock(state, block, at);
  if (block.ended === undefined) indexTerms(index, block);
}

function setTerm<K extends 'match' | 'dueTs' | 'ttlMs' | 'spanMs'>(
  block: Block,
  name: K,
  value: Block[K] | undefined,
): void {
  if (value !== undefined) block[name] = value;
  else if (block[name] !== undefined) delete block[name];
}

type NewBlock = Pick<Block, 'worker' | 'event' | 'text' | 'cause'> & {
  [Name in 'match' | 'until' | 'key' | 'dueTs' | 'ttlMs' | 'spanMs']?: Block[Name] | undefined;
};

/** A block's text and match as far as they are kept; what is left out of the match makes it concern more. */
function bounded(text: string, match: Match | undefined): { text: string; match: Match | undefined } {
  const kept = boundedMatch(match);
  const note = kept.note === undefined ? '' : ` ${kept.note}`;
  return { text: boundedText(text) + note, match: kept.match };
}

/** Whether too many blocks are active, of all or of a worker, for another one. */
function isBeyond(state: SessionState, worker: string): boolean {
  const { active, blocksOf } = indexOf(state);
  return active.size >= COUNTS.blocks || (blocksOf.get(worker)?.size ?? 0) >= COUNTS.blocksOfWorker;
}

/**
 * Adds a block with the next id `B<n>`. Where too many are active, one block at the event stands for all beyond: it
 * concerns every call, so that none of them opens anything.
 */
export function addBlock(state: SessionState, block: NewBlock, at: EventPosition): Block {
  if (!isBeyond(state, block.worker)) return addOne(state, block, at);
  if (block.until !== undefined) forgetConditions(state, block.until);
  return addBeyond(state, block.event, at);
}

/** Counts a block that is one of too many, and returns the one that stands for those beyond. */
function addBeyond(state: SessionState, event: HookEvent, at: EventPosition): Block {
  countBeyondLimit(state, 'blocks');
  const rest = blockNamed(indexOf(state), REST, keyName(event, REST));
  if (rest !== undefined) return rest;
  const text = `More blocks stand at ${event} than are looked at one by one (${COUNTS.blocks}, or ${COUNTS.blocksOfWorker} of one worker). Those beyond hold every call, until the person releases this one.`;
  return addOne(state, { worker: REST, key: REST, event, text, cause: { kind: 'hook' } }, at);
}

/** The worker and the key of the block that stands for those beyond the limit. */
const REST = 'fermata';

function addOne(state: SessionState, block: NewBlock, at: EventPosition): Block {
  const id = `B${++state.blockCount}`;
  const { worker, event, cause, until = [], key, dueTs, ttlMs, spanMs } = block;
  const { text, match } = bounded(block.text, block.match);
  const { pos } = at;
  const added: Block = {
    id,
    pos,
    sinceTs: at.ts,
    worker,
    event,
    text,
    cause,
    until,
    holding: [],
    renewedPos: pos,
    deniedCount: 0,
  };
  assignDefined(added, { match, key, dueTs, ttlMs, spanMs });
  state.blocks.set(id, added);
  reevaluateBlock(state, added, at);
  if (added.ended === undefined) indexBlock(state, indexOf(state), added);
  return added;
}

/**
 * Adds the guard of a planned worker. A guard of an earlier run of the same rule that is stuck waits for this worker from
 * now on: to run the rule again is a way to end it.
 */
export function addGuard(state: SessionState, guard: NewBlock, rule: string | undefined, at: EventPosition): void {
  const earlier = blockNamed(indexOf(state), GUARDS, guardName(rule, guard));
  if (earlier === undefined || failedReason(state, earlier) === undefined) return void addBlock(state, guard, at);
  const index = indexOf(state);
  unindexBlock(state, index, earlier);
  earlier.worker = guard.worker;
  earlier.cause = guard.cause;
  changeBlock(state, earlier, guard, at);
  if (earlier.ended === undefined) indexBlock(state, index, earlier);
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
  // what was aborted may go on: the session, or the subagent
  if (block.cause.kind === 'abort') {
    if (block.cause.worker === undefined) delete state.aborted;
    else delete state.workers.get(block.cause.worker)?.abort;
  }
  // several at once, so that an ended block costs the same however many are active
  index.ended.push(block);
  if (index.ended.length <= LIMITS.endedBlocks * 1.5) return;
  index.ended.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
  for (const { id, until } of index.ended.splice(0, index.ended.length - LIMITS.endedBlocks)) {
    state.blocks.delete(id);
    forgetConditions(state, until);
  }
}

/** Ends a block if its conditions are met; one that waits for what can be taken back is open meanwhile. While one of them cannot be, it stays active: it is stuck. */
export function reevaluateBlock(state: SessionState, block: Block, at: EventPosition): void {
  if (block.ended !== undefined || block.until.length === 0) return;
  if (!latchMet(state, block.until)) delete block.open;
  else if (block.until.some(isRevocable)) block.open = receiptOf(state, block);
  else endBlock(state, block, 'until', block.worker, at);
}

/** A block's time is over, by a clock that shows that time or one that was set back since and has measured how much has passed. */
export function onExpireBlock(state: SessionState, block: Block, { host }: EventOf<'expire'>, at: EventPosition): void {
  const { dueTs } = block;
  if (dueTs === undefined || block.ended !== undefined) return;
  if (at.ts < dueTs && !isBlockOverEarly(state, block, at.ts, host)) return;
  // from now on its end is a time of that clock
  block.dueTs = Math.min(dueTs, at.ts);
  endBlock(state, block, 'expired', block.worker, at);
}

/**
 * What has happened so that an active block cannot end by itself: one of its conditions is impossible, or its worker ended
 * before it cleared it, and did not end well.
 */
export function failedReason(state: SessionState, block: Block): StuckReason | undefined {
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

/** Ends a worker's own blocks together with it, if it has ended well and they wait for nothing else. */
export function endBlocksOf(state: SessionState, worker: string, at: EventPosition): void {
  if (state.workers.get(worker)?.state !== 'done') return;
  const own = [...(indexOf(state).blocksOf.get(worker) ?? [])];
  for (const block of own)
    if (block.until.length === 0 && endsWithWorker(block)) endBlock(state, block, 'worker ended', worker, at);
}

/** Cleared by its worker, or released by a person: one block, or `all`; or for one call only, by the person. */
export function onUnblock(state: SessionState, event: EventOf<'unblock'>, at: EventPosition): void {
  const ofPerson = event.by === USER;
  if (event.call !== undefined && !mayLetPass(state, event, at)) return;
  const named = state.blocks.get(event.block);
  const { active, blocksOf } = indexOf(state);
  const all = ofPerson ? active : (blocksOf.get(event.by) ?? []);
  const blocks = event.block === 'all' ? [...all] : named === undefined ? [] : [named];
  const concerned = blocks.filter((block) => block.ended === undefined && (ofPerson || event.by === block.worker));
  for (const block of concerned) {
    if (event.budget !== undefined) onRaise(block, event);
    else if (event.call === undefined)
      endBlock(state, block, ofPerson ? 'release' : 'unblock', event.by, at, event.word);
    else letPass(state, block, event.call);
  }
  if (ofPerson && event.word !== undefined && concerned.length > 0) passOnWord(state, event.word, concerned, at);
}

/** What the person said as they released blocks. A turn that may end has no next call, with which it could go along. */
function passOnWord(state: SessionState, text: string, released: Block[], at: EventPosition): void {
  const now = released.some(({ event }) => event === 'Stop');
  addNote(state, { kind: 'inform', worker: USER, to: CONDUCTOR, text, now }, at);
}

/** Only the person lets a call run, and past all blocks only where a line may cost that: they stand, and can be let pass again. */
function mayLetPass(state: SessionState, { block, by }: EventOf<'unblock'>, at: EventPosition): boolean {
  if (by !== USER || block !== 'all') return by === USER;
  if (!mayStep(state, at)) return false;
  state.steps += indexOf(state).active.size;
  return true;
}

/** The Conductor reports what it did about a block that held Stop. */
export function onResolve(state: SessionState, event: EventOf<'resolve'>, at: EventPosition): void {
  const block = state.blocks.get(event.block);
  // a word is no proof
  if (block !== undefined && block.event === 'Stop' && !block.until.some(isRevocable))
    endBlock(state, block, 'resolve', event.by, at, event.word);
}

/** A new turn of an agent starts: its refusals at Stop count from zero again. */
export function resetStopRefusals(state: SessionState, agent: string): void {
  state.stopRefusals.delete(agent);
  const { refusing } = indexOf(state);
  for (const block of refusing.get(agent) ?? []) block.stopCounts?.delete(agent);
  refusing.delete(agent);
}
