import { formatSpent, formatSum, parseSum, type BudgetSum } from '#protocol/budgetSum.ts';
import { formatDuration } from '#protocol/duration.ts';
import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, RaisedSum, SessionState } from '#protocol/state.ts';
import { limitOf } from './limitConditions.ts';
import { runName } from './runs.ts';
import { spenderOf, spentBy, type Spender, type Spent } from './spent.ts';
import { assignDefined } from './state.ts';

/** How many new sums one block keeps: of each agent that it means. */
const MAX_RAISED = 500;

/** A budget of a block as it is for an agent. */
export interface BudgetStanding {
  spender: Spender;
  sum: BudgetSum;
  /** Undefined where no source reports it. */
  spent?: Spent | undefined;
}

/** The budgets of a block as they are for calls of an agent, with the sums that the person has allowed since. */
export function budgetsOf(state: SessionState, block: Block, agent: string, now: number): BudgetStanding[] {
  const spender = spenderOf(state, block, agent);
  if (spender === undefined) return [];
  return block.until.flatMap(({ text }): BudgetStanding[] => {
    const limit = limitOf(text);
    if (limit?.kind !== 'budget') return [];
    const sum = raisedSum(block, limit.sum, agent);
    return [{ spender, sum, spent: spentBy(state, spender, sum.unit, now) }];
  });
}

function raisedSum({ raised = [] }: Block, sum: BudgetSum, agent: string): BudgetSum {
  const sums = raised
    .filter((each) => each.agent === undefined || each.agent === agent)
    .flatMap((each) => parseSum(each.sum) ?? [])
    .filter(({ unit }) => unit === sum.unit);
  return sums.at(-1) ?? sum;
}

export const isSpent = ({ sum, spent }: BudgetStanding): boolean => spent !== undefined && spent.amount >= sum.amount;

/** A sentence about a budget: "Explore the code has spent 2.1M of 2M tokens (from its transcript, 3 s ago)." */
export function budgetText(state: SessionState, { spender, sum, spent }: BudgetStanding, now: number): string {
  const who = spenderText(state, spender);
  if (spent === undefined)
    return `What ${who} has spent is not known yet, so that the budget of ${formatSum(sum)} holds nothing.`;
  const age = now - spent.ts < 1000 ? 'now' : `${formatDuration(now - spent.ts)} ago`;
  return `${capital(who)} has spent ${formatSpent(spent.amount, sum)} (from ${spent.source}, ${age}).`;
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

function spenderText(state: SessionState, spender: Spender): string {
  if (spender.kind === 'session') return 'this session';
  if (spender.kind === 'run') return `the run ${runName(state, spender.run)}`;
  if (spender.id === CONDUCTOR) return 'Claude itself';
  const { task, command } = state.workers.get(spender.id) ?? {};
  return task ?? command ?? spender.id;
}

/** The person allows a new sum: of one agent where the budget is that of each. */
export function onRaise(block: Block, { budget, agent, by }: EventOf<'unblock'>): void {
  const sum = budget === undefined ? undefined : parseSum(budget);
  if (budget === undefined || sum === undefined || by !== USER) return;
  const others = (block.raised ?? []).filter((each) => each.agent !== agent || parseSum(each.sum)?.unit !== sum.unit);
  block.raised = [...others, assignDefined<RaisedSum>({ sum: budget }, { agent })].slice(-MAX_RAISED);
}

/** The next sum to offer: the double of the last one, or what is spent and as much again. */
export function nextSum({ sum, spent }: BudgetStanding): BudgetSum {
  let { amount } = sum;
  while (amount <= (spent?.amount ?? 0) || amount === sum.amount) amount *= 2;
  return { ...sum, amount };
}
