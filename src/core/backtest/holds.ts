import { HOOKS } from '#protocol/hookTable.ts';
import type { Block } from '#protocol/state.ts';
import { isBudget } from '#core/fold/limitConditions.ts';
import { isActive, isOfPerson, isTimed } from '#core/fold/queries.ts';
import { activeBlocks, canHold, type CallContext } from '#core/policy/activeBlocks.ts';
import { holdMs } from '#core/policy/holdLimit.ts';
import type { HeldMoment, Outcome, TriedPolicy } from './policy.ts';
import type { TriedState } from './triedState.ts';

/** A call that is held, with the blocks that concern it. */
interface HeldCall {
  moment: HeldMoment;
  context: CallContext;
  blocks: Block[];
}

/** The calls that are held at a time of a recorded session, until it is known what becomes of each. */
export class Holds {
  readonly #tried: TriedState;
  readonly #policy: Pick<TriedPolicy, 'holdSeconds' | 'recorded'>;
  #held: HeldCall[] = [];

  constructor(tried: TriedState, policy: Pick<TriedPolicy, 'holdSeconds' | 'recorded'>) {
    this.#tried = tried;
    this.#policy = policy;
  }

  add(held: HeldCall): void {
    if (!this.#isOver(held, held.moment.ts)) this.#held.push(held);
  }

  /** Looks again at what is held, where its blocks may have ended. */
  settle(now: number): void {
    if (this.#held.length > 0) this.#held = this.#held.filter((held) => !this.#isOver(held, now));
  }

  /** At the end of the record. */
  finish(): void {
    for (const held of this.#held) {
      const limit = this.#limitOf(held);
      // a hold of seconds was over before anything that is not recorded any more
      if (Number.isFinite(limit)) close(held, 'refused', limit);
      else close(held, 'waiting', held.moment.ts);
    }
    this.#held = [];
  }

  #limitOf({ moment, blocks }: HeldCall): number {
    const { timeout } = HOOKS[moment.event];
    const { holdSeconds } = this.#policy;
    const ms = holdMs(blocks, holdSeconds, timeout);
    // until then the person has decided
    return ms > 1000 * holdSeconds ? Infinity : moment.ts + ms;
  }

  #isOver(held: HeldCall, time: number): boolean {
    const limit = this.#limitOf(held);
    const now = Math.min(time, limit);
    // of a sweep of git a call has its own copy of the block, with what it takes
    const before = held.blocks.map((block) => this.#tried.state.blocks.get(block.id) ?? block);
    if (!before.every((block) => isActive(block, now) && block.passes === undefined))
      held.blocks = activeBlocks(this.#tried.judged(), held.context, now);
    if (held.blocks.length === 0) return close(held, 'released', Math.min(now, endOf(before)));
    if (!held.blocks.every((block) => canHold(this.#tried.state, block))) return close(held, 'refused', now);
    // of what is tried a record knows no decision of the person
    if (!this.#policy.recorded && held.blocks.some(isOnlyThePersons)) return close(held, 'waiting', held.moment.ts);
    return time >= limit && close(held, 'refused', limit);
  }
}

function close({ moment }: HeldCall, outcome: Outcome, ts: number): true {
  moment.outcome = outcome;
  moment.ms = Math.max(0, ts - moment.ts);
  return true;
}

/** Whether nothing but the person ends a block; of a budget the person alone allows more. */
const isOnlyThePersons = (block: Block): boolean => isOfPerson(block) && block.until.every(isBudget) && !isTimed(block);

/** When the last of blocks that are over has ended. */
const endOf = (blocks: readonly Block[]): number =>
  Math.max(...blocks.map(({ ended, dueTs }) => Math.min(ended?.ts ?? Infinity, dueTs ?? Infinity)));
