/**
 * The program that the plugin in Claude Code starts: `mod.cjs <session id> [<report as JSON>]`, and the status line. It writes what
 * the plugin has seen, and what the status line was handed, into the session's log, and prints what the plugin draws. It prints nothing where there is no such session yet.
 * An error inside is logged, and the exit code is 1.
 */
import { basename, dirname } from 'node:path';
import { errorText, logError } from '#core/base/errorLog.ts';
import { asRecord } from '#core/base/json.ts';
import { logToRead, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { loadSettings } from '#core/base/settings.ts';
import { writeAll } from '#core/base/stdio.ts';
import { ellipsize } from '#core/base/text.ts';
import { canWake, wantsWake } from '#core/fold/waking.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/kinds.ts';
import { namesIn } from '#core/projection/names.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { ENGLISH } from '#core/projection/wording.ts';
import { claimFolder } from '#core/base/files/aside.ts';
import { isClaimable } from '#core/session/claims.ts';
import { fileName, isCallId } from '#core/session/flags.ts';
import { resolveSessionDir } from '#core/session/folder.ts';
import { readSessionInfo } from '#core/session/info.ts';
import { roleOf } from '#core/session/role.ts';
import { openLog, type SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { visibleLine, withoutColours } from '#protocol/hiddenText.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import { MOD_WAKE } from '#protocol/promptSource.ts';
import type { SessionState } from '#protocol/state.ts';
import type { HeldCallView, ViewModel } from '#protocol/viewModel.ts';
import type { ModHold, ModView } from './mod/sessionView.ts';
import { publishReport } from './modReport.ts';
import { publishStatusLine } from './statusLine.ts';

const STDOUT = 1;
/** How much is drawn of a text, and of how many holds and votes. */
const MAX_CHARS = 160;
const MAX_ROWS = 3;

/** @param own the path of the session's own folder; its log may be that of a session that it has joined */
function viewOf(home: string, own: string, log: SessionLog, now: number): ModView {
  const { dir, state } = log;
  const settings = loadSettings(home, readSessionInfo(dir)?.project);
  const options = { now, silentSeconds: settings['workers.silentSeconds'], id: basename(own), live: true };
  const view = toViewModel(state, options);
  const { flags, mod } = sessionPaths(dir);
  // the plugin writes flags there
  claimFolder(flags);
  return {
    log: logToRead(dir),
    flags,
    ...(dir === own ? { sign: mod } : {}),
    holds: view.calls
      .filter((call) => call.state === 'held' || call.needsYou)
      .slice(0, MAX_ROWS)
      .map((call) => holdOf(view, call)),
    votes: votesOf(view),
    needsYou: view.counts.needsYou,
    stop: stoppedAgents(state),
    ...(isConductor(state, own) && isToWake(state, now) ? { wake: MOD_WAKE } : {}),
  };
}

function holdOf(
  view: ViewModel,
  { id, state: held, tool, summary, call, reasons, sinceTs, givesUpTs }: HeldCallView,
): ModHold {
  const [first] = reasons;
  const { worker } = namesIn(view.session.name, view.workers, ENGLISH);
  const from = first === undefined || first.ofPerson === true ? '' : `${worker(first.from)}: `;
  const isNamed = call !== undefined && isCallId(call);
  const release = reasons.map(({ block, needsYou, allow }) =>
    // what ends by itself goes on for all other calls
    fileName((needsYou && allow === undefined) || !isNamed ? { kind: 'release', block } : { kind: 'pass', call }),
  );
  return {
    id,
    call: line([isTurnEnd(tool) ? TURN_ENDS[tool] : tool, summary].filter(Boolean).join(' ')),
    reason: line(from + (first?.stuck ?? first?.text ?? '')),
    more: Math.max(0, reasons.length - 1),
    isHeld: held === 'held',
    sinceTs,
    ...(givesUpTs === undefined ? {} : { untilTs: givesUpTs }),
    release: [...new Set(release)],
  };
}

/** The hook events by which ends are held. */
const TURN_ENDS = { Stop: 'the end of the turn', SubagentStop: 'the end of an agent’s turn' };

const isTurnEnd = (tool = ''): tool is keyof typeof TURN_ENDS => Object.hasOwn(TURN_ENDS, tool);

const votesOf = ({ ballots }: ViewModel): string[] =>
  ballots
    .filter(({ decided, missing }) => decided === undefined && missing?.includes(USER))
    .slice(0, MAX_ROWS)
    .map(({ name, question, options }) =>
      line(`${question ?? name} (${options.map(({ option }) => option).join(', ')}): fermata vote ${name}`),
    );

/** A text of others, for a terminal: on one line, all of it seen. */
const line = (text: string): string => ellipsize(visibleLine(withoutColours(text)), MAX_CHARS);

/** Those that a hook has not ended yet, at a call. */
const stoppedAgents = ({ workers }: SessionState): string[] =>
  [...workers.values()]
    .filter(
      (worker) => worker.abort !== undefined && isSubagent(worker) && !hasEnded(worker) && worker.state !== 'idle',
    )
    .map(({ id }) => id);

/** Whether this Claude is the session's own, and none that has joined it: then what waits for the Conductor is for it. */
const isConductor = (state: SessionState, own: string): boolean => roleOf(state, basename(own), {}) === CONDUCTOR;

/** The hook of the prompt that wakes Claude then delivers it. */
const isToWake = (state: SessionState, now: number): boolean =>
  canWake(state, now) && [...state.notes.values()].some((note) => wantsWake(note) && isClaimable(note, now));

function parse(text: string): Record<string, unknown> {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return {};
  }
}

function run(home: string, session: string, report: string): void {
  const own = sessionDir(home, session);
  const dir = resolveSessionDir(own);
  if (readSessionInfo(dir) === undefined) return;
  const now = Date.now();
  const log = openLog(dir);
  if (log.readOnly) return;
  const { usage, ...others } = parse(report);
  if (dir === own) publishStatusLine(log, now);
  // the log has the figures of the session's own Claude
  publishReport(log, isConductor(log.state, own) ? { usage, ...others } : others, now);
  writeAll(STDOUT, `${JSON.stringify(viewOf(home, own, log, now))}\n`);
  saveSnapshot(log);
}

// installed as <home>/hooks/mod.cjs
const home = dirname(dirname(process.argv[1] ?? ''));
try {
  run(home, process.argv[2] ?? '', process.argv[3] ?? '');
} catch (error) {
  logError(home, 'hook', Date.now(), `the plugin in Claude Code: ${errorText(error)}`);
  process.exitCode = 1;
}
