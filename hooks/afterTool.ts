import { writesAround } from '../src/core/answer/writesAround.ts';
import { CONDUCTOR } from '../src/protocol/ids.ts';
import { closeAsks } from './asks.ts';
import { spoken } from './preTool.ts';
import type { Answer } from './reply.ts';
import type { Visit } from './visit.ts';

/** After a call, or after all calls of one message: what it tells us is said, and what workers have to say is told. */
export function afterTool(visit: Visit): Answer {
  closeAsks(visit);
  tellWritesAround(visit);
  const { state } = visit;
  if (state.aborted !== undefined) return afterAbort(visit, state.aborted.by);
  // a dialog of which only a notification told
  if (visit.agent === CONDUCTOR && state.conductor.state === 'waiting' && state.asks.size === 0) {
    visit.say({ t: 'turn', state: 'working' });
    visit.refresh();
  }
  return spoken(visit.claim());
}

/** What a shell wrote past a lock could not be refused: it is shown. */
function tellWritesAround(visit: Visit): void {
  for (const { block, path } of writesAround(visit.state, visit.moment(), visit.around.now()))
    visit.say({
      t: 'log',
      level: 'warn',
      worker: visit.agent,
      message: `${visit.agent === CONDUCTOR ? 'Claude' : visit.agent} wrote ${path} in a shell although ${block.worker} holds it (${block.id})`,
    });
}

/** The only case in which a turn ends in mid-work; it ends without a Stop, so this is where it is said. */
function afterAbort(visit: Visit, by: string): Answer {
  if (visit.payload.hook_event_name !== 'PostToolBatch') return {};
  const end = `Fermata: the session was aborted by ${by}. It goes on when the block is released.`;
  if (visit.agent === CONDUCTOR) visit.say({ t: 'turn', state: 'idle', reason: `aborted by ${by}` });
  return { end };
}
