import type { EventOf } from '#protocol/event.ts';
import type { Block, PendingCondition, SessionState, Watch } from '#protocol/state.ts';
import { reevaluateBlock } from './blocks.ts';
import { evaluate, isListMet, keptConditions, stepsOf } from './conditions.ts';
import { indexDependent, type Waiting } from './facts.ts';
import { indexOf } from './foldIndex.ts';
import { countBeyondLimit, COUNTS, mayStep, STEPS_OF_EVALUATION } from './limits.ts';
import { assignDefined, type EventPosition } from './state.ts';
import { removeWatch } from './watches.ts';
import { failIfUnstartable } from './workers.ts';

/**
 * Evaluates the conditions that depend on what an event has made true: blocks and watches end, planned workers fail. What
 * that makes true in turn follows, until nothing more does.
 */
export function reevaluateDependents(state: SessionState, at: EventPosition): void {
  const { facts = [] } = at;
  const index = indexOf(state);
  // the list grows while it is read
  for (const fact of facts) {
    const known = index.dependents.get(fact);
    if (known === undefined) continue;
    if (!(known instanceof Set) && isPlain(known)) reevaluate(state, known, at);
    else reevaluateSeveral(state, known, at);
  }
}

/** Whether it is a block with one condition on one thing: its own line has paid for that. */
const isPlain = (dependent: Waiting): dependent is Block =>
  typeof dependent !== 'string' && dependent.until.length === 1 && dependent.until[0]?.workers === undefined;

/** Evaluates what costs more, for as long as a line may cost that: of all files, for one, there is a single fact. */
export function reevaluateSeveral(state: SessionState, known: Waiting | Set<Waiting>, at: EventPosition): void {
  if (!mayStep(state, at)) return;
  // a list of its own, since evaluating them changes the index
  const dependents = known instanceof Set ? [...known] : [known];
  state.steps += dependents.length;
  for (const dependent of dependents) {
    if (!mayStep(state, at)) return;
    if (typeof dependent !== 'string') {
      state.steps += STEPS_OF_EVALUATION * dependent.until.length;
      reevaluate(state, dependent, at);
    } else if (dependent.startsWith('watch ')) endWatchIfOver(state, dependent.slice(6));
    else startOrFail(state, dependent.slice(6), at);
  }
}

function reevaluate(state: SessionState, block: Block, at: EventPosition): void {
  if (block.ended !== undefined) return;
  reevaluateBlock(state, block, at);
  if (block.ended === undefined) indexDependent(indexOf(state), block, block.until, 'block');
}

/** A worker watches calls until its conditions are met. */
export function onWatch(state: SessionState, event: EventOf<'watch'>, at: EventPosition): void {
  if (state.watches.size >= COUNTS.watches && !state.watches.has(event.worker))
    return countBeyondLimit(state, 'watches');
  removeWatch(state, event.worker);
  const until = keptConditions(state, event.until, event.worker, at);
  state.watches.set(event.worker, assignDefined<Watch>({ until }, { tool: event.tool, agent: event.agent }));
  // one without a condition ends with its worker
  if (until.length > 0) endWatchIfOver(state, event.worker);
}

/** Keeps for each list of workers which of them it waits for next, so that the facts follow from the state alone. */
function findAwaited(state: SessionState, until: readonly PendingCondition[]): void {
  for (const condition of until) if (!condition.met && condition.workers !== undefined) isListMet(state, condition);
}

/** Ends a watch whose conditions are met or can no longer be. */
function endWatchIfOver(state: SessionState, worker: string): void {
  const { until } = state.watches.get(worker) ?? { until: [] };
  state.steps += stepsOf(until);
  findAwaited(state, until);
  if (evaluate(state, until) === 'pending') indexDependent(indexOf(state), `watch ${worker}`, until, 'watch');
  else removeWatch(state, worker);
}

/** Fails a planned worker that can no longer start. */
function startOrFail(state: SessionState, id: string, at: EventPosition): void {
  const worker = state.workers.get(id);
  if (worker !== undefined) failIfUnstartable(state, worker, at);
}
