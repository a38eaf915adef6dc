import { CONDUCTOR } from '#protocol/ids.ts';
import { parseEvent } from '#protocol/parseEvent.ts';
import type { EventOf, EventType } from '#protocol/event.ts';
import type { Notice, SessionState } from '#protocol/state.ts';
import type { Line } from '#core/log/lineReader.ts';
import { recordActivity } from './activity.ts';
import { dropStaleAsks, onAnswer, onAsk } from './asks.ts';
import { onBallot, onDecide, onExpireBallot, onVote } from './ballots.ts';
import { createsBlock, onExpireBlock, onHook, onResolve, onUnblock, resetStopRefusals } from './blocks.ts';
import { countForeignRefusal, dropHeldCalls, onDeny, onEnforced, onPassed } from './heldCalls.ts';
import { onCheckpoint } from './checkpoints.ts';
import { onCollision, onDismiss } from './collisions.ts';
import { hasEnded } from './conditions.ts';
import { onWatch, reevaluateDependents } from './dependents.ts';
import { indexOf } from './foldIndex.ts';
import { onLaunch } from './launches.ts';
import { countByName } from './limits.ts';
import { countInvocation, countLine } from './rateLimits.ts';
import { dropConductorLocks, onAcquire, onExpireLock, onRelease } from './locks.ts';
import { isRepeated, viaOf } from './machines.ts';
import { onClaim, onDelivered, onHandoff, onTell } from './notes.ts';
import { onConsent, onPlan } from './plans.ts';
import { onMergeable } from './merges.ts';
import { onPrompt } from './prompts.ts';
import { onEdited, onRan, onTree } from './proofs.ts';
import { assignDefined, addNotice, type EventPosition } from './state.ts';
import { recordTime, timeOf } from './time.ts';
import { onUncommitted } from './uncommitted.ts';
import { onUsage } from './usage.ts';
import { TURN_CONTINUES, MAX_WAKES, WOKEN } from './waking.ts';
import { markAlive, onAbort, onDone, onError, onExit, onProgress, onSpawn } from './workers.ts';

/**
 * Folds one line into the state and returns the same object, changed: a copy per event would make a million of them.
 * The result depends on the line and the state alone. Never throws.
 */
export function reduce(state: SessionState, line: Line): SessionState {
  if ('damage' in line) return recordDamage(state, line.damage);
  const via = viaOf(line.value);
  if (via !== undefined && isRepeated(state, via, line.value as { off: number })) return state;
  const parsed = parseEvent(line.value);
  if (parsed.kind === 'invalid') return recordDamage(state, parsed.reason);
  state.events++;
  if (parsed.kind === 'unknown') {
    countByName(state.unknownTypes, parsed.t);
    return state;
  }
  const { event } = parsed;
  // made before the event changes anything: what depends on the change is then noted in it
  indexOf(state);
  recordTime(state, event);
  const at: EventPosition = { pos: line.pos, ts: event.ts ?? timeOf(state) };
  if (via !== undefined) at.via = via;
  if (event.ts === undefined && state.hookTs > 0) at.untimed = true;
  folds[event.t](state, event, at);
  if (at.facts !== undefined) reevaluateDependents(state, at);
  if ('worker' in event && event.worker !== undefined) countLine(state, event.worker, at);
  if (event.t === 'hook') countInvocation(state, event.worker, at);
  recordActivity(state, event, at);
  return state;
}

function recordDamage(state: SessionState, reason: string): SessionState {
  countByName(state.damaged, reason);
  return state;
}

/** Whether a worker has ended for good: its events no longer decide anything, but still inform, hand off or report. */
function isFinal(state: SessionState, worker: string): boolean {
  const known = state.workers.get(worker);
  return hasEnded(known) && known?.state !== 'lost';
}

type Fold<T extends EventType> = (state: SessionState, event: EventOf<T>, at: EventPosition) => void;

const ignore = (): void => {};

