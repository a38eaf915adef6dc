import { CONDUCTOR } from '../src/protocol/ids.ts';
import { closeAsks } from './asks.ts';
import { spoken } from './preTool.ts';
import type { Answer } from './reply.ts';
import type { Visit } from './visit.ts';

/** After a call, or after all calls of one message: what it tells us is said, and what workers have to say is told. */
export function afterTool(visit: Visit): Answer {
  closeAsks(visit);
  const { state } = visit;
  // a dialog of which only a notification told
  if (visit.agent === CONDUCTOR && state.conductor.state === 'waiting' && state.asks.size === 0) {
    visit.say({ t: 'turn', state: 'working' });
    visit.refresh();
  }
  return spoken(visit.claim());
}
