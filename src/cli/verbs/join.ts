import { basename } from 'node:path';
import { joinSession } from '#core/session/join.ts';
import { fermataHome } from '#core/base/paths.ts';
import { isSessionId } from '#protocol/ids.ts';
import { isSessionLive, listSessions } from '#core/session/info.ts';
import { isWithin } from '#cli/nearestSession.ts';
import { claudeFromEnv, sessionFromEnv } from '#cli/environment.ts';
import { print } from '#cli/output.ts';
import { EXIT, Failure, usage } from '#cli/exit.ts';
import { textOption, type Call, type Verb } from '#cli/verb.ts';

export const join: Verb = {
  name: 'join',
  summary: 'Make this Claude Code session a worker of another one, with one set of locks and votes',
  args: ['the SESSION to join ("fermata sessions" lists them)'],
  usage: 'SESSION [--as NAME]',
  options: { as: textOption('NAME', 'the worker that it becomes; default session-…') },
  examples: ['fermata join 0f4b6a8e-1111-2222-3333-444455556666 --as docs', 'fermata join S1 --session S2'],
  notes: [
    'Without --session: the session inside which it is called, else the one other live session of this project.',
    'It leaves when it ends or is cleared. Refused while it has workers at work or blocks that stand.',
  ],
  run: (call, target) => {
    if (!isSessionId(target)) throw usage(`"${target}" cannot be a session's id`);
    const home = fermataHome(call.io.env);
    const session = joiningSession(call, home, target);
    const { worker, backup } = joinSession({ home, session, target, now: call.io.now(), name: call.text('as') });
    const text = `${session} is ${worker} of ${target} now, until it ends; its own log is kept in ${backup}`;
    print(call, text, { session, worker, kept: backup });
  },
};

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
