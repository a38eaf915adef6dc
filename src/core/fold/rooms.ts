import type { SessionState } from '#protocol/state.ts';

/** Begins the id of a room: no session of Claude Code has such an id. */
const PREFIX = 'room-';

/** The id of the session that a room is. */
export const roomSession = (name: string): string => `${PREFIX}${name}`;

/** The name of a room, which is a session without a Claude of its own; undefined for the id of another session. */
export const roomName = (session: string | undefined): string | undefined =>
  session?.startsWith(PREFIX) === true ? session.slice(PREFIX.length) : undefined;

/** Whether a session is a room that has not been closed. */
export const isOpenRoom = ({ session, conductor }: Pick<SessionState, 'session' | 'conductor'>): boolean =>
  roomName(session.id) !== undefined && conductor.state !== 'ended';
