import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { AFTER_CALL, AFTER_TOOL, GATED, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { hasHooks } from '#core/fold/queries.ts';
import { type NewEvent } from '#core/log/append.ts';
import { nonce } from '#core/base/nonce.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { wantsWake } from '#core/fold/waking.ts';

/** What can be armed: a hook event, or the waking of an idle session, for which its waiter looks (hooks/wake.sh). */
export type Armable = HookEvent | 'Wake';

/** All that has entries under `armed/`. */
export const ARMABLE: readonly Armable[] = [...GATED, 'Wake'];

const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** Where lines could make a hook answer, by their type; where it depends on more than that, see below. */
const ANSWERING_EVENTS: { [T in NewEvent['t']]?: readonly Armable[] } = {
  plan: ['PreToolUse'],
  watch: ['PreToolUse'],
  consent: GATED,
  exit: GATED,
  done: GATED,
  release: GATED,
  expire: GATED,
  tell: AFTER_TOOL,
  handoff: AFTER_TOOL,
  ask: AFTER_TOOL,
  vote: AFTER_TOOL,
  decide: AFTER_TOOL,
  ballot: AFTER_TOOL,
};

/** Where a line could make a hook answer. Too many cost a Node start; too few lose an answer. */
export function eventsToArm(event: NewEvent): Armable[] {
  return [...answeringEvents(event), ...(event['now'] === true ? (['Wake'] as const) : [])];
}

function answeringEvents(event: NewEvent): readonly Armable[] {
  switch (event.t) {
    case 'hook': {
      const hookEvent = event['event'] as HookEvent;
      return hookEvent === 'PreToolUse' ? [hookEvent] : AFTER_TOOL.includes(hookEvent) ? AFTER_TOOL : [];
    }
    case 'acquire':
      return String(event['resource']).startsWith('file:') ? ['PreToolUse', ...AFTER_CALL] : [];
    case 'abort':
      return event['worker'] === undefined ? ['PreToolUse', 'PostToolBatch'] : GATED;
    case 'turn':
      return event['state'] === 'waiting' ? AFTER_TOOL : [];
    default:
      return ANSWERING_EVENTS[event.t] ?? [];
  }
}

/** Arms a hook event: an entry of one's own under `armed/<Event>/`, made again if a hook removes the folder meanwhile. */
export function arm(dir: string, events: readonly Armable[]): void {
  for (const event of events) {
    const folder = join(sessionPaths(dir).armed, event);
    const entry = join(folder, nonce());
    for (;;) {
      mkdirSync(folder, { recursive: true });
      try {
        closeSync(openSync(entry, 'wx', 0o600));
        break;
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
      }
    }
  }
}

/** The entries that arm an event now. Taken before the log is read: all that they announce is then in what is read. */
export function armedEntries(dir: string, event: Armable): string[] {
  const folder = join(sessionPaths(dir).armed, event);
  // most are not there, and an error that Node makes takes longer than a look
  if (!existsSync(folder)) return [];
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Removes entries whose signal has ended. What came meanwhile keeps the folder (ENOTEMPTY). */
export function disarm(dir: string, event: Armable, entries: string[]): void {
  const folder = join(sessionPaths(dir).armed, event);
  for (const entry of entries) {
    try {
      unlinkSync(join(folder, entry));
    } catch {
      // another hook was faster
    }
  }
  try {
    rmdirSync(folder);
  } catch {
    // something came, or it is gone already
  }
}

/** What has something to answer in this state: what stands, is undelivered, or is watched. */
export function armedEvents(state: SessionState): Set<Armable> {
  const events = new Set<Armable>();
  for (const block of state.blocks.values())
    if (block.ended === undefined && GATED.includes(block.event)) {
      events.add(block.event);
      if (block.cause.kind === 'lock') for (const event of AFTER_CALL) events.add(event);
    }
  for (const note of state.notes.values()) {
    if (note.deliveredBy !== undefined) continue;
    if (note.to !== CONDUCTOR && !hasHooks(state.workers.get(note.to))) continue;
    if (wantsWake(note)) events.add('Wake');
    if (note.event === 'PreToolUse') events.add('PreToolUse');
    else if (AFTER_TOOL.includes(note.event)) for (const event of AFTER_TOOL) events.add(event);
  }
  if (state.watches.size > 0) events.add('PreToolUse');
  if (state.aborted !== undefined) events.add('PostToolBatch');
  // whoever waited for the person goes on with the next call
  if (state.asks.size > 0 || state.conductor.state === 'waiting') for (const event of AFTER_TOOL) events.add(event);
  return events;
}

/** Arms what the state says should be armed and is not: for lines that their writers did not arm (`echo`). */
export function armFromState(dir: string, state: SessionState): Armable[] {
  const missing = [...armedEvents(state)].filter((event) => armedEntries(dir, event).length === 0);
  arm(dir, missing);
  return missing;
}
