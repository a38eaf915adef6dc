import type { EventOf } from '#protocol/event.ts';
import { RETRIES_AFTER_REFUSAL, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, DeniedCall, HeldCall, PassedCall, RefusedCall, SessionState } from '#protocol/state.ts';
import { truncate } from '#core/base/text.ts';
import { indexOf, indexRefusal } from './foldIndex.ts';
import { dropLaunch } from './launches.ts';
import { mayStep } from './limits.ts';
import { addNote } from './notes.ts';
import { assignDefined, LIMITS, type EventPosition } from './state.ts';

// What blocks do to calls and to ends of turns, and what the person decides about one call.

/** The person lets a call run that a block holds or has refused; the block stands for all others. */
export function letPass(state: SessionState, block: Block, call: string): void {
  const seen = [...block.holding, block.refused].find((each) => each?.call === call);
  if (seen === undefined) return;
  const { tool, summary, digest, agent } = seen;
  const pass = assignDefined<PassedCall>({ call, tool }, { summary, digest, agent });
  block.passes = [...(block.passes ?? []), pass].slice(-LIMITS.passes);
  block.holding = block.holding.filter((each) => each.call !== call);
  if (block.refused?.call === call) delete block.refused;
  if (state.denials !== undefined) state.denials = state.denials.filter((each) => each.call !== call);
}

/**
 * The person refuses a call. A hook that holds it answers Claude with that; one that was refused before has its answer, so
 * that Claude is told by a note.
 */
export function onDeny(state: SessionState, { call, by, word: said }: EventOf<'deny'>, at: EventPosition): void {
  // where a line may not cost that, the call stays held, and can be refused again
  if (by !== USER || !mayStep(state, at)) return;
  state.steps += state.blocks.size;
  const word = said === undefined ? undefined : truncate(said, MAX_WORD_CHARS);
  const blocks = [...state.blocks.values()].filter(({ event, ended }) => event === 'PreToolUse' && ended === undefined);
  if (blocks.some(({ holding }) => holding.some((each) => each.call === call)))
    state.denials = [...(state.denials ?? []), assignDefined<DeniedCall>({ call }, { word })].slice(-LIMITS.denials);
  const refused = blocks.flatMap((block) => (block.refused?.call === call ? block.refused : []));
  const [first] = refused;
  if (first === undefined || first.by !== undefined) return;
  for (const each of refused) each.by = by;
  const text = `${denialText(word)}\n(${[first.tool, first.summary].filter(Boolean).join(' ')})`;
  addNote(state, { kind: 'inform', worker: USER, to: first.agent ?? CONDUCTOR, text }, at);
}

/** What Claude is told of a call that the person refuses. */
export const denialText = (word: string | undefined): string =>
  `The person refused this call${word === undefined ? '.' : `: ${word}`}\nDo not make it again, in this form or another, unless they ask for it.`;

/** A call that the person let run has passed: the same call again is another one. */
export function onPassed(state: SessionState, event: EventOf<'passed'>): void {
  const block = state.blocks.get(event.block);
  const rest = block?.passes?.filter(({ call }) => call !== event.call) ?? [];
  if (rest.length > 0) block!.passes = rest;
  else delete block?.passes;
}

/** A hook reports that a block has refused a call, holds it (no `ms`), or has held it (with `ms`). */
export function onEnforced(state: SessionState, event: EventOf<'denied'> | EventOf<'held'>, at: EventPosition): void {
  const block = state.blocks.get(event.block);
  if (block === undefined) return;
  block.firstEnforcedTs ??= at.ts;
  const id = event.id ?? `@${at.pos}`;
  const { tool, summary, agent } = event;
  const call = event.call === undefined ? undefined : truncate(event.call, MAX_CALL_ID);
  if (block.holding.length > 0) block.holding = block.holding.filter((h) => h.id !== id);
  if (event.t === 'denied') {
    block.deniedCount++;
    if (state.launches !== undefined) dropLaunch(state, call);
    const wasHeld = (call !== undefined && call === block.heldBefore) || undefined;
    const { digest, by } = event;
    block.refused = assignDefined<RefusedCall>({ tool, ts: at.ts }, { call, summary, digest, agent, wasHeld, by });
    if (RETRIES_AFTER_REFUSAL.includes(tool as HookEvent)) countStopRefusal(state, block, event);
  } else if (event.ms !== undefined) {
    assignDefined(block, { heldBefore: call });
  } else if (block.ended === undefined) {
    const untilTs = event.limitMs === undefined ? undefined : at.ts + event.limitMs;
    if (block.holding.length >= LIMITS.heldCalls) block.holding.shift();
    block.holding.push(assignDefined<HeldCall>({ id, tool, sinceTs: at.ts }, { call, summary, agent, untilTs }));
    indexOf(state).holding.add(block);
  }
}

/** The longest word to a refused call that is kept: the answer to Claude has room for it. */
const MAX_WORD_CHARS = 4096;
/** The longest id of a call that is kept. */
const MAX_CALL_ID = 200;

/** Counts a refused end of a turn: for the block, and once per run of a hook for the agent. */
export function countStopRefusal(
  state: SessionState,
  block: Block,
  { agent = CONDUCTOR, id }: EventOf<'denied'>,
): void {
  block.stopCounts ??= new Map();
  block.stopCounts.set(agent, (block.stopCounts.get(agent) ?? 0) + 1);
  if (block.ended === undefined) indexRefusal(state, block, agent);
  const refusals = state.stopRefusals.get(agent) ?? { count: 0 };
  if (id === undefined || refusals.last !== id) refusals.count++;
  if (id !== undefined) refusals.last = id;
  state.stopRefusals.set(agent, refusals);
}

/** Another program's hook has refused the end of the turn. */
export function countForeignRefusal(state: SessionState): void {
  const refusals = state.stopRefusals.get(CONDUCTOR);
  state.stopRefusals.set(CONDUCTOR, { count: (refusals?.count ?? 0) + 1 });
}

/** A turn has ended or begun: a hook that was killed while it held a call never reports the end of that. */
export function dropHeldCalls(state: SessionState): void {
  const { holding } = indexOf(state);
  for (const block of holding) block.holding = [];
  holding.clear();
}
