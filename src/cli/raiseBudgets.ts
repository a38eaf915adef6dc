import { limitOf } from '#core/fold/limitConditions.ts';
import type { NewEvent } from '#core/log/append.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { BudgetSum } from '#protocol/budgetSum.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { Block, PendingCondition } from '#protocol/state.ts';
import { publishAndRefresh } from './caller.ts';
import { refused } from './exit.ts';
import { sumOf } from './hookEvent.ts';
import { print } from './output.ts';
import type { Call } from './verb.ts';
import { workerCalled } from './workerCalled.ts';

/** Allows a new sum of the budgets of blocks, as the person. */
export function raiseBudgets(call: Call, log: SessionLog, active: Block[], text: string): undefined {
  const { unit } = sumOf(text);
  const agent = agentOf(call, log);
  const budgets = active.filter(({ until }) => until.some((each) => isOf(each, unit)));
  if (budgets.length === 0)
    throw refused(`no block that was named has a budget of that kind (${text}); "fermata status" shows them`);
  const word = call.text('word');
  const events = budgets.map(({ id, match }): NewEvent => {
    const isOfEach = match?.agent !== undefined;
    return { t: 'unblock', block: id, by: USER, budget: text, agent: isOfEach ? agent : undefined, word };
  });
  publishAndRefresh(call, log, ...events);
  const ids = budgets.map(({ id }) => id);
  return print(call, `${ids.join(', ')}: ${text} may be spent`, { raised: ids, budget: text });
}

function isOf({ text }: PendingCondition, unit: BudgetSum['unit']): boolean {
  const limit = limitOf(text);
  return limit?.kind === 'budget' && limit.sum.unit === unit;
}

/** Whose new sum it is; undefined for all that a block means. */
function agentOf(call: Call, { state }: SessionLog): string | undefined {
  const named = call.text('agent');
  if (named === undefined || named === CONDUCTOR) return named;
  const worker = workerCalled(state, named);
  if (worker === undefined) throw refused(`there is no worker or agent "${named}"; "fermata status" lists them`);
  return worker.id;
}
