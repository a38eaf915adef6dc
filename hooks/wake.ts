/**
 * The program that the waiter of an idle session (wake.sh) starts when waking is armed: `wake.cjs <session id>`. Exit code
 * 2 with text on standard error wakes Claude; 0 means that there is nothing, or that it can wait. An error inside is
 * logged, and the exit code is 0.
 */
import { dirname } from 'node:path';
import { armedEntries, armFromState, disarm, armedEvents } from '#core/session/armed.ts';
import { noteText } from '#core/policy/reason.ts';
import { pendingNotes } from '#core/policy/activeBlocks.ts';
import { errorText, logError } from '#core/base/errorLog.ts';
import { sessionDir } from '#core/base/paths.ts';
import { claimNotes } from '#core/session/inbox.ts';
import { publish } from '#core/session/publish.ts';
import { openLog, type SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { canWake, wantsWake, WOKEN } from '#core/fold/waking.ts';
import { CONDUCTOR } from '#protocol/ids.ts';

/** Claims the notes that wake an idle Conductor, and records that a turn begins. Undefined if it is not to be woken now. */
function wakeText(dir: string, now: number): string | undefined {
  // before the log is read: the log that is read then has every line that these entries announce
  const armed = armedEntries(dir, 'Wake');
  const log = openLog(dir);
  if (log.readOnly) return undefined;
  const text = canWake(log.state, now) ? claimWakingNotes(log, now) : undefined;
  if (armed !== undefined && !armedEvents(log.state).has('Wake')) disarm(dir, 'Wake', armed);
  log.refresh();
  armFromState(dir, log.state);
  saveSnapshot(log);
  return text;
}

/** All pending notes for the Conductor go along with those that wake it, since no prompt precedes the turn. */
function claimWakingNotes(log: SessionLog, now: number): string | undefined {
  const { dir, state } = log;
  const waking = [...state.notes.values()].filter(wantsWake);
  if (waking.length === 0) return undefined;
  const callContext = { event: 'UserPromptSubmit', role: CONDUCTOR, root: state.session.cwd ?? '/' } as const;
  const others = pendingNotes(state, callContext).filter((note) => note.kind === 'inform' && !waking.includes(note));
  const toClaim = [...waking, ...others].toSorted((a, b) => a.pos - b.pos);
  const ours = claimNotes(log, toClaim, now);
  // a hook claimed them: a turn has begun without waking
  if (ours.length === 0) return undefined;
  publish(dir, now, { t: 'turn', state: 'working', reason: WOKEN });
  return noteText(ours);
}

// installed as <home>/hooks/wake.cjs
const home = dirname(dirname(process.argv[1] ?? ''));
try {
  const text = wakeText(sessionDir(home, process.argv[2] ?? ''), Date.now());
  if (text !== undefined) {
    process.stderr.write(`${text}\n`);
    process.exitCode = 2;
  }
} catch (error) {
  logError(home, 'hook', Date.now(), `Wake: ${errorText(error)}`);
}
