import { basename } from 'node:path';
import { fermataHome, sessionDir } from '#core/base/paths.ts';
import { readNames, readWords } from '#core/claude/transcript/readWords.ts';
import { claudeConfigDir, claudeProcessOf, findTranscript } from '#core/claude/processes.ts';
import { agentFacts } from '#core/claude/subagents.ts';
import { isSubagent } from '#core/fold/kinds.ts';
import { missingShells } from '#core/claude/reconcile.ts';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import { emptyTranscript } from '#core/claude/transcript/transcriptState.ts';
import { sessionName } from '#core/projection/names.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import type { SessionInfo } from '#protocol/fileFormats.ts';
import type { SessionState } from '#protocol/state.ts';
import { isSessionLive, listSessions, readSessionInfo } from '#core/session/info.ts';
import { sessionLink } from '#core/machines/sessionLink.ts';
import { publish } from '#core/session/publish.ts';
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
    const { state, log } = sourceOf(call, dir);
    const transcript = transcriptOf(call, dir, state);
    if (log !== undefined) recordShells(call, log, transcript);
    const context = viewContext(call, dir);
    const now = log === undefined ? state.lastTs : context.now;
    const link = log === undefined ? undefined : sessionLink(fermataHome(call.io.env), dir, call.io.now());
    const view = toViewModel(state, { ...context, transcript, now, id: basename(dir), link });
    const isJson = call.flag('json');
    call.io.stdout(
      isJson ? `${JSON.stringify(statusJson(view, state, link), null, 2)}\n` : `${printable(statusText(view, now))}\n`,
    );
  },
};

/** A state of the past, or the present one with its log. */
function sourceOf(call: Call, dir: string): { state: SessionState; log?: SessionLog } {
  const at = call.text('at');
  if (at !== undefined && !/^\d+$/.test(at)) throw usage('--at needs a number of events');
  if (at !== undefined) return { state: stateAt(dir, Number(at)) };
  const log = openLog(dir);
  saveSnapshot(log);
  supervise(call, log);
  return { state: log.state, log };
}

/** What Claude Code's own files add: the words of the session, its shells, the names of its agents, and whether it runs in the background. */
function transcriptOf({ io }: Call, dir: string, state: SessionState): TranscriptSet {
  const known = readNames(state.session.transcript) ?? { main: emptyTranscript(), agents: new Map() };
  const pid = readSessionInfo(dir)?.pid;
  const process = pid === undefined ? undefined : claudeProcessOf(claudeConfigDir(io.env), pid);
  return { ...known, agents: unnamedAgents(state), background: process?.job === undefined ? undefined : true };
}

/** The agents whose tasks no hook has read yet. */
function unnamedAgents({ session, workers }: SessionState): TranscriptSet['agents'] {
  const unnamed = [...workers.values()].filter((worker) => isSubagent(worker) && worker.task === undefined);
  const main = emptyTranscript();
  return new Map(
    unnamed.map(({ id, command }) => [id, { state: main, ...agentFacts(session.transcript, id, command) }]),
  );
}

/** A shell is in the transcript as soon as it goes to the background, and in the log without a window only at the turn's end. */
function recordShells({ io }: Call, log: SessionLog, { main }: TranscriptSet): void {
  const missing = log.readOnly ? [] : missingShells(log.state, main.shells);
  if (missing.length === 0) return;
  publish(log.dir, io.now(), ...missing);
  log.refresh();
}

/** So many of the newest sessions are named: a transcript is read for each. */
const MAX_NAMED = 50;

export const sessions: Verb = {
  name: 'sessions',
  summary: 'List the sessions, the newest first',
  usage: '[--json]',
  examples: ['fermata sessions'],
  run: (call) => {
    const home = fermataHome(call.io.env);
    const config = claudeConfigDir(call.io.env);
    const all = listSessions(home).map(({ id, info, touchedMs }, index) => ({
      session: id,
      name: index < MAX_NAMED ? nameOf(config, id, info) : null,
      project: info?.project ?? null,
      live: isSessionLive(info) ?? null,
      lastTs: Math.round(touchedMs),
      dir: sessionDir(home, id),
    }));
    if (call.flag('json')) call.io.stdout(`${JSON.stringify(all, null, 2)}\n`);
    else
      for (const { session, name, project, live, lastTs } of all) {
        const state = live === true ? 'live' : live === false ? 'ended' : 'unknown';
        // scripts take the first columns by their number
        const columns = [session, state, new Date(lastTs).toISOString(), project ?? '', name ?? ''];
        call.io.stdout(`${printable(columns.join('  '))}\n`);
      }
  },
};

/** A session by its transcript, else by its project and the time of its start. */
export function nameOf(config: string, session: string, info: SessionInfo | undefined, path?: string): string | null {
  if (info === undefined) return null;
  const transcript = path ?? findTranscript(config, { cwd: info.project, session });
  const words = transcript === undefined ? undefined : readWords(transcript);
  const named = words && { main: { words } };
  return sessionName({ session: { startedTs: info.started } }, named, basename(info.project));
}
