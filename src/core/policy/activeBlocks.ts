import { AFTER_TOOL, type HookEvent, SUBAGENT_EVENTS } from '#protocol/hookEvents.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Block, Note, PassedCall, SeenCall, SessionState } from '#protocol/state.ts';
import { stuckReason } from '#core/fold/stuck.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { isBudget, isCap, isLimit } from '#core/fold/limitConditions.ts';
import { isMergePending } from '#core/fold/mergePairs.ts';
import { isRevocable } from '#core/fold/provable.ts';
import { isActive, isTimed } from '#core/fold/queries.ts';
import { runOf } from '#core/fold/runs.ts';
import { fitsAgent } from './match/agent.ts';
import { limitedBlock } from './limitedBlock.ts';
import { sweepBlock } from './sweepBlock.ts';
import { matches, type ToolCall } from './match/match.ts';

/** The hook event that Claude Code fires, with its call if it has one, and the agent that acts. */
export interface CallContext {
  event: HookEvent;
  /** `conductor`, or the worker that owns the session. */
  role: string;
  /** The subagent that acts, and Claude Code's type of it. It gets no notes for the Conductor that do not name it. */
  agentId?: string;
  agentType?: string | undefined;
  call?: ToolCall;
  /** The call as the log has it; made only where a block may let it pass. */
  seen?: () => SeenCall;
  /** Where a block's relative paths start: the project. */
  root: string;
}

/** A refusal, and the log of it, names this many blocks; of the others only the number. */
export const MAX_NAMED_BLOCKS = 20;

/** The causes of the blocks that bind the sessions of workers, too. */
const BINDS_WORKERS: readonly Block['cause']['kind'][] = ['lock', 'abort', 'git'];

/**
 * The active blocks that concern an event, oldest first. Each is judged apart: one that cannot be judged counts as
 * concerning it, with a text that explains that. Blocks bind the Conductor and its subagents; a worker's own
 * session obeys only the locks of others and an abort.
 */
export function activeBlocks(state: SessionState, context: CallContext, now: number): Block[] {
  const active: Block[] = [];
  for (const block of state.blocks.values()) {
    try {
      if (!concerns(state, block, context, now)) continue;
      const concerning = block.until.some(isLimit) ? limitedBlock(state, block, context, now) : [block];
      for (const each of concerning)
        if (each.match?.git === undefined) active.push(each);
        else active.push(...sweepBlock(state, each, context));
    } catch (error) {
      active.push({ ...block, text: `${block.text} ${unjudged(error)}` });
    }
  }
  return active;
}

function concerns(state: SessionState, block: Block, context: CallContext, now: number): boolean {
  const { event, role, agentId, call, root } = context;
  if (block.event !== event || !isActive(block, now)) return false;
  if (role !== CONDUCTOR && !BINDS_WORKERS.includes(block.cause.kind) && !block.until.some(isBudget)) return false;
  if (block.cause.kind === 'lock' && block.worker === (agentId ?? role)) return false;
  if (block.passes !== undefined && passOf(block, context) !== undefined) return false;
  if (!meansAgent(block, state, context)) return false;
  return call === undefined || matches(block.match, call, root);
}

const meansAgent = ({ match }: Pick<Block, 'match'>, state: SessionState, context: CallContext): boolean =>
  (match?.agent === undefined || fitsAgent(match.agent, state, context)) &&
  (match?.run === undefined || runOf(state, context.agentId ?? context.role) === match.run);

/** The calls that the person lets run and that this one is, with their blocks. */
export function passesOf(state: SessionState, context: CallContext): { block: string; call: string }[] {
  return [...state.blocks.values()].flatMap((block) => {
    const pass = block.event === context.event ? passOf(block, context) : undefined;
    return pass === undefined ? [] : [{ block: block.id, call: pass.call }];
  });
}

/** The call itself, or the same one made again by the same agent. */
export function passOf({ passes }: Block, { seen }: CallContext): PassedCall | undefined {
  if (passes === undefined || seen === undefined) return undefined;
  const now = seen();
  const isSame = (pass: PassedCall): boolean =>
    (['tool', 'summary', 'digest', 'agent'] as const).every((field) => pass[field] === now[field]);
  return passes.find(({ call }) => call === now.call) ?? passes.find(isSame);
}

const unjudged = (error: unknown): string =>
  `(Whether it means this call cannot be judged, so it counts: ${error instanceof Error ? error.message : String(error)})`;

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
 * themselves, and those whose match names them; the events SubagentStart and SubagentStop also deliver the Conductor's notes for that same event.
 */
export function pendingNotes(state: SessionState, context: CallContext): Note[] {
  return [...state.notes.values()].filter((note) => {
    if (note.deliveredBy !== undefined || !(isForConductor(note, context) || isForOther(note, context))) return false;
    if (!meansAgent(note, state, context)) return false;
    if (context.event !== 'PreToolUse' || context.call === undefined) return true;
    return matchesSafely(note, context.call, context.root);
  });
}

/** As `matches`; a pattern that cannot be judged matches nothing: information is delivered later, or not at all. */
function matchesSafely({ match }: Pick<Note, 'match'>, call: ToolCall, root: string): boolean {
  try {
    return matches(match, call, root);
  } catch {
    return false;
  }
}

function isForConductor(note: Note, { event, role, agentId }: CallContext): boolean {
  if (note.to !== CONDUCTOR || role !== CONDUCTOR) return false;
  if (SUBAGENT_EVENTS.includes(note.event)) return note.event === event;
  // one that names agents is for those
  if (agentId !== undefined && note.match?.agent === undefined) return false;
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
  // how long agents go on working is not known
  if (block.until.some(isCap)) return false;
  if (['critical', 'ballot', 'prerequisite', 'plan', 'abort'].includes(block.cause.kind)) return false;
  // only who is at work beside Claude can show it meanwhile
  if (block.until.some(isRevocable))
    return (
      block.until.some((condition) => isMergePending(state, condition)) ||
      [...state.workers.values()].some((w) => w.run !== undefined && !hasEnded(w))
    );
  if (block.event !== 'Stop' || block.until.length > 0 || isTimed(block)) return true;
  const worker = state.workers.get(block.worker);
  return worker?.pid !== undefined && !hasEnded(worker);
}

/** Whether a worker watches a tool call. */
export function isWatched(state: SessionState, context: CallContext): boolean {
  const { call, root } = context;
  if (call === undefined) return false;
  return [...state.watches.values()].some(
    ({ tool, agent }) =>
      meansAgent({ match: { agent } }, state, context) && matchesSafely({ match: { tool } }, call, root),
  );
}
