import { basename } from 'node:path';
import { decidesOtherwise } from '#core/session/decides.ts';
import { readSeat } from '#core/session/seat.ts';
import { readBridgeStatus } from './bridgeStatus.ts';
import { bridgeProcess } from './ensureBridge.ts';

/** How a shared session is connected with other machines. */
export interface SessionLink {
  /** The machine that has the session, and decides. */
  seat: string;
  /** On a copy: what the session is called there, where that is known. */
  name: string | null;
  /** The name of this machine. */
  machine: string;
  /** Whether this machine has it. */
  here: boolean;
  connected: boolean;
  /** Since when it is connected, or is not; null where that is not known. */
  sinceTs: number | null;
  /** Bytes that have not arrived: at the server, or from a copy at the seat. */
  behind: number;
  /** The same in lines, as far as they are counted. */
  lines: number;
  /** When the seat was heard last; null at the seat, and where it never was. */
  seatHeardTs: number | null;
  /** The other machines that were heard of late. */
  machines: string[];
  /** When each other machine was heard last, epoch ms. */
  heard: Record<string, number>;
  /** Why words do not arrive, as a sentence. */
  problem: string | null;
}

/** A machine whose last sign of life is older counts as not heard: three of them have been missed. */
export const HEARD_MS = 50_000;

/** Undefined for a session that is not shared. Starts nothing. */
export function sessionLink(home: string, dir: string, now: number): SessionLink | undefined {
  const seat = readSeat(dir);
  if (seat === undefined) return undefined;
  const here = seat.seat === seat.machine;
  const runs = bridgeProcess(home).isAlive(now);
  const status = readBridgeStatus(home);
  const session = basename(dir);
  const ofSession = status?.sessions.find((each) => each.session === session);
  const heard = status?.machines ?? [];
  const seatHeard = heard.find(({ name }) => name === seat.seat);
  const problem =
    decidesOtherwise(dir) ??
    ofSession?.problem ??
    status?.problem ??
    (runs ? undefined : 'the bridge of this machine does not run');
  // one that was killed has written that it is connected
  const isSinceKnown = runs || status?.connected === false;
  return {
    seat: seat.seat,
    machine: seat.machine,
    name: here ? null : (seatHeard?.sessions.find((each) => each.session === session)?.name ?? null),
    here,
    connected: runs && status?.connected === true,
    sinceTs: isSinceKnown ? (status?.sinceTs ?? null) : null,
    behind: ofSession?.behind ?? 0,
    lines: ofSession?.lines ?? 0,
    seatHeardTs: here ? null : (seatHeard?.heardTs ?? null),
    machines: heard.filter(({ heardTs }) => Math.abs(now - heardTs) < HEARD_MS).map(({ name }) => name),
    heard: Object.fromEntries(heard.map(({ name, heardTs }) => [name, heardTs])),
    problem: problem ?? null,
  };
}
