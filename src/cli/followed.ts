import { fermataHome, sessionDir } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { readBridgeStatus } from '#core/machines/bridgeStatus.ts';
import { ConnectionProblem, readConnection, type Connection } from '#core/machines/connection.ts';
import { ensureBridge } from '#core/machines/ensureBridge.ts';
import { FollowProblem, hasFirstBytes, makeFollowed } from '#core/machines/follow.ts';
import { isToken } from '#core/machines/subjects.ts';
import { readSeat } from '#core/session/seat.ts';
import { isSessionId } from '#protocol/ids.ts';
import { refused, usage } from './exit.ts';
import type { Call } from './verb.ts';

/** A session of another machine, as SESSION@MACHINE names it. */
export interface SessionElsewhere {
  session: string;
  machine: string;
}

/** Throws a usage failure where a text names no such session. */
export function sessionElsewhere(name: string): SessionElsewhere {
  const [session = '', machine = '', ...more] = name.split('@');
  if (!isSessionId(session) || !isToken(machine) || more.length > 0)
    throw usage(`"${name}" is no SESSION@MACHINE; "fermata machines" lists them`);
  return { session, machine };
}

/** The connection that the settings name. Throws a refusal where there is none, or where it cannot be used. */
export function connectionOf({ io }: Call): { home: string; connection: Connection } {
  const home = fermataHome(io.env);
  try {
    const connection = readConnection(loadSettings(home, undefined));
    if (connection !== undefined) return { home, connection };
  } catch (error) {
    if (error instanceof ConnectionProblem) throw refused(error.message);
    throw error;
  }
  throw refused(
    'no server is named: "fermata machines serve" runs one here, or set fermata.machines.url (docs/machines.md)',
  );
}

/**
 * Makes a copy of a session of another machine here, unless there is one, and waits a while until something of it has come.
 * Throws a refusal where the session is this machine's, or another one of that name is here.
 * @returns why nothing has come, as a sentence; undefined where it has
 */
export async function followSession(call: Call, { session, machine }: SessionElsewhere): Promise<string | undefined> {
  const { home, connection } = connectionOf(call);
  const dir = madeCopy(home, { session, machine }, connection);
  ensureBridge(home, call.io.env);
  const hasCome = await hasFirstBytes(dir);
  return hasCome
    ? undefined
    : (readBridgeStatus(home)?.problem ?? `${machine} has not been heard ("fermata machines" lists those that are)`);
}

function madeCopy(home: string, elsewhere: SessionElsewhere, connection: Connection): string {
  try {
    return makeFollowed(home, elsewhere, connection);
  } catch (error) {
    if (error instanceof FollowProblem) throw refused(error.message);
    throw error;
  }
}

/** Whether a session of another machine has a copy here. */
export const isFollowed = (home: string, { session, machine }: SessionElsewhere): boolean =>
  readSeat(sessionDir(home, session))?.seat === machine;
