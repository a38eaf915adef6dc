import { CONDUCTOR } from '../../protocol/ids.ts';
import { parseEvent } from '../../protocol/parseEvent.ts';
import type { EventOf, EventType } from '../../protocol/event.ts';
import type { Notice, SessionState, Watch } from '../../protocol/state.ts';
import type { Line } from '../log/lines.ts';
import { remember } from './activity.ts';
import { dropAsks, onAnswer, onAsk } from './asks.ts';
import { onBallot, onDecide, onExpireBallot, onVote } from './ballots.ts';
import { endBlock, forgetRounds, onHook, onResolve, onStruck, onUnblock, settleBlocks, willStand } from './blocks.ts';
import { onCollision, onDismiss } from './collisions.ts';
import { companions, hasEnded, pendingConditions } from './conditions.ts';
import { countInvocation, countLine } from './flood.ts';
import { onAcquire, onExpireLock, onRelease } from './locks.ts';
import { onDelivered, onHandoff, onTell } from './notes.ts';
import { onConsent, onPlan } from './plans.ts';
import { put } from './put.ts';
import { GOES_ON } from '../session/goesOn.ts';
import { MOST_WAKES, WOKEN } from '../session/wakes.ts';
import { notice, type At } from './state.ts';
import { alive, onAbort, onDone, onError, onExit, onProgress, onSpawn } from './workers.ts';

/**
 * Folds one line into the state. The state given is consumed: the same object, changed, comes back (a copy per event
 * would make a million of them). Nothing but the line and the state decides the result. Never throws.
 */
export function reduce(state: SessionState, line: Line): SessionState {
  if ('damage' in line) return damaged(state, line.damage);
  const parsed = parseEvent(line.value);
  if (parsed.kind === 'invalid') return damaged(state, parsed.reason);
  state.events++;
  if (parsed.kind === 'unknown') {
    count(state.unknownTypes, parsed.t);
    return state;
  }
  const { event } = parsed;
  if (event.ts !== undefined && event.ts > state.lastTs) state.lastTs = event.ts;
  const at = { pos: line.pos, ts: event.ts ?? state.lastTs };
  (FOLDS[event.t] as Fold<EventType>)(state, event, at);
  if ('worker' in event && event.worker !== undefined) countLine(state, event.worker, at);
  if (event.t === 'hook') countInvocation(state, event.worker, at);
  remember(state, event, at);
  return state;
}

function damaged(state: SessionState, reason: string): SessionState {
  count(state.damaged, reason);
  return state;
}

/** Counts by a name that somebody else chose: names could be many and long. */
function count(counts: Map<string, number>, name: string): void {
  const short = name.slice(0, 100);
  const known = counts.has(short) || counts.size < 50 ? short : 'other';
  counts.set(known, (counts.get(known) ?? 0) + 1);
}

/** Nothing that an ended worker says decides anything any more; what it says to inform, hand off or report still counts. */
function tooLate(state: SessionState, worker: string): boolean {
  const known = state.workers.get(worker);
  return hasEnded(known) && known?.state !== 'lost';
}

type Fold<T extends EventType> = (state: SessionState, event: EventOf<T>, at: At) => void;

/** An event after which a condition may hold that did not before. */
const settling =
  <T extends EventType>(fold: Fold<T>): Fold<T> =>
  (state, event, at) => {
    fold(state, event, at);
    settleBlocks(state, at);
  };

const nothing = (): void => {};

/** What each event does to the state. */
const FOLDS: { [T in EventType]: Fold<T> } = {
  open: (state, event) => {
    state.format ??= event.format;
    state.nonce ??= event.nonce;
  },
  session: onSession,
  turn: (state, event, at) => onTurn(state, event.state, at, event.reason),
  end: (state, event, at) => onTurn(state, 'ended', at, event.reason),
  prompt: nothing,
  plan: onPlan,
  consent: onConsent,
  spawn: onSpawn,
  progress: onProgress,
  checkpoint: settling(onCheckpoint),
  done: onDone,
  error: onError,
  exit: onExit,
  handoff: (state, event, at) => {
    alive(state, event.worker, at);
    onHandoff(state, event, at);
  },
  ballot: settling(onBallot),
  vote: settling((state, event, at) => {
    if (!tooLate(state, event.worker)) alive(state, event.worker, at);
    onVote(state, event, at);
  }),
  decide: settling(onDecide),
  acquire: settling((state, event, at) => {
    if (tooLate(state, event.worker)) return;
    alive(state, event.worker, at);
    onAcquire(state, event, at);
  }),
  release: settling(onRelease),
  expire: settling(onExpire),
  hook: (state, event, at) => {
    // what it says to inform still counts after its end; a block by the dead stands only where it would outlive them
    if (tooLate(state, event.worker)) {
      const bounded = event.event === 'Stop' || event.ttlMs !== undefined || event.until !== undefined;
      if (willStand(event) && !bounded) return;
    } else alive(state, event.worker, at);
    onHook(state, event, at);
  },
  unblock: settling(onUnblock),
  resolve: settling(onResolve),
  denied: onStruck,
  held: onStruck,
  delivered: onDelivered,
  usage: onUsage,
  tell: onTell,
  watch: (state, event) => {
    if (tooLate(state, event.worker)) return;
    const until = pendingConditions(state, event.until, event.worker);
    state.watches.set(event.worker, put<Watch>({ until }, { tool: event.tool }));
  },
  abort: onAbort,
  collision: onCollision,
  dismiss: onDismiss,
  log: (state, event, at) => {
    onAbout(state, event);
    const kind = NOTICED[event.level];
    if (kind !== undefined) notice(state, at, kind, event.message, event.worker);
  },
  ask: onAsk,
  answer: onAnswer,
  tool: nothing,
};

