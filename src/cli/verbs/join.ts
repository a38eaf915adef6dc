import { basename } from 'node:path';
import { joinCopy, joinSession } from '#core/session/join.ts';
import { isCopy } from '#core/session/seat.ts';
import { fermataHome, sessionDir } from '#core/base/paths.ts';
import { ensureBridgeFor } from '#core/machines/ensureBridge.ts';
import { isSessionId } from '#protocol/ids.ts';
import { isSessionLive, listSessions } from '#core/session/info.ts';
import { isWithin } from '#cli/nearestSession.ts';
import { claudeFromEnv, sessionFromEnv } from '#cli/environment.ts';
import { print } from '#cli/output.ts';
import { EXIT, Failure, refused, usage } from '#cli/exit.ts';
import { followSession, isFollowed, sessionElsewhere } from '#cli/followed.ts';
import { textOption, type Call, type Verb } from '#cli/verb.ts';

export const join: Verb = {
  name: 'join',
  summary: 'Make this Claude Code session a worker of another one, with one set of locks and votes',
  args: ['the SESSION to join ("fermata sessions" lists them), or SESSION@MACHINE ("fermata machines" does)'],
  usage: 'SESSION[@MACHINE] [--as NAME]',
  options: { as: textOption('NAME', 'the worker that it becomes; default session-…') },
  examples: [
    'fermata join 0f4b6a8e-1111-2222-3333-444455556666 --as docs',
    'fermata join S1 --session S2',
    'fermata join 0f4b6a8e-1111-2222-3333-444455556666@laptop',
  ],
  notes: [
    'Without --session: the session inside which it is called, else the one other live session of this project.',
    'A session of another machine is followed first; one that is followed already is joined by its name alone.',
    'It leaves when it ends or is cleared. Refused while it has workers at work or blocks that stand.',
  ],
  personal: ({ args: [name = ''], io }) =>
    name.includes('@') && !isFollowed(fermataHome(io.env), sessionElsewhere(name))
      ? 'follow a session of another machine'
      : undefined,
  run: async (call, name) => {
    const target = name.includes('@') ? await followed(call, name) : name;
    if (!isSessionId(target)) throw usage(`"${target}" cannot be a session's id`);
    const home = fermataHome(call.io.env);
    const session = joiningSession(call, home, target);
    const request = { home, session, target, now: call.io.now(), name: call.text('as') };
    const dir = sessionDir(home, target);
    ensureBridgeFor(dir, home, call.io.env);
    const { worker, backup } = isCopy(dir) ? await joinCopy(request) : joinSession(request);
    const text = `${session} is ${worker} of ${name} now, until it ends; its own log is kept in ${backup}`;
    print(call, text, { session, worker, kept: backup });
  },
};

/** The session of SESSION@MACHINE, of which there is a copy here then. */
async function followed(call: Call, name: string): Promise<string> {
  const elsewhere = sessionElsewhere(name);
  const problem = await followSession(call, elsewhere);
  if (problem !== undefined)
    throw refused(
      `nothing of ${elsewhere.session} has come from ${elsewhere.machine} yet, so it cannot be joined: ${problem}`,
    );
  return elsewhere.session;
}

/** The session that joins: the one named, the one that runs this command, or the only other live one of the project. */
function joiningSession({ io, text }: Call, home: string, target: string): string {
  const fromEnv = sessionFromEnv(io);
  const named =
    text('session') ??
    (claudeFromEnv(io) || undefined) ??
    (fromEnv !== undefined && 'dir' in fromEnv ? basename(fromEnv.dir) : undefined);
  if (named !== undefined) {
    if (!isSessionId(named)) throw usage(`"${named}" cannot be a session's id`);
    return named;
  }
  const others = listSessions(home).filter(
    ({ id, info }) =>
      id !== target && isSessionLive(info) !== false && info !== undefined && isWithin(info.project, io.cwd),
  );
  const [only, ...more] = others;
  if (only === undefined)
    throw new Failure(EXIT.noSession, 'no other live session is known for this folder: name it with --session');
  if (more.length > 0)
    throw usage(`name the session that joins with --session; there are ${others.map(({ id }) => id).join(', ')}`);
  return only.id;
}
