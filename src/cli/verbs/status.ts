import { basename } from 'node:path';
import { fermataHome, sessionDir } from '#core/base/paths.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { isSessionLive, listSessions } from '#core/session/info.ts';
import { openLog, stateAt, type SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { sessionOf } from '#cli/caller.ts';
import { usage } from '#cli/exit.ts';
import { printable } from '#cli/output.ts';
import { supervise } from '#cli/supervise.ts';
import { statusJson, statusText, viewContext } from '#cli/statusView.ts';
import { textOption, type Call, type Verb } from '#cli/verb.ts';

export const status: Verb = {
  name: 'status',
  summary: 'Show the session: what stands, who is at work, votes, locks',
  usage: '[--json] [--at N]',
  options: { at: textOption('N', 'as it was after N events') },
  examples: ['fermata status', 'fermata status --json | jq .workers'],
  run: (call) => {
    const dir = sessionOf(call);
    const state = stateFor(call, dir);
    const context = viewContext(call, dir);
    const now = call.text('at') === undefined ? context.now : state.lastTs;
    const view = toViewModel(state, { ...context, now, id: basename(dir) });
    call.io.stdout(
      call.flag('json') ? `${JSON.stringify(statusJson(view, state), null, 2)}\n` : `${printable(statusText(view))}\n`,
    );
  },
};

function stateFor(call: Call, dir: string): SessionLog['state'] {
  const at = call.text('at');
  if (at !== undefined && !/^\d+$/.test(at)) throw usage('--at needs a number of events');
  if (at !== undefined) return stateAt(dir, Number(at));
  const log = openLog(dir);
  saveSnapshot(log);
  supervise(call, log);
  return log.state;
}

export const sessions: Verb = {
  name: 'sessions',
  summary: 'List the sessions, the newest first',
  usage: '[--json]',
  examples: ['fermata sessions'],
  run: (call) => {
    const home = fermataHome(call.io.env);
    const all = listSessions(home).map(({ id, info, touchedMs }) => ({
      session: id,
      project: info?.project ?? null,
      live: isSessionLive(info) ?? null,
      lastTs: Math.round(touchedMs),
      dir: sessionDir(home, id),
    }));
    if (call.flag('json')) call.io.stdout(`${JSON.stringify(all, null, 2)}\n`);
    else
      for (const { session, project, live, lastTs } of all)
        call.io.stdout(
          `${session}  ${live === true ? 'live' : live === false ? 'ended' : 'unknown'}  ${new Date(lastTs).toISOString()}  ${project ?? ''}\n`,
        );
  },
};
