/**
 * The program that the waiter of an idle session (wake.sh) starts when waking is armed: `wake.cjs <session id>`. Exit code
 * 2 with text on standard error wakes Claude; 0 means that there is nothing, or that it can wait. An error inside is
 * logged, and the exit code is 0.
 */
import { dirname } from 'node:path';
import { armedEntries, armFromState, disarm, armedEvents } from '#core/session/armed.ts';
import { MAX_ANSWER_CHARS, noteText, thatFit } from '#core/policy/reason.ts';
import { pendingNotes } from '#core/policy/activeBlocks.ts';
import { errorText, logError } from '#core/base/errorLog.ts';
import { sessionDir } from '#core/base/paths.ts';
import { writeAll } from '#core/base/stdio.ts';
import { isClaimable } from '#core/session/claims.ts';
import { resolveSessionDir } from '#core/session/folder.ts';
import { claimNotes } from '#core/session/inbox.ts';
import { publish } from '#core/session/publish.ts';
import { openLog, type SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import { canWake, wantsWake, WOKEN } from '#core/fold/waking.ts';
import { CONDUCTOR } from '#protocol/ids.ts';

/**
 * Claims the notes that wake an idle Conductor, prints them and records that a turn begins. Returns whether it did; false
 * if Claude is not to be woken now.
 */
async function wake(dir: string, now: number): Promise<boolean> {
  // before the log is read: the log that is read then has every line that these entries announce
  const armed = armedEntries(dir, 'Wake');
  const log = openLog(dir);
  if (log.readOnly) return false;
  const wakes = canWake(log.state, now) && (await deliverWakingNotes(log, now));
  if (armed !== undefined && !armedEvents(log.state).has('Wake')) disarm(dir, 'Wake', armed);
  log.refresh();
  armFromState(dir, log.state);
  saveSnapshot(log);
  return wakes;
}

/** All pending notes for the Conductor that fit go along with those that wake it, since no prompt precedes the turn. */
async function deliverWakingNotes(log: SessionLog, now: number): Promise<boolean> {
  const { dir, state } = log;
  const waking = [...state.notes.values()].filter((note) => wantsWake(note) && isClaimable(note, now));
  if (waking.length === 0) return false;
  const callContext = { event: 'UserPromptSubmit', role: CONDUCTOR, root: state.session.cwd ?? '/' } as const;
  const others = pendingNotes(state, callContext).filter(
    (note) => note.kind === 'inform' && isClaimable(note, now) && !waking.includes(note),
  );
  const due = [...waking, ...others].toSorted((a, b) => a.pos - b.pos);
  const { notes, delivered } = await claimNotes(log, thatFit(due, MAX_ANSWER_CHARS), now);
  // a hook claimed them: a turn has begun without waking
  if (notes.length === 0) return false;
  writeAll(STDERR, `${noteText(notes)}\n`);
  publish(dir, now, ...delivered, { t: 'turn', state: 'working', reason: WOKEN });
  log.refresh();
  return true;
}

const STDERR = 2;

// installed as <home>/hooks/wake.cjs
const home = dirname(dirname(process.argv[1] ?? ''));
async function main(): Promise<void> {
  try {
    if (await wake(resolveSessionDir(sessionDir(home, process.argv[2] ?? '')), Date.now())) process.exitCode = 2;
  } catch (error) {
    logError(home, 'hook', Date.now(), `Wake: ${errorText(error)}`);
  }
}
void main();