/** What of a log is told to the person, and as what. */
const NOTICED: { [L in EventOf<'log'>['level']]?: Notice['kind'] } = {
  escalate: 'escalation',
  error: 'log',
  warn: 'warning',
};

/** Something that is said of a worker once. */
function onAbout(state: SessionState, { worker, about }: EventOf<'log'>): void {
  const known = worker === undefined ? undefined : state.workers.get(worker);
  if (known !== undefined && about === 'out') known.meddled = true;
}

function onSession(state: SessionState, event: EventOf<'session'>, at: At): void {
  const { session: id, model, transcript, pid } = event;
  const { cwd = event.cwd, startedTs = at.ts } = state.session;
  put(state.session, { id, startedTs, cwd, model, transcript, pid });
  state.conductor = { ...state.conductor, state: 'idle', sinceTs: at.ts };
}

function onTurn(
  state: SessionState,
  now: SessionState['conductor']['state'],
  at: At,
  reason: string | undefined,
): void {
  const { conductor } = state;
  const goesOn = reason === GOES_ON;
  // whatever else began meanwhile is another turn
  if (goesOn && conductor.state !== 'idle') return;
  const refused = conductor.state === 'working' && conductor.reason === GOES_ON;
  // of a turn that a waking began Claude Code may tell as of a prompt, too
  const known = conductor.state === 'waiting' || (conductor.state === 'working' && conductor.reason === WOKEN);
  if (now === 'working' && !known && !goesOn) conductor.turn++;
  if (now !== 'waiting') {
    // a hook that was killed in mid-hold never says that it is over
    for (const block of state.blocks.values()) block.holding = [];
    dropAsks(state);
  }
  if (now === 'working' && !goesOn) forgetRounds(state, CONDUCTOR);
  // the same turn ends again: somebody else's hook kept it from ending, which Claude Code's limit counts as well
  if (now === 'idle' && (conductor.state === 'idle' || refused)) countEnd(state);
  if (now === 'working' && reason === WOKEN)
    conductor.wokenTs = [...(conductor.wokenTs ?? []), at.ts].slice(-MOST_WAKES);
  conductor.state = now;
  conductor.sinceTs = at.ts;
  conductor.turnTs = at.ts;
  if (conductor.reason !== undefined) delete conductor.reason;
  if (conductor.before !== undefined) delete conductor.before;
  if (reason !== undefined) conductor.reason = reason;
}

function countEnd(state: SessionState): void {
  const round = state.rounds.get(CONDUCTOR);
  state.rounds.set(CONDUCTOR, { count: (round?.count ?? 0) + 1 });
}

function onCheckpoint(state: SessionState, event: EventOf<'checkpoint'>, at: At): void {
  if (event.worker !== CONDUCTOR) alive(state, event.worker, at);
  let checkpoint = state.checkpoints.get(event.name);
  if (checkpoint === undefined) {
    checkpoint = { name: event.name, expected: [event.worker, ...companions(state, event.worker)], arrived: new Map() };
    state.checkpoints.set(event.name, checkpoint);
  }
  if (!checkpoint.arrived.has(event.worker)) checkpoint.arrived.set(event.worker, at.pos);
}

function onExpire(state: SessionState, event: EventOf<'expire'>, at: At): void {
  if (event.what === 'lock') onExpireLock(state, event, at);
  else if (event.what === 'ballot') onExpireBallot(state, event, at);
  else {
    const block = state.blocks.get(event.ref);
    if (block?.dueTs !== undefined && block.renewedPos === event.seen && at.ts >= block.dueTs)
      endBlock(state, block, 'expired', block.worker, at);
  }
}

function onUsage(state: SessionState, event: EventOf<'usage'>, at: At): void {
  const worker = event.worker === undefined ? undefined : alive(state, event.worker, at);
  if (worker === undefined) return;
  worker.tokens = {
    input: event.inputTokens ?? worker.tokens?.input ?? 0,
    output: event.outputTokens ?? worker.tokens?.output ?? 0,
  };
}
