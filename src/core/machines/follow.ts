import { setTimeout as delay } from 'node:timers/promises';
import { exists, statOf } from '#core/base/files/facts.ts';
import { sessionDir, sessionPaths } from '#core/base/paths.ts';
import { makeCopy, readSeat } from '#core/session/seat.ts';
import type { BridgeStatus } from '#protocol/fileFormats.ts';
import { readBridgeStatus } from './bridgeStatus.ts';
import type { Connection } from './connection.ts';
import { bridgeProcess } from './ensureBridge.ts';
import { HEARD_MS } from './sessionLink.ts';

const LOOK_MS = 100;
/** A bridge that has just been started needs this long until it is connected. */
const START_MS = 5000;
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
 * What the bridge of a home knows, once it has had the time to connect; undefined where it does not start.
 * @param start starts it unless it runs
 */
export async function freshStatus(home: string, start: () => void): Promise<BridgeStatus | undefined> {
  const isNew = !bridgeProcess(home).isAlive(Date.now());
  start();
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const status = readBridgeStatus(home);
    const isSettled = !isNew || (bridgeProcess(home).isAlive(Date.now()) && isKnown(status));
    if (isSettled && status !== undefined) return status;
    if (waitedMs >= START_MS) return undefined;
    await delay(LOOK_MS);
  }
}

const isKnown = (status: BridgeStatus | undefined): boolean =>
  status !== undefined && (status.connected || status.problem !== undefined);

/** Makes the folder of a session's copy; one that is there stays. Returns it. Throws FollowProblem or the system's error. */
export function makeFollowed(
  home: string,
  { session, machine }: OfferedSession,
  { name, space }: Pick<Connection, 'name' | 'space'>,
): string {
  if (machine === name) throw new FollowProblem(`${machine} is this machine: the session is here already`);
  const dir = sessionDir(home, session);
  const seat = exists(dir) ? readSeat(dir) : undefined;
  if (exists(dir) && (seat === undefined || seat.seat !== machine))
    throw new FollowProblem(`there is a session ${session} here already, and it is none of ${machine}`);
  if (seat === undefined) makeCopy(dir, { space, seat: machine, machine: name });
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
