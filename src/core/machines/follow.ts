import { setTimeout as delay } from 'node:timers/promises';
import { exists, statOf } from '#core/base/files/facts.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { isAlive } from '#core/base/processes.ts';
import { loadSettings } from '#core/base/settings.ts';
import { isCopy, makeCopy, readSeat, writeSeat } from '#core/session/seat.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';
import { readBridgeStatus } from './bridgeStatus.ts';
import { readConnection, type Connection } from './connection.ts';
import { bridgeProcess } from './ensureBridge.ts';
import { HEARD_MS } from './sessionLink.ts';

const LOOK_MS = 100;
/** A bridge that has other settings than the home has by now needs this long to end, and the next one to be connected. */
const START_MS = 10_000;
/** A copy that has nothing after this time is waited for in the background. */
const FIRST_BYTES_MS = 10_000;

/** A session cannot be followed here; the message is a sentence for the person. */
export class FollowProblem extends Error {}

/** A session that another machine shares. */
export interface OfferedSession {
  session: string;
  /** Its seat. */
  machine: string;
  project?: string | undefined;
  /** As its person calls it. */
  name?: string | undefined;
}

/** The sessions of the machines that are heard. Pure. */
export const offeredSessions = ({ machines }: Pick<BridgeStatus, 'machines'>, now: number): OfferedSession[] =>
  machines
    .filter(({ heardTs }) => Math.abs(now - heardTs) < HEARD_MS)
    .flatMap(({ name: machine, sessions }) => sessions.map((each) => ({ ...each, machine })));

/**
 * What the bridge of a home knows, once it has had the time to connect with the present settings; undefined where it does not start.
 * @param start starts it unless it runs
 */
export async function freshStatus(home: string, start: () => void): Promise<BridgeStatus | undefined> {
  let isNew = !bridgeProcess(home).isAlive(Date.now());
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    start();
    const status = readBridgeStatus(home);
    if (status === undefined || !isOfSettings(home, status)) isNew = true;
    else if (!isNew || isKnown(status)) return status;
    if (waitedMs >= START_MS) return undefined;
    await delay(LOOK_MS);
  }
}

/** Whether a bridge that runs has come so far that it is connected, or has found out why not. */
const isKnown = ({ pid, connected, problem }: BridgeStatus): boolean =>
  isAlive(pid) === true && (connected || problem !== undefined);

/** Whether a bridge has the settings that the home has now. */
function isOfSettings(home: string, { name, space, server }: BridgeStatus): boolean {
  try {
    const connection = readConnection(loadSettings(home, undefined));
    const servers = connection?.servers.join(', ');
    return connection?.name === name && connection.space === space && servers === server;
  } catch {
    return server === '';
  }
}

/** Makes the folder of a session's copy; one that is there stays. Returns it. Throws FollowProblem or the system's error. */
export function makeFollowed(
  home: string,
  { session, machine }: OfferedSession,
  { name, space }: Pick<Connection, 'name' | 'space'>,
): string {
  if (machine === name) throw new FollowProblem(`${machine} is this machine: the session is here already`);
  const dir = sessionDir(home, session);
  const seat = exists(dir) ? readSeat(dir) : undefined;
  if (exists(dir) && seat === undefined)
    throw new FollowProblem(`there is a session ${session} here already, and it is none of ${machine}`);
  if (seat === undefined) makeCopy(dir, { space, seat: machine, machine: name });
  else if (seat.seat !== machine) {
    // one that was never heard may have been misspelled; what was published here is for the right one
    if (!isCopy(dir) || seat.of !== undefined)
      throw new FollowProblem(
        `there is a session ${session} of ${seat.seat} here already${isCopy(dir) ? `: "fermata unfollow ${session}" deletes that copy` : ''}`,
      );
    writeSeat(dir, { space, seat: machine, machine: name });
  }
  return dir;
}

/** What is typed on another machine to follow a session of this one. */
export const followCommand = (session: string, machine: string): string => `fermata follow ${session}@${machine}`;

/** Waits until a copy has something of its session; false where it has nothing after ten seconds. */
export async function hasFirstBytes(dir: string): Promise<boolean> {
  const hasBytes = (): boolean => (statOf(sessionPaths(dir).copy)?.size ?? 0) > 0;
  for (let waitedMs = 0; waitedMs < FIRST_BYTES_MS && !hasBytes(); waitedMs += LOOK_MS) await delay(LOOK_MS);
  return hasBytes();
}
