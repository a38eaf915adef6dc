import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { ComputedArms } from '#protocol/event.ts';
import { EVENT_ARMS } from '#protocol/eventTraits.ts';
import { AFTER_TOOL, type HookEvent } from '#protocol/hookEvents.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { hasHooks } from '#core/fold/subagents.ts';
import type { NewEvent } from '#core/log/append.ts';
import { nonce } from '#core/base/nonce.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { wantsWake } from '#core/fold/waking.ts';

/** What can be armed: a hook event, or the waking of an idle session, for which its waiter looks (hooks/wake.sh). */
export type Armable = HookEvent | 'Wake';

/** The events whose gate looks at `armed/`; every other one goes to Node anyway (DESIGN §5). */
export const GATED: readonly HookEvent[] = ['PreToolUse', ...AFTER_TOOL];
/** All that has entries under `armed/`. */
export const ARMABLE: readonly Armable[] = [...GATED, 'Wake'];

/** Where it is seen what a shell wrote past a lock. */
const AFTER_CALL: readonly HookEvent[] = ['PostToolUse', 'PostToolUseFailure'];

const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** What `arms` of an event's row means. */
const ARMED: Record<'before' | 'after' | 'both', readonly Armable[]> = {
  before: ['PreToolUse'],
  after: AFTER_TOOL,
  both: GATED,
};

/** The events whose fields decide what they arm. */
const COMPUTED: { [T in ComputedArms]: (event: NewEvent) => readonly Armable[] } = {
  hook: ({ event }) => {
    const hookEvent = event as HookEvent;
    return hookEvent === 'PreToolUse' ? [hookEvent] : AFTER_TOOL.includes(hookEvent) ? AFTER_TOOL : [];
  },
  acquire: ({ resource }) => (String(resource).startsWith('file:') ? ['PreToolUse', ...AFTER_CALL] : []),
  abort: ({ worker }) => (worker === undefined ? ['PreToolUse', 'PostToolBatch'] : GATED),
  turn: ({ state }) => (state === 'waiting' ? AFTER_TOOL : []),
};

/** Where a line could make a hook answer. Too many cost a start of Node each; too few lose an answer. */
export function eventsToArm(event: NewEvent): Armable[] {
  const arms = EVENT_ARMS[event.t];
  const answering = arms === undefined ? COMPUTED[event.t as ComputedArms]?.(event) : ARMED[arms];
  return [...(answering ?? []), ...(event['now'] === true ? (['Wake'] as const) : [])];
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
