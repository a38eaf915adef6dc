import { basename } from 'node:path';
import { exists } from '#core/base/files/facts.ts';
import { fermataHome, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { ensureBridge } from '#core/machines/ensureBridge.ts';
import { followCommand } from '#core/machines/follow.ts';
import { deleteSession } from '#core/session/deletion.ts';
import { isCopy, readSeat, shareSession, unshareSession } from '#core/session/seat.ts';
import { isSessionId } from '#protocol/ids.ts';
import { sessionOf } from '#cli/caller.ts';
import { refused, usage } from '#cli/exit.ts';
import { connectionOf, followSession, sessionElsewhere } from '#cli/followed.ts';
import { print } from '#cli/output.ts';
import type { Call, Verb } from '#cli/verb.ts';

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
    const command = followCommand(basename(dir), connection.name);
    print(call, `shared: "${command}" shows it on another machine of the space "${connection.space}"`, {
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
    const elsewhere = sessionElsewhere(name);
    const { session, machine } = elsewhere;
    const problem = await followSession(call, elsewhere);
    const here = problem === undefined;
    const text = here
      ? `a copy of ${session} is here and follows ${machine}: fermata status --session ${session}`
      : `a copy of ${session} will be here as soon as ${machine} is reached: ${problem}`;
    print(call, text, { session, seat: machine, here, problem });
  },
};

export const unfollow: Verb = {
  name: 'unfollow',
  summary: 'Follow a session of another machine no more: its copy here is deleted',
  args: ['SESSION ("fermata sessions" lists them)'],
  usage: 'SESSION',
  examples: ['fermata unfollow 0f4b6a8e-1111-2222-3333-444455556666'],
  notes: [
    'The other machine keeps the session, and it can be followed again. What was published here and has not arrived there yet keeps the copy.',
  ],
  personal: () => 'end the following of a session',
  run: async (call, session) => {
    const dir = dirOf(call, session);
    const seat = isCopy(dir) ? readSeat(dir) : undefined;
    if (seat === undefined) throw refused(`${basename(dir)} is no copy: this machine has the session itself`);
    try {
      await deleteSession(fermataHome(call.io.env), basename(dir));
    } catch (error) {
      throw refused(`the copy of ${basename(dir)} stays: ${(error as Error).message}`);
    }
    print(call, `${basename(dir)} is followed no more; ${seat.seat} keeps it`, {
      session: basename(dir),
      seat: seat.seat,
    });
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
