/**
 * Conditions of blocks that set a limit: `agents:4`, `budget:2M`. A block with one of them stands, and concerns a call only where
 * there is more than that. No event meets such a condition, so that it is looked at where a call is made.
 */
import { formatSum, parseSum, type BudgetSum } from '#protocol/budgetSum.ts';
import type { PendingCondition } from '#protocol/state.ts';

/** How many agents are at work at once, how deep agents start agents, how many are started within an hour. */
interface Cap {
  kind: 'agents' | 'depth' | 'spawns';
  most: number;
}

/** How much is spent: by each agent that the block means, by the run whose guard it is, or by the session. */
interface Budget {
  kind: 'budget';
  sum: BudgetSum;
}

/** How many percent are used of a window of time for which the subscription has a limit. */
export interface UsedWindow {
  kind: 'reset';
  window: 'five_hour' | 'seven_day';
  pct: number;
}

export type LimitCondition = Cap | Budget | UsedWindow;

const CAP = /^(agents|depth|spawns):([1-9]\d{0,3})$/;
const BUDGET = 'budget:';
/** The window, and the percentage from which on calls wait; without one, when all is used. */
const WINDOW_PATTERN = String.raw`(?:5h|7d)(?::(?:[1-9]\d?|100))?`;
const RESET = new RegExp(`^reset:${WINDOW_PATTERN}$`);

/** Undefined for any other text. */
export function limitOf(text: string): LimitCondition | undefined {
  if (text.startsWith(BUDGET)) {
    const sum = parseSum(text.slice(BUDGET.length));
    return sum && { kind: 'budget', sum };
  }
  if (RESET.test(text)) {
    const [, window, pct = '100'] = text.split(':');
    return { kind: 'reset', window: window === '5h' ? 'five_hour' : 'seven_day', pct: Number(pct) };
  }
  const [, kind, most] = CAP.exec(text) ?? [];
  return kind === undefined ? undefined : { kind: kind as Cap['kind'], most: Number(most) };
}

export const isLimit = ({ text }: Pick<PendingCondition, 'text'>): boolean => limitOf(text) !== undefined;

export const isBudget = ({ text }: Pick<PendingCondition, 'text'>): boolean => limitOf(text)?.kind === 'budget';

/** Whether a condition is a cap on agents: how long they go on working is not known. */
export const isCap = ({ text }: Pick<PendingCondition, 'text'>): boolean => CAP.test(text);

/** What the windows are called. */
export const WINDOWS = { five_hour: 'five hours', seven_day: 'seven days' } as const;

/** A limit as a sentence about when a call may be made again. */
export function describeLimit(limit: LimitCondition): string {
  if (limit.kind === 'budget') return `the person allows more than ${formatSum(limit.sum)}`;
  if (limit.kind === 'reset') return `the limit of ${WINDOWS[limit.window]} begins anew`;
  const { kind, most } = limit;
  if (kind === 'agents') return `fewer than ${most} agents are at work`;
  if (kind === 'depth') return `agents start agents at most ${most} deep`;
  return `fewer than ${most} agents were started within an hour`;
}
