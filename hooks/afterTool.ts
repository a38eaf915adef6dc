import { CONDUCTOR } from '../src/protocol/ids.ts';
import { spoken } from './spoken.ts';
import type { Answer } from './reply.ts';
import { turnBundle } from './turnBundle.ts';
import type { Visit } from './visit.ts';

/** After a call, or after all calls of one message: what it tells us is said, and what workers have to say is told. */
export async function afterTool(visit: Visit): Promise<Answer> {
  const { state } = visit;
  const locked = [...state.blocks.values()].some((block) => block.cause.kind === 'lock' && block.ended === undefined);
  if (state.asks.size > 0 || locked) (await turnBundle()).tellOfCall(visit);
  if (state.aborted !== undefined) return afterAbort(visit, state.aborted.by);
  // a dialog of which only a notification told
  if (visit.agent === CONDUCTOR && state.conductor.state === 'waiting' && state.asks.size === 0) {
    visit.say({ t: 'turn', state: 'working' });
    visit.refresh();
  }
  return spoken(visit.claim());
}

/** The only case in which a turn ends in mid-work; it ends without a Stop, so this is where it is said. */
function afterAbort(visit: Visit, by: string): Answer {
  if (visit.payload.hook_event_name !== 'PostToolBatch') return {};
  const end = `Fermata: the session was aborted by ${by}. It goes on when the block is released.`;
  if (visit.agent === CONDUCTOR) visit.say({ t: 'turn', state: 'idle', reason: `aborted by ${by}` });
  return { end };
}
