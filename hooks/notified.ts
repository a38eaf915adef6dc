import { CONDUCTOR } from '../src/protocol/ids.ts';
import { dropAsks } from './asks.ts';
import { told } from './passOn.ts';
import type { Answer } from './reply.ts';
import { failSubagent } from './subagents.ts';
import type { Visit } from './visit.ts';

/** Longest piece of an error message that the log keeps. */
const LONGEST = 500;
/** Claude Code waits for the person with these; a question or a dialog stands in its terminal. */
const WAITS = /^(permission_prompt|elicitation_dialog|worker_permission_prompt|agent_needs_input)$/;
const GOES_ON = /^elicitation_(complete|response)$/;

/** Claude Code notifies the person: it waits for them, or has been waiting for a prompt for a while. */
export function onNotification(visit: Visit): Answer {
  const { state, payload, role } = visit;
  const { notification_type: type = '', message } = payload;
  if (role !== CONDUCTOR) return told(visit);
  const now = state.conductor.state;
  if (type === 'idle_prompt') {
    // an interrupted turn ends without a Stop: this is the first that is heard of it
    dropAsks(visit);
    if (now === 'working' || now === 'waiting' || now === 'unknown') visit.say({ t: 'turn', state: 'idle' });
  } else if (WAITS.test(type) && state.asks.size === 0 && now !== 'ended') {
    visit.say({ t: 'turn', state: 'waiting', reason: message ?? type });
  } else if (GOES_ON.test(type) && now === 'waiting' && state.asks.size === 0) {
    visit.say({ t: 'turn', state: 'working' });
  }
  return told(visit);
}

/** A turn ended with an error of the API instead of a Stop: nobody would otherwise know that Claude stands still. */
export function onStopFailure(visit: Visit): Answer {
  const { last_assistant_message: said, error } = visit.payload;
  const what = said !== undefined && said !== '' ? said : typeof error === 'string' ? error : 'an unknown error';
  const reason = what.slice(0, LONGEST);
  dropAsks(visit);
  if (visit.agent !== CONDUCTOR) {
    failSubagent(visit, reason);
    return told(visit);
  }
  visit.say(
    { t: 'turn', state: 'idle', reason },
    { t: 'log', level: 'escalate', message: `Claude's turn ended with an error: ${reason}` },
  );
  return told(visit);
}
