import type { NewEvent } from '#core/log/append.ts';
import { PAUSE_KEY } from '#core/fold/queries.ts';
import { USER } from '#protocol/ids.ts';
import type { Block, SessionState } from '#protocol/state.ts';

/** A pause of one agent has a key of its own, so that it stands beside that of the session and those of others. */
const keyOf = (agent: string | undefined): string => (agent === undefined ? PAUSE_KEY : `${PAUSE_KEY} ${agent}`);

/** The person pauses a session, or one subagent in it: its calls are held, as long as hooks can. */
export function pause(agent?: string): NewEvent {
  // not translated, since Claude reads it
  const message = 'Paused by the person at the keyboard';
  const match = agent === undefined ? undefined : { agent };
  return { t: 'hook', worker: USER, event: 'PreToolUse', exit: 2, key: keyOf(agent), message, match };
}

/** The agents that the person pauses, each by itself, now. */
export function pausedAgents({ blocks }: Pick<SessionState, 'blocks'>): ReadonlySet<string> {
  const paused = new Set<string>();
  for (const { worker, key = '', ended } of blocks.values())
    if (worker === USER && ended === undefined && key.startsWith(keyOf(''))) paused.add(key.slice(keyOf('').length));
  return paused;
}

/** The block by which the person pauses a session, or one subagent in it, now. */
export const pauseOf = ({ blocks }: SessionState, agent?: string): Block | undefined =>
  [...blocks.values()].find(({ worker, key, ended }) => worker === USER && key === keyOf(agent) && ended === undefined);
