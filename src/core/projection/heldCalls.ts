import type { Block, SeenCall, SessionState, Worker } from '#protocol/state.ts';
import { writeSum } from '#protocol/budgetSum.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { HeldCallView, HoldReasonView } from '#protocol/viewModel.ts';
import { budgetsOf, isSpent, nextSum } from '#core/fold/budgets.ts';
import { opensAt } from '#core/fold/usedWindows.ts';
import { stuckReason } from '#core/fold/stuck.ts';
import { awaitedNames, hasEnded } from '#core/fold/conditions.ts';
import { livesInClaude, SESSION } from '#core/fold/kinds.ts';
import { isBudget, isLimit } from '#core/fold/limitConditions.ts';
import { reachedLimits } from '#core/fold/reachedLimits.ts';
import { isActive, isOfPerson, isTimed } from '#core/fold/queries.ts';
import { endConditionText, stuckText } from './blockText.ts';
import { blockText, describeEndCondition, workersOf } from './describe.ts';
import { deadlocks } from './locks.ts';
import { BY_IDS, type Wording } from './wording.ts';

/** Without an id, calls that look alike count as one when they began within this time. */
const SAME_CALL_MS = 1000;

export interface HeldCallOptions {
  /** Epoch ms. */
  now: number;
  /** A worker at work without a sign of life for this time counts as silent. */
  silentSeconds: number;
}

/**
 * The calls that active blocks hold or have refused last, each with all of its reasons, and the blocks that need the
 * person before any call: those that are stuck, and a critical failure that keeps the turn from ending. Those that need
 * the person come first, then those that keep Claude waiting now, the oldest first among equals. Pure.
 */
export function heldCalls(state: SessionState, options: HeldCallOptions, wording = BY_IDS): HeldCallView[] {
  const groups = new CallGroups();
  const judge = new ReasonJudge(state, options, wording);
  for (const block of state.blocks.values()) {
    if (!isActive(block, options.now) || block.cause.kind === 'abort') continue;
    for (const held of block.holding) groups.add(block, held, held.sinceTs, { state: 'held', untilTs: held.untilTs });
    if (block.holding.length > 0) continue;
    const { refused } = block;
    if (refused !== undefined && refused.by === undefined && isStillRefused(state, block, refused, options.now))
      groups.add(block, refused, refused.ts, { state: 'refused', gaveUp: refused.wasHeld === true });
    else if (judge.needsPersonUnstruck(block)) groups.addUnstruck(block);
  }
  const rank = ({ needsYou, state: callState }: HeldCallView): number =>
    Number(!needsYou) * 2 + Number(callState !== 'held');
  return groups
    .list()
    .map((group) => view(group, judge))
    .toSorted((a, b) => rank(a) - rank(b) || a.sinceTs - b.sinceTs);
}

/** Whether a call would be refused again: one that has reached a limit may be within it by now. */
function isStillRefused(state: SessionState, block: Block, { agent = CONDUCTOR }: SeenCall, now: number): boolean {
  return (
    !block.until.every(isLimit) || block.until.length === 0 || reachedLimits(state, block, { agent }, now).length > 0
  );
}

interface CallGroup {
  id: string;
  call: SeenCall | undefined;
  state: HeldCallView['state'];
  sinceTs: number;
  untilTs?: number | undefined;
  gaveUp?: boolean | undefined;
  blocks: Block[];
}

/** Collects the blocks of each call. */
class CallGroups {
  readonly #groups = new Map<string, CallGroup>();
  /** Groups of calls without an id, by what they look like. */
  readonly #alike = new Map<string, CallGroup[]>();

  list(): CallGroup[] {
    return [...this.#groups.values()];
  }

  add(
    block: Block,
    call: SeenCall,
    sinceTs: number,
    { state, untilTs, gaveUp }: Pick<CallGroup, 'state' | 'untilTs' | 'gaveUp'>,
  ): void {
    const known = this.#find(state, call, sinceTs);
    if (known === undefined) {
      const id = `${state} ${call.call ?? `${block.id} ${sinceTs}`}`;
      this.#insert({ id, call, state, sinceTs, untilTs, gaveUp, blocks: [block] });
      return;
    }
    if (!known.blocks.includes(block)) known.blocks.push(block);
    known.sinceTs = Math.min(known.sinceTs, sinceTs);
    if (untilTs !== undefined) known.untilTs = Math.min(known.untilTs ?? Infinity, untilTs);
    known.gaveUp ||= gaveUp;
  }

  addUnstruck(block: Block): void {
    const group: CallGroup = {
      id: `block ${block.id}`,
      call: undefined,
      state: 'pending',
      sinceTs: block.sinceTs,
      blocks: [block],
    };
    this.#groups.set(group.id, group);
  }

  #find(state: CallGroup['state'], call: SeenCall, sinceTs: number): CallGroup | undefined {
    if (call.call !== undefined) return this.#groups.get(`${state} ${call.call}`);
    return this.#alike.get(looksOf(state, call))?.find((group) => Math.abs(group.sinceTs - sinceTs) <= SAME_CALL_MS);
  }

  #insert(group: CallGroup): void {
    this.#groups.set(group.id, group);
    if (group.call === undefined || group.call.call !== undefined) return;
    const looks = looksOf(group.state, group.call);
    this.#alike.set(looks, [...(this.#alike.get(looks) ?? []), group]);
  }
}