/** What each event does to the state. */
const FOLDS: { [T in EventType]: Fold<T> } = {
  open: (state, event) => {
    state.format ??= event.format;
    state.nonce ??= event.nonce;
  },
  session: onSession,
  turn: (state, event, at) => {
    onTurn(state, event.state, at, event.reason);
    if (event.scheduled !== undefined) state.conductor.scheduled = event.scheduled;
  },
  end: (state, event, at) => {
    onTurn(state, 'ended', at, event.reason);
    if (state.locks.size > 0) dropConductorLocks(state, event.reason, at);
  },
  prompt: (state, event) => {
    if (event.turn !== undefined) state.conductor.turnId = event.turn;
    if (event.text !== undefined) onPrompt(state, event);
  },
  plan: onPlan,
  consent: onConsent,
  spawn: onSpawn,
  progress: onProgress,
  checkpoint: onCheckpoint,
  done: onDone,
  error: onError,
  exit: onExit,
  handoff: (state, event, at) => {
    markAlive(state, event.worker, at);
    onHandoff(state, event, at);
  },
  ballot: onBallot,
  vote: (state, event, at) => {
    if (!isFinal(state, event.worker)) markAlive(state, event.worker, at);
    onVote(state, event, at);
  },
  decide: onDecide,
  acquire: (state, event, at) => {
    if (isFinal(state, event.worker)) return;
    markAlive(state, event.worker, at);
    onAcquire(state, event, at);
  },
  release: onRelease,
  expire: onExpire,
  hook: (state, event, at) => {
    // after its end a worker still informs; its block counts only if it has an end of its own
    if (isFinal(state, event.worker)) {
      const bounded = event.event === 'Stop' || event.ttlMs !== undefined || event.until !== undefined;
      if (createsBlock(event) && !bounded) return;
    } else markAlive(state, event.worker, at);
    onHook(state, event, at);
  },
  unblock: onUnblock,
  deny: onDeny,
  passed: onPassed,
  resolve: onResolve,
  denied: onEnforced,
  held: onEnforced,
  claim: onClaim,
  delivered: onDelivered,
  usage: onUsage,
  tell: onTell,
  watch: (state, event, at) => {
    if (!isFinal(state, event.worker)) onWatch(state, event, at);
  },
  abort: onAbort,
  collision: onCollision,
  uncommitted: onUncommitted,
  mergeable: onMergeable,
  dismiss: onDismiss,
  log: (state, event, at) => {
    onLogAbout(state, event);
    const kind = NOTICE_KINDS[event.level];
    if (kind !== undefined) addNotice(state, at, kind, event.message, event.worker);
  },
  ran: onRan,
  edited: onEdited,
  tree: onTree,
  ask: onAsk,
  answer: onAnswer,
  launch: onLaunch,
  tool: ignore,
  taken: ignore,
};

const folds = FOLDS as Record<EventType, Fold<EventType>>;

/** The notices that `log` events make, by level. */
const NOTICE_KINDS: { [L in EventOf<'log'>['level']]?: Notice['kind'] } = {
  escalate: 'escalation',
  error: 'log',
  warn: 'warning',
};

/** A `log` event that marks a worker. */
function onLogAbout(state: SessionState, { worker, about }: EventOf<'log'>): void {
  const known = worker === undefined ? undefined : state.workers.get(worker);
  if (known !== undefined && about === 'out') known.outputTampered = true;
}

function onSession(state: SessionState, event: EventOf<'session'>, at: EventPosition): void {
  const { session: id, model, transcript, pid } = event;
  const { startedTs = at.ts } = state.session;
  // the first folder stays, by which the names of resources are made
  const { cwd, realCwd } = state.session.cwd === undefined ? event : state.session;
  assignDefined(state.session, { id, startedTs, cwd, realCwd, model, transcript, pid });
  state.conductor = { ...state.conductor, state: 'idle', sinceTs: at.ts };
}

function onTurn(
  state: SessionState,
  next: SessionState['conductor']['state'],
  at: EventPosition,
  reason: string | undefined,
): void {
  const { conductor } = state;
  const continues = reason === TURN_CONTINUES;
  // a turn that has begun since is another one
  if (continues && conductor.state !== 'idle') return;
  const refused = conductor.state === 'working' && conductor.reason === TURN_CONTINUES;
  // Claude Code may report a turn that a wake began as one of a prompt, too
  const sameTurn = conductor.state === 'waiting' || (conductor.state === 'working' && conductor.reason === WOKEN);
  if (next === 'working' && !sameTurn && !continues) conductor.turn++;
  if (next !== 'waiting') {
    dropHeldCalls(state);
    if (state.asks.size > 0) dropStaleAsks(state);
  }
  if (next === 'working' && !continues) resetStopRefusals(state, CONDUCTOR);
  // the same turn ends again: another program's hook refused its end, which Claude Code's limit counts as well
  if (next === 'idle' && (conductor.state === 'idle' || refused)) countForeignRefusal(state);
  if (next === 'working' && reason === WOKEN)
    conductor.wokenTs = [...(conductor.wokenTs ?? []), at.ts].slice(-MAX_WAKES);
  conductor.state = next;
  conductor.sinceTs = at.ts;
  conductor.turnTs = at.ts;
  if (conductor.reason !== undefined) delete conductor.reason;
  if (conductor.before !== undefined) delete conductor.before;
  if (reason !== undefined) conductor.reason = reason;
}

function onExpire(state: SessionState, event: EventOf<'expire'>, at: EventPosition): void {
  if (event.what === 'lock') onExpireLock(state, event, at);
  else if (event.what === 'ballot') onExpireBallot(state, event, at);
  else {
    const block = state.blocks.get(event.ref);
    if (block?.renewedPos === event.seen) onExpireBlock(state, block, event, at);
  }
}
