import { nonce } from '../src/core/log/append.ts';
import { askedFor } from '../src/core/answer/asked.ts';
import { blockReason } from '../src/core/answer/reason.ts';
import { standingBlocks } from '../src/core/answer/standing.ts';
import { CONDUCTOR, USER } from '../src/protocol/ids.ts';
import type { Ask } from '../src/protocol/state.ts';
import { answerFromPanel } from './panelAnswer.ts';
import { told } from './passOn.ts';
import type { Answer } from './reply.ts';
import { callSummary } from './summary.ts';
import type { Visit } from './visit.ts';

/** Tools by which Claude asks the person for more than a permission: no worker answers those. */
const QUESTIONS = ['AskUserQuestion', 'ExitPlanMode'];

/** A permission is asked for: denied where a worker blocks that, else said, so that everybody sees what Claude waits for. */
export async function onPermissionRequest(visit: Visit): Promise<Answer> {
  const moment = visit.moment();
  const { call } = moment;
  if (call === undefined) return {};
  const blocks = QUESTIONS.includes(call.tool) ? [] : standingBlocks(visit.state, moment, visit.around.now());
  if (blocks.length > 0) {
    visit.denied(blocks, call.tool, callSummary(call));
    return { block: blockReason(visit.state, blocks, visit.around.now(), visit.cli), ...told(visit) };
  }
  const worker = visit.agent;
  if (visit.settings.permissions === 'off') {
    // what is asked is not shown then; that Claude waits for the person is so all the same
    if (worker === CONDUCTOR) visit.say({ t: 'turn', state: 'waiting' });
    return told(visit);
  }
  const ask = nonce();
  const answerable = visit.settings.permissions === 'answer' && !QUESTIONS.includes(call.tool);
  const open = (): void =>
    visit.say({
      t: 'ask',
      ask,
      tool: call.tool,
      summary: askedFor(call),
      ...(worker === CONDUCTOR ? {} : { worker }),
      ...(answerable ? { answerable } : {}),
    });
  if (answerable) return { ...(await answerFromPanel(visit, ask, open)), ...told(visit) };
  open();
  return told(visit);
}

/** A call has run, so its permission was given; at the end of a batch what was asked for and did not run was denied. */
export function closeAsks(visit: Visit): void {
  const { call, event } = visit.moment();
  const own = [...visit.state.asks.values()].filter((ask) => (ask.worker ?? CONDUCTOR) === visit.agent);
  if (event === 'PostToolBatch') return answer(visit, own, 'deny');
  const ran = call && own.find((ask) => ask.tool === call.tool && ask.summary === askedFor(call));
  if (ran !== undefined) answer(visit, [ran], 'allow');
}

/** The turn of an agent is over, or is another one: nothing that it asked for is asked any more. */
export function dropAsks(visit: Visit, agent: string = visit.agent): void {
  const own = [...visit.state.asks.values()].filter((ask) => (ask.worker ?? CONDUCTOR) === agent);
  answer(visit, own, 'gone');
}

function answer(visit: Visit, asks: Ask[], decision: string): void {
  if (asks.length === 0) return;
  const by = decision === 'gone' ? CONDUCTOR : USER;
  visit.say(...asks.map(({ id }) => ({ t: 'answer' as const, ask: id, decision, by })));
  visit.refresh();
}