const looksOf = (state: string, { tool, summary, agent }: SeenCall): string =>
  JSON.stringify([state, tool, summary, agent]);

function view({ id, call, state, sinceTs, untilTs, gaveUp, blocks }: CallGroup, judge: ReasonJudge): HeldCallView {
  const reasons = blocks
    .map((block) => judge.reason(block, call?.agent))
    .toSorted((a, b) => Number(b.needsYou) - Number(a.needsYou));
  const etas = reasons.map(({ etaTs }) => etaTs);
  const needsYou = reasons.some((reason) => reason.needsYou);
  return {
    id,
    state,
    ...(call === undefined ? {} : { tool: call.tool, summary: call.summary, agent: call.agent, call: call.call }),
    sinceTs,
    givesUpTs: state === 'held' ? untilTs : undefined,
    gaveUp: gaveUp || undefined,
    canDeny: (call?.call !== undefined && blocks.every(({ event }) => event === 'PreToolUse')) || undefined,
    needsYou,
    // known only if it is known for each of them
    etaTs: needsYou || etas.includes(undefined) ? undefined : Math.max(...etas.map((ts) => ts ?? 0)),
    reasons,
  };
}

/** Decides of each block whether only the person can end it as things are. The one place where that is decided. */
class ReasonJudge {
  readonly #state: SessionState;
  readonly #options: HeldCallOptions;
  readonly #wording: Wording;
  #inRing: ReadonlySet<string> | undefined;

  constructor(state: SessionState, options: HeldCallOptions, wording: Wording) {
    this.#state = state;
    this.#options = options;
    this.#wording = wording;
  }

  reason(block: Block, agent = CONDUCTOR): HoldReasonView {
    const { now } = this.#options;
    const endsWhen = endConditionText(this.#state, block, this.#wording);
    const needsYou = this.#needsPerson(block);
    return {
      block: block.id,
      from: block.worker,
      text: [blockText(this.#state, block, now), ...reachedLimits(this.#state, block, { agent }, now)].join('\n'),
      needsYou,
      stuck: stuckText(this.#state, block, this.#wording),
      endsWhen: this.#endsItself(block) ? endsWhen : undefined,
      dueTs: block.dueTs,
      etaTs: opensAt(this.#state, block, now) ?? this.#etaTs(block),
      ofPerson: isOfPerson(block) || undefined,
      allow: this.#allow(block, agent),
    };
  }

  #allow(block: Block, agent: string): HoldReasonView['allow'] {
    if (!block.until.some(isBudget)) return undefined;
    const [spent] = budgetsOf(this.#state, block, agent, this.#options.now).filter(isSpent);
    if (spent === undefined) return undefined;
    const sum = writeSum(nextSum(spent));
    return spent.spender.kind === 'agent' ? { sum, agent } : { sum };
  }

  /** Whether a block that has not concerned any call yet needs the person all the same. */
  needsPersonUnstruck(block: Block): boolean {
    return stuckReason(this.#state, block) !== undefined || block.cause.kind === 'critical';
  }

  #needsPerson(block: Block): boolean {
    if (stuckReason(this.#state, block) !== undefined) return true;
    return !this.#endsItself(block) || this.#awaited(block).some((worker) => this.#isInTrouble(worker));
  }

  /** Whether time, or what a program does, ends it. A worker without a process is a person's voice. */
  #endsItself(block: Block): boolean {
    if (isTimed(block)) return true;
    // what was spent stays so
    if (block.until.length > 0) return !block.until.every(isBudget);
    if (isOfPerson(block) || describeEndCondition(this.#state, block) === undefined) return false;
    const worker = this.#state.workers.get(block.worker);
    return block.cause.kind !== 'hook' || (worker !== undefined && hasProcess(worker));
  }

  /** The workers whose doing would end it. */
  #awaited(block: Block): Worker[] {
    if (isTimed(block)) return [];
    if (block.until.length === 0) return workersOf(this.#state, block);
    const names = block.until.flatMap((condition) => awaitedNames(condition));
    return names.flatMap((name) => this.#state.workers.get(name) ?? []);
  }

  /** Whether a worker gives no sign of life, or waits in a ring of locks. */
  #isInTrouble({ id, state, lastTs }: Worker): boolean {
    this.#inRing ??= new Set(deadlocks(this.#state).flatMap((ring) => ring.map(({ worker }) => worker)));
    if (this.#inRing.has(id)) return true;
    const { now, silentSeconds } = this.#options;
    const isAtWork = state === 'running' || state === 'starting';
    return isAtWork && lastTs !== undefined && now - lastTs > silentSeconds * 1000;
  }

  /** When it ends, if that is known: by its time, else by the estimates of all the workers that it waits for. */
  #etaTs(block: Block): number | undefined {
    const estimates = this.#awaited(block)
      .filter((worker) => !hasEnded(worker))
      .map(({ progress }) => (progress?.etaMs === undefined ? undefined : progress.ts + progress.etaMs));
    const byWorkers =
      estimates.length === 0 || estimates.includes(undefined) ? undefined : Math.max(...estimates.map((ts) => ts ?? 0));
    if (block.dueTs === undefined || byWorkers === undefined) return block.dueTs ?? byWorkers;
    return Math.min(block.dueTs, byWorkers);
  }
}

const hasProcess = (worker: Worker): boolean =>
  worker.pid !== undefined || worker.run !== undefined || livesInClaude(worker) || worker.kind === SESSION;
