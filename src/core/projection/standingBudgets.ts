import { budgetsOf, budgetText, isSpent, type BudgetStanding } from '#core/fold/budgets.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/kinds.ts';
import { isBudget } from '#core/fold/limitConditions.ts';
import { rateOf } from '#core/fold/rate.ts';
import { samplesOf, type Spender } from '#core/fold/spent.ts';
import { formatDuration, formatEstimate } from '#protocol/duration.ts';
import { formatSum, shortAmount } from '#protocol/budgetSum.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import type { Wording } from './wording.ts';

/** So many agents are named, those that have spent most. */
const MAX_NAMED = 5;

/** How the budgets of a block stand: what is spent, how fast, and when the rest is; a sentence each. */
export function standingBudgets(state: SessionState, block: Block, now: number): string[] {
  return standingsOf(state, block, now).map((standing) =>
    [budgetText(state, standing, now), rateText(state, standing, now)].filter(Boolean).join(' '),
  );
}

/** The budget of a session of which most is spent, for its row: what is spent, how fast, and when the rest is. */
export function budgetLine(state: SessionState, now: number, { texts, names }: Wording): string | undefined {
  const standings = [...state.blocks.values()].flatMap((block) => standingsOf(state, block, now));
  const [most] = standings.toSorted((a, b) => share(b) - share(a));
  if (most?.spent === undefined) return undefined;
  const { sum, spent, spender } = most;
  const amount = (value: number): string =>
    sum.unit === 'ms' ? formatDuration(value, texts.duration) : shortAmount({ ...sum, amount: value });
  const line = texts.budget.spent(amount(spent.amount), amount(sum.amount));
  const rate = rateOfBudget(state, most, now);
  const whole =
    rate === undefined
      ? line
      : texts.budget.rate(line, amount(rate.perMinute), formatEstimate(rate.leftMs, texts.duration));
  const who = spender.kind === 'agent' && spender.id !== CONDUCTOR ? names.worker(spender.id) : undefined;
  return who === undefined ? whole : texts.detail(who, whole);
}

const share = ({ spent, sum }: BudgetStanding): number => (spent === undefined ? -1 : spent.amount / sum.amount);

/** The budgets of a block for the agents that have spent most of theirs. */
function standingsOf(state: SessionState, block: Block, now: number): BudgetStanding[] {
  if (block.ended !== undefined || !block.until.some(isBudget)) return [];
  const standings = spendersIn(state, block).flatMap((agent) => budgetsOf(state, block, agent, now));
  return standings.toSorted((a, b) => share(b) - share(a)).slice(0, MAX_NAMED);
}

/** The agents for whose calls the budgets of a block are looked at: one for all, where they spend together. */
function spendersIn(state: SessionState, { cause, match }: Block): string[] {
  const run = cause.kind === 'guard' ? cause.run : match?.run;
  if (run !== undefined) return state.runs.get(run)?.workers.slice(0, 1) ?? [];
  const { agent } = match ?? {};
  if (agent === undefined) return [CONDUCTOR];
  const names = agent.split('|').map((name) => name.trim());
  const agents = [...state.workers.values()].filter((worker) => isSubagent(worker) && !hasEnded(worker));
  // what another pattern means is known at a call
  const meant = agents.filter(({ id, task, command }) =>
    names.some((name) => name === '*' || [id, task, command].includes(name)),
  );
  return [...(names.includes(CONDUCTOR) ? [CONDUCTOR] : []), ...meant.map(({ id }) => id)];
}

/** How much is spent in a minute over the last ten, and when the rest is; undefined where that is not known. */
function rateOfBudget(state: SessionState, standing: BudgetStanding, now: number): Rate | undefined {
  const { spender, sum, spent } = standing;
  if (sum.unit === 'ms' || spent === undefined || isSpent(standing)) return undefined;
  const perMs = rateOf(samplesOf(state, spender, sum.unit), now);
  if (perMs === undefined) return undefined;
  return { perMinute: Math.round(perMs * 60_000 * 100) / 100, leftMs: (sum.amount - spent.amount) / perMs };
}

interface Rate {
  perMinute: number;
  leftMs: number;
}

function rateText(state: SessionState, standing: BudgetStanding, now: number): string | undefined {
  const rate = rateOfBudget(state, standing, now);
  if (rate === undefined) return undefined;
  const perMinute = formatSum({ ...standing.sum, amount: rate.perMinute });
  return `That is ${perMinute} a minute over the last ten; at this rate the rest is spent in ${formatEstimate(rate.leftMs)}.`;
}

/** In how much time that spender reaches the nearest of its budgets at the present rate; undefined where that is not known. */
export function timeToBudget(state: SessionState, spender: Spender, now: number): number | undefined {
  const standings = [...state.blocks.values()]
    .filter((block) => block.ended === undefined && block.until.some(isBudget))
    .flatMap((block) => budgetsOf(state, block, spender.kind === 'agent' ? spender.id : CONDUCTOR, now))
    .filter((standing) => isSame(standing.spender, spender) && !isSpent(standing));
  const times = standings.flatMap((standing) => {
    const { sum, spent } = standing;
    if (sum.unit === 'ms') return spent === undefined ? [] : [sum.amount - spent.amount];
    return rateOfBudget(state, standing, now)?.leftMs ?? [];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

const isSame = (a: Spender, b: Spender): boolean =>
  a.kind === b.kind && (a.kind !== 'agent' || b.kind !== 'agent' || a.id === b.id);
