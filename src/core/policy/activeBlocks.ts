import { CONDUCTOR } from '#protocol/ids.ts';
import type { Block, Note, SessionState } from '#protocol/state.ts';
import { AFTER_TOOL, SUBAGENT_EVENTS, type HookEvent } from '#protocol/hookEvents.ts';
import { isActive } from '#core/fold/blockQueries.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { matches, type ToolCall } from '#core/policy/match/match.ts';

/** One moment at which Claude Code asks: the event, the call if there is one, and in whose role it acts. */
export interface CallContext {
  event: HookEvent;
  /** `conductor`, or the worker whose session this is. */
  role: string;
  /** Inside a subagent: takes nothing that is addressed to the Conductor. */
  agentId?: string;
  call?: ToolCall;
  /** Where a block's relative paths start: the project. */
  root: string;
}

/** What binds the sessions of workers as well: what somebody else holds, and the end of it all. */
const BINDS_WORKERS: readonly Block['cause']['kind'][] = ['lock', 'abort'];

/**
 * The blocks that concern this moment, oldest first. Blocks bind the whole session with its subagents; a worker's own
 * session obeys the locks of others and an abort only.
 */
export function activeBlocks(state: SessionState, callContext: CallContext, now: number): Block[] {
  const active: Block[] = [];
  for (const block of state.blocks.values()) {
    if (block.event !== callContext.event || !isActive(block, now)) continue;
    if (callContext.role !== CONDUCTOR && !BINDS_WORKERS.includes(block.cause.kind)) continue;
    if (block.cause.kind === 'lock' && block.worker === (callContext.agentId ?? callContext.role)) continue;
    if (callContext.call !== undefined && !matches(block.match, callContext.call, callContext.root)) continue;
    active.push(block);
  }
  return active;
}

/**
 * What may be told at this moment and has not been: in the order in which it was said. A subagent and a worker's own
 * session take only what is addressed to them, and what was said for the very event of a subagent.
 */
export function pendingNotes(state: SessionState, callContext: CallContext): Note[] {
  return [...state.notes.values()].filter((note) => {
    if (note.deliveredBy !== undefined || !(isForConductor(note, callContext) || isForOther(note, callContext)))
      return false;
    if (callContext.event !== 'PreToolUse' || callContext.call === undefined) return true;
    return matches(note.match, callContext.call, callContext.root);
  });
}

function isForConductor(note: Note, { event, role, agentId }: CallContext): boolean {
  if (note.to !== CONDUCTOR || role !== CONDUCTOR) return false;
  if (SUBAGENT_EVENTS.includes(note.event)) return note.event === event;
  if (agentId !== undefined) return false;
  return note.event === event || (AFTER_TOOL.includes(note.event) && followsToolCall(event));
}

/** A word to a subagent or a session: there may be no next prompt, so the end of its turn is an occasion, too. */
function isForOther(note: Note, { event, role, agentId }: CallContext): boolean {
  if (note.to === CONDUCTOR || note.to !== (agentId ?? role)) return false;
  return followsToolCall(event) || event === 'Stop' || SUBAGENT_EVENTS.includes(event);
}

const followsToolCall = (event: HookEvent): boolean => AFTER_TOOL.includes(event) || event === 'UserPromptSubmit';

/**
 * What only the Conductor or the person can end is said at once, since there is nothing to wait for: the derived blocks
 * at Stop, and what a worker said there without a condition when no process of it is left that could take it back.
 */
export function canHold(state: SessionState, block: Block): boolean {
  if (['critical', 'ballot', 'prerequisite', 'plan', 'abort'].includes(block.cause.kind)) return false;
  if (block.event !== 'Stop' || block.until.length > 0 || block.dueTs !== undefined) return true;
  const worker = state.workers.get(block.worker);
  return worker?.pid !== undefined && !hasEnded(worker);
}

/** Whether somebody asked to see this call. */
export function isWatched(state: SessionState, call: ToolCall, root: string): boolean {
  return [...state.watches.values()].some(
    (watch) => watch.tool === undefined || matches({ tool: watch.tool }, call, root),
  );
}
