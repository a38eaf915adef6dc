import { blockReason } from '../src/core/answer/reason.ts';
import { planChanges } from '../src/core/planFile.ts';
import { standingBlocks } from '../src/core/answer/standing.ts';
import { hold } from './hold.ts';
import { spoken } from './preTool.ts';
import type { Answer } from './reply.ts';
import type { Visit } from './visit.ts';

/** One cause holds Stop this often in a turn; Claude Code itself would end the turn unannounced after 8 in a row. */
const MOST = 3;

/** The turn wants to end: wait, refuse with the reason, or let it, telling the person when a cause was refused often enough. */
export async function onStop(visit: Visit): Promise<Answer> {
  const moment = visit.moment();
  const changes = planChanges(visit.dir, visit.state);
  if (changes.length > 0) {
    visit.say(...changes);
    visit.refresh();
  }
  const blocks = await hold(visit, undefined);
  const holding = blocks.filter((block) => block.stopCount < MOST);
  if (holding.length > 0) {
    visit.say(...holding.map((block) => ({ t: 'denied' as const, block: block.id, tool: moment.event })));
    const told = visit.claim('PostToolUse').filter((note) => note.kind !== 'rewrite');
    return { block: blockReason(visit.state, holding, visit.around.now(), visit.cli), ...spoken(told) };
  }
  for (const block of standingBlocks(visit.state, moment, visit.around.now()))
    visit.say({
      t: 'log',
      level: 'escalate',
      worker: block.worker,
      message: `Claude ended its turn although ${block.id} was not resolved (refused ${MOST} times): ${block.text}`,
    });
  if (moment.event === 'Stop' && moment.role === 'conductor') visit.say({ t: 'turn', state: 'idle' });
  return spoken(visit.claim());
}
