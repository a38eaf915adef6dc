import { AFTER_TOOL, type HookEvent, SUBAGENT_EVENTS } from '#protocol/hookEvents.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Block, Note, SessionState } from '#protocol/state.ts';
import { stuckReason } from '#core/fold/blocks.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isActive } from '#core/fold/queries.ts';
import { matches, type ToolCall } from './match/match.ts';

/** The hook event that Claude Code fires, with its call if it has one, and the agent that acts. */
export interface CallContext {
  event: HookEvent;
  /** `conductor`, or the worker that owns the session. */
  role: string;
  /** The subagent that acts: it gets no notes for the Conductor. */
  agentId?: string;
  call?: ToolCall;
  /** Where a block's relative paths start: the project. */
  root: string;
}

/** The causes of the blocks that bind the sessions of workers, too. */
const BINDS_WORKERS: readonly Block['cause']['kind'][] = ['lock', 'abort'];

/**
 * The active blocks that concern an event, oldest first. Blocks bind the Conductor and its subagents; a worker's own
 * session obeys only the locks of others and an abort.
 */
export function activeBlocks(state: SessionState, context: CallContext, now: number): Block[] {
  const active: Block[] = [];
  for (const block of state.blocks.values()) {
    if (block.event !== context.event || !isActive(block, now)) continue;
    if (context.role !== CONDUCTOR && !BINDS_WORKERS.includes(block.cause.kind)) continue;
    if (block.cause.kind === 'lock' && block.worker === (context.agentId ?? context.role)) continue;
    if (context.call !== undefined && !matches(block.match, context.call, context.root)) continue;
    active.push(block);
  }
  return active;
}

/** Why a block's pattern of commands fits a call only by its words: the command cannot be read. */
export function doubtAbout({ match }: Block, { call, root }: CallContext): string | undefined {
  const fit = match?.command === undefined ? undefined : call?.fit?.(match.command, root);
  return fit?.kind === 'might' ? fit.reason : undefined;
}

/** Whether a pattern of commands concerns an event, so that the command of its call has to be read. */
export const needsCommand = (state: SessionState, event: HookEvent): boolean =>
  [...state.blocks.values(), ...state.notes.values()].some(
    (each) => each.match?.command !== undefined && each.event === event,
  );

/**
 * The undelivered notes that an event may deliver, oldest first. A subagent and a worker's own session get only notes to
 * themselves; the events SubagentStart and SubagentStop also deliver the Conductor's notes for that same event.
 */
export function pendingNotes(state: SessionState, context: CallContext): Note[] {
  return [...state.notes.values()].filter((note) => {
    if (note.deliveredBy !== undefined || !(isForConductor(note, context) || isForOther(note, context))) return false;
    if (context.event !== 'PreToolUse' || context.call === undefined) return true;
    return matches(note.match, context.call, context.root);
  });
}

function isForConductor(note: Note, { event, role, agentId }: CallContext): boolean {
  if (note.to !== CONDUCTOR || role !== CONDUCTOR) return false;
  if (SUBAGENT_EVENTS.includes(note.event)) return note.event === event;
  if (agentId !== undefined) return false;
  return note.event === event || (AFTER_TOOL.includes(note.event) && followsToolCall(event));
}

/** Notes to a subagent or a session are delivered at the end of its turn, too: there may be no next prompt. */
function isForOther(note: Note, { event, role, agentId }: CallContext): boolean {
  if (note.to === CONDUCTOR || note.to !== (agentId ?? role)) return false;
  return followsToolCall(event) || event === 'Stop' || SUBAGENT_EVENTS.includes(event);
}

const followsToolCall = (event: HookEvent): boolean => AFTER_TOOL.includes(event) || event === 'UserPromptSubmit';

/**
 * Whether a hook may hold a call for a block. It denies at once if only the Conductor or the person can end the block:
 * one that is stuck, a derived block at Stop, or a worker's block at Stop without a condition if no process is left to
 * clear it.
 */
export function canHold(state: SessionState, block: Block): boolean {
  if (stuckReason(state, block) !== undefined) return false;
  if (['critical', 'ballot', 'prerequisite', 'plan', 'abort'].includes(block.cause.kind)) return false;
  if (block.event !== 'Stop' || block.until.length > 0 || block.dueTs !== undefined) return true;
  const worker = state.workers.get(block.worker);
  return worker?.pid !== undefined && !hasEnded(worker);
}

/** Whether a worker watches this call. */
export function isWatched(state: SessionState, call: ToolCall, root: string): boolean {
  return [...state.watches.values()].some(({ tool }) => matches({ tool }, call, root));
}
