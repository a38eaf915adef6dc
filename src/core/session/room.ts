import { createLog } from '#core/log/append.ts';
import { isOpenRoom, roomSession } from '#core/fold/rooms.ts';
import { sessionDir } from '#core/base/paths.ts';
import { publish } from './publish.ts';
import { writeSessionInfo } from './info.ts';
import { openLog } from './sessionLog.ts';

/** The reason of a room's end. */
const CLOSED = 'the room was closed';

/**
 * Opens a room: a session without a Claude, which Conductors join. One that is open already stays as it is. Throws the system's error.
 * @param folder the folder for which it is listed
 * @returns the folder of the session
 */
export function openRoom(home: string, name: string, folder: string, now: number): string {
  const session = roomSession(name);
  const dir = sessionDir(home, session);
  createLog(dir, now);
  if (isOpenRoom(openLog(dir).state)) return dir;
  // without a folder of its own: relative paths start in the project of each Claude
  publish(dir, now, { t: 'session', session, source: 'room' });
  writeSessionInfo(dir, { session, project: folder, started: now });
  return dir;
}

/** Closes a room; its log stays. Throws the system's error. */
export const closeRoom = (dir: string, now: number): void => publish(dir, now, { t: 'end', reason: CLOSED });
