import { closeSync, constants } from 'node:fs';
import { join } from 'node:path';
import { AFTER_CALL, AFTER_TOOL, GATED, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { type NewEvent } from '#core/log/append.ts';
import type { ComputedArms } from '#protocol/event.ts';
import { EVENT_ARMS } from '#protocol/eventTraits.ts';
import { hasHooks, isExpiredEarly } from '#core/fold/queries.ts';
import { awaitedProofs, isProvable } from '#core/fold/provable.ts';
import { timeOf } from '#core/fold/time.ts';
import { nonce } from '#core/base/nonce.ts';
import { claimFolder, setAside } from '#core/base/files/aside.ts';
import { lstatOf } from '#core/base/files/facts.ts';
import { namesIn } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { removeEmptyFolder, removeFile } from '#core/base/files/remove.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { wantsWake } from '#core/fold/waking.ts';

/** What can be armed: a hook event, or the wake of an idle session, which hooks/wake.sh waits for. */
export type Armable = HookEvent | 'Wake';

/** All that has entries under `armed/`. */
export const ARMABLE: readonly Armable[] = [...GATED, 'Wake'];

const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** The meaning of `arms` in an event's row. */
const ARMED: Record<'before' | 'after' | 'both', readonly Armable[]> = {
  before: ['PreToolUse'],
  after: AFTER_TOOL,
  both: GATED,
};

/** Whether a block waits for a command whose end hooks have to look out for. */
const waitsForProof = (until: unknown): boolean =>
  [until].flat().some((text) => typeof text === 'string' && isProvable({ text }));

/** For the events whose fields decide which hook events they arm. */
const COMPUTED: { [T in ComputedArms]: (event: NewEvent) => readonly Armable[] } = {
  hook: ({ event, until }) => {
    const hookEvent = event as HookEvent;
    const after = waitsForProof(until) ? AFTER_CALL : [];
    const own = hookEvent === 'PreToolUse' ? [hookEvent] : AFTER_TOOL.includes(hookEvent) ? AFTER_TOOL : [];
    return [...own, ...after];
  },
  acquire: ({ resource }) => (String(resource).startsWith('file:') ? ['PreToolUse', ...AFTER_CALL] : []),
  abort: ({ worker }) => (worker === undefined ? ['PreToolUse', 'PostToolBatch'] : GATED),
  unblock: ({ word }) => (word === undefined ? [] : AFTER_TOOL),
  turn: ({ state }) => (state === 'waiting' ? AFTER_TOOL : []),
};

/** The hook events that may have to answer a line. One too many costs a start of Node; one too few loses an answer. */
export function eventsToArm(event: NewEvent): Armable[] {
  const arms = EVENT_ARMS[event.t];
  const answering = arms === undefined ? COMPUTED[event.t as ComputedArms]?.(event) : ARMED[arms];
  return [...(answering ?? []), ...(event['now'] === true ? (['Wake'] as const) : [])];
}

/**
 * Arms hook events: creates an entry under `armed/<Event>/`, again if a hook removes the folder at the same time. Where the folder
 * of all entries is gone, arms everything: what was armed is not known, and until now its absence armed everything.
 */
export function arm(dir: string, events: readonly Armable[]): void {
  const isLost = events.length > 0 && lstatOf(sessionPaths(dir).armed) === undefined;
  for (const event of isLost ? ARMABLE : events) {
    const folder = join(sessionPaths(dir).armed, event);
    const entry = join(folder, nonce());
    for (;;) {
      claimFolder(folder);
      try {
        closeSync(openFile(entry, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL).fd);
        break;
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    }
  }
}

/**
 * The entries that arm an event now; undefined where nothing does. Read them before the log: the log then has every line
 * that they announce.
 */
export function armedEntries(dir: string, event: Armable): string[] | undefined {
  const folder = join(sessionPaths(dir).armed, event);
  const stats = lstatOf(folder);
  if (stats === undefined) return undefined;
  // something else arms the event as well, since the gate sees the name
  return stats.isDirectory() ? namesIn(folder) : [];
}

/**
 * Removes entries that were handled. A newer entry keeps the folder (ENOTEMPTY). What cannot be removed one by one gets
 * another name with its folder: a newer entry is lost with it, so the caller reads the log once more and arms by it.
 */
export function disarm(dir: string, event: Armable, entries: string[]): void {
  const folder = join(sessionPaths(dir).armed, event);
  const stuck =
    lstatOf(folder)?.isDirectory() === false || entries.filter((entry) => !isRemoved(folder, entry)).length > 0;
  try {
    if (stuck) setAside(folder);
    else removeEmptyFolder(folder);
  } catch {
    // there is a newer entry, or another hook has removed the folder
  }
}

function isRemoved(folder: string, entry: string): boolean {
  try {
    removeFile(join(folder, entry));
    return true;
  } catch (error) {
    // another hook was faster; what is not UTF-8 is not found by the name that Node makes of it
    return errorCode(error) === 'ENOENT' && !entry.includes('\ufffd');
  }
}

/** The hook events that have something to answer in this state: active blocks, pending notes, watches. */
export function armedEvents(state: SessionState): Set<Armable> {
  const events = new Set<Armable>();
  for (const block of state.blocks.values())
    if ((block.ended === undefined || isExpiredEarly(block, timeOf(state))) && GATED.includes(block.event)) {
      events.add(block.event);
      if (block.cause.kind === 'lock') for (const event of AFTER_CALL) events.add(event);
      if (block.cause.kind === 'abort') events.add('PostToolBatch');
    }
  for (const note of state.notes.values()) {
    if (note.deliveredBy !== undefined) continue;
    if (note.to !== CONDUCTOR && !hasHooks(state.workers.get(note.to))) continue;
    if (wantsWake(note)) events.add('Wake');
    if (note.event === 'PreToolUse') events.add('PreToolUse');
    else if (AFTER_TOOL.includes(note.event)) for (const event of AFTER_TOOL) events.add(event);
  }
  if (awaitedProofs(state).size > 0) for (const event of AFTER_CALL) events.add(event);
  if (state.watches.size > 0 || state.uncommitted.size > 0) events.add('PreToolUse');
  // the next call shows that the wait for the person is over
  if (state.asks.size > 0 || state.conductor.state === 'waiting') for (const event of AFTER_TOOL) events.add(event);
  return events;
}

/** Arms the events that should be armed by the state and are not: for lines whose writers did not arm (`echo`). */
export function armFromState(dir: string, state: SessionState): Armable[] {
  const missing = [...armedEvents(state)].filter((event) => !(armedEntries(dir, event) ?? []).length);
  arm(dir, missing);
  return missing;
}
