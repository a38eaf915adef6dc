import { basename } from 'node:path';
import { readSeat } from '#core/session/seat.ts';
import { readBridgeStatus } from './bridgeStatus.ts';
import { bridgeState } from './ensureBridge.ts';

/** How a shared session is connected with other machines. */
export interface SessionLink {
  /** The machine that has the session, and decides. */
  seat: string;
  /** Whether this is that machine. */
  here: boolean;
  connected: boolean;
  sinceTs: number | null;
  /** Bytes that have not arrived: at the server, or from a copy at the seat. */
  behind: number;
  /** When the seat was heard last; null at the seat, and where it never was. */
  seatHeardTs: number | null;
  /** The other machines that were heard of late. */
  machines: string[];
  /** Why words do not arrive, as a sentence. */
  problem: string | null;
}

/** A machine whose last sign of life is older counts as not heard: three of them have been missed. */
const HEARD_MS = 50_000;

/** Undefined for a session that is not shared. Starts nothing. */
export function sessionLink(home: string, dir: string, now: number): SessionLink | undefined {
  const seat = readSeat(dir);
  if (seat === undefined) return undefined;
  const here = seat.seat === seat.machine;
  const runs = bridgeState(home, now) === 'alive';
  const status = readBridgeStatus(home);
  const ofSession = status?.sessions.find(({ session }) => session === basename(dir));
  const heard = status?.machines ?? [];
  const problem =
    ofSession?.problem ?? status?.problem ?? (runs ? undefined : 'the bridge of this machine does not run');
  return {
    seat: seat.seat,
    here,
    connected: runs && status?.connected === true,
    sinceTs: status?.sinceTs ?? null,
    behind: ofSession?.behind ?? 0,
    seatHeardTs: here ? null : (heard.find(({ name }) => name === seat.seat)?.heardTs ?? null),
    machines: heard.filter(({ heardTs }) => Math.abs(now - heardTs) < HEARD_MS).map(({ name }) => name),
    problem: problem ?? null,
  };
}

/** The same as a line for a terminal. */
export function linkText({ seat, here, connected, behind, machines, problem }: SessionLink): string {
  const where = here ? 'shared from this machine' : `a copy: ${seat} has the session`;
  const wait = behind === 0 ? '' : `; ${behind} bytes of this machine wait`;
  if (!connected) return `${where}; not connected: ${problem ?? 'not yet'}${wait}; work here goes on`;
  const others = machines.length === 0 ? 'no other machine is heard' : `heard: ${machines.join(', ')}`;
  return `${where}; ${others}${wait}`;
}
