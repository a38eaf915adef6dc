import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { exists, statOf } from '#core/base/files/facts.ts';
import { fermataHome, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { readBridgeStatus } from '#core/machines/bridgeStatus.ts';
import { ConnectionProblem, readConnection, type Connection } from '#core/machines/connection.ts';
import { ensureBridge } from '#core/machines/ensureBridge.ts';
import { isToken } from '#core/machines/subjects.ts';
import { makeCopy, readSeat, shareSession, unshareSession } from '#core/session/seat.ts';
import { isSessionId } from '#protocol/ids.ts';
import { sessionOf } from '#cli/caller.ts';
import { refused, usage } from '#cli/exit.ts';
import { print } from '#cli/output.ts';
import type { Call, Verb } from '#cli/verb.ts';

/** A copy that has nothing after this time is waited for in the background. */
const FIRST_BYTES_MS = 10_000;
const LOOK_MS = 100;

export const share: Verb = {
  name: 'share',
  summary: 'Let other machines see a session, and their workers and people speak in it',
  args: ['[a session]'],
  usage: '[SESSION]',
  examples: ['fermata share', 'fermata share 0f4b6a8e-1111-2222-3333-444455556666'],
  notes: [
    'The session stays on this machine, which alone decides. Whoever may read the space reads its log: paths, summaries of calls, messages.',
    'Without SESSION: that of this folder.',
  ],
  personal: () => 'share a session with other machines',
  run: (call, session?: string) => {
    const dir = dirOf(call, session);
    const { home, connection } = connectionOf(call);
    const seat = readSeat(dir);
    if (seat !== undefined && seat.seat !== connection.name)
      throw refused(`${basename(dir)} is a copy: ${seat.seat} is the machine that shares it`);
    shareSession(dir, { space: connection.space, machine: connection.name });
    ensureBridge(home, call.io.env);
    const name = `${basename(dir)}@${connection.name}`;
    print(call, `shared: "fermata follow ${name}" shows it on another machine of the space "${connection.space}"`, {
      session: basename(dir),
      seat: connection.name,
      space: connection.space,
    });
  },
};

export const unshare: Verb = {
  name: 'unshare',
  summary: 'Share a session no more; what other machines have of it stays there',
  args: ['[a session]'],
  usage: '[SESSION]',
  examples: ['fermata unshare'],
  personal: () => 'end the sharing of a session',
  run: (call, session?: string) => {
    const dir = dirOf(call, session);
    const seat = readSeat(dir);
    if (seat === undefined) throw refused(`${basename(dir)} is not shared`);
    if (seat.seat !== seat.machine) throw refused(`${basename(dir)} is a copy: it is shared by ${seat.seat}`);
    unshareSession(dir);
    print(call, `${basename(dir)} is shared no more`, { session: basename(dir) });
  },
};

export const follow: Verb = {
  name: 'follow',
  summary: 'Have a copy of another machine’s session here, to see it and speak in it',
  args: ['SESSION@MACHINE ("fermata machines" lists them)'],
  usage: 'SESSION@MACHINE',
  examples: ['fermata follow 0f4b6a8e-1111-2222-3333-444455556666@laptop'],
  notes: [
    'Every verb then works with --session SESSION: reports are taken to the other machine, which alone decides about locks, votes and blocks.',
  ],
  personal: () => 'follow a session of another machine',
  run: async (call, name) => {
    const [session = '', machine = '', ...more] = name.split('@');
    if (!isSessionId(session) || !isToken(machine) || more.length > 0)
      throw usage(`"${name}" is no SESSION@MACHINE; "fermata machines" lists them`);
    const { home, connection } = connectionOf(call);
    if (machine === connection.name) throw refused(`${machine} is this machine: the session is here already`);
    const dir = sessionDir(home, session);
    const seat = exists(dir) ? readSeat(dir) : undefined;
    if (exists(dir) && (seat === undefined || seat.seat !== machine))
      throw refused(`there is a session ${session} here already, and it is none of ${machine}`);
    if (seat === undefined) makeCopy(dir, { space: connection.space, seat: machine, machine: connection.name });
    ensureBridge(home, call.io.env);
    const hasBytes = (): boolean => (statOf(sessionPaths(dir).copy)?.size ?? 0) > 0;
    for (let waitedMs = 0; waitedMs < FIRST_BYTES_MS && !hasBytes(); waitedMs += LOOK_MS) await delay(LOOK_MS);
    const isHere = hasBytes();
    const problem = isHere ? undefined : (readBridgeStatus(home)?.problem ?? `${machine} has not been heard`);
    const text = isHere
      ? `a copy of ${session} is here and follows ${machine}: fermata status --session ${session}`
      : `a copy of ${session} will be here as soon as ${machine} is reached: ${problem}`;
    print(call, text, { session, seat: machine, here: isHere, problem });
  },
};

/** The folder of the session that is named, or of the one that the call concerns. */
function dirOf(call: Call, session: string | undefined): string {
  if (session === undefined) return sessionOf(call);
  if (!isSessionId(session)) throw usage(`"${session}" cannot be a session's id`);
  const dir = sessionDir(fermataHome(call.io.env), session);
  if (!exists(sessionPaths(dir).log)) throw refused(`there is no session ${session}; "fermata sessions" lists them`);
  return dir;
}

/** The connection that the settings name. Throws a refusal where there is none, or where it cannot be used. */
function connectionOf({ io }: Call): { home: string; connection: Connection } {
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
