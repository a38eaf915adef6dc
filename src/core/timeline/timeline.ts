import { CONDUCTOR } from '../../protocol/ids.ts';
import type { Event, EventType } from '../../protocol/event.ts';
import type { SessionState, Worker } from '../../protocol/state.ts';
import type { StateSpan, TimelineLane, TimelineView } from '../../protocol/timeline.ts';
import { askInWords } from '../fold/asks.ts';
import { conditionInWords, hasEnded, pendingConditions } from '../fold/conditions.ts';
import type { Line } from '../log/lines.ts';
import { BlockTimes } from './blockTimes.ts';
import { Lane, nextGrain, type Place, type Said, type Tally } from './lane.ts';
import { LockTimes } from './lockTimes.ts';
import type { Which } from './thinning.ts';

/** So many items are kept before what is close together is drawn together. */
const MOST: Tally = { loose: 40_000, kept: 20_000 };

/** After these nothing but their worker can be otherwise, and they are nearly all of a log. */
const QUIET: ReadonlySet<EventType> = new Set([
  'progress',
  'tool',
  'usage',
  'delivered',
  'tell',
  'watch',
  'dismiss',
  'collision',
]);
/** After these a worker may have ended, and with it what it had. */
const MAY_END: ReadonlySet<EventType> = new Set(['done', 'exit', 'abort', 'plan', 'consent', 'expire']);

/**
 * What each one did, when, and what it had meanwhile: made line by line beside the fold, so that it is the same whether
 * a log is read at once or as it grows. Bounded: what is finer than anybody sees is drawn together, and a count stays.
 */
export class Timeline {
  readonly #most: Tally;
  readonly #limit: Tally;
  readonly #tally: Tally = { loose: 0, kept: 0 };
  readonly #grain: Tally = { loose: 0, kept: 0 };
  readonly #lanes = new Map<string, Lane>();
  readonly #blocks = new BlockTimes((id) => this.#lane(id));
  readonly #locks = new LockTimes((id) => this.#lane(id));
  /** How each worker was when it was last looked at. */
  readonly #workers = new Map<string, { state: Worker['state']; shown: string }>();
  readonly #planned = new Set<string>();
  /** Who waits for the person, and for what. */
  #asking = new Map<string, string>();
  #events = 0;
  #startTs = 0;

  constructor(most: Tally = MOST) {
    this.#most = most;
    this.#limit = { ...most };
    this.#lane(CONDUCTOR);
  }

  /** Looks at what a line has made of the state: to be called after each line is folded, and with no line left out. */
  look(state: SessionState, line: Line): void {
    const at: Place = { pos: line.pos, ts: state.lastTs };
    if (this.#startTs === 0 && at.ts > 0) this.#begin(at.ts);
    if (state.events === this.#events) {
      this.#lane(CONDUCTOR).mark('damage', at, { text: 'damage' in line ? line.damage : 'no event of Fermata' });
      return this.#bound(at);
    }
    this.#events = state.events;
    if (!('value' in line)) return;
    const event = line.value as Event;
    if (QUIET.has(event.t)) {
      const worker = 'worker' in event ? event.worker : undefined;
      // its first word, or that of one that was given up for lost
      if (worker !== undefined && this.#workers.get(worker)?.state !== state.workers.get(worker)?.state)
        this.#worker(state, worker, at);
      return;
    }
    this.#happened(state, event, at);
    this.#settle(state, event, at);
    this.#bound(at);
  }

  /** All of it as it is drawn. Its parts change with the next line that is looked at. */
  view(state: SessionState, options: Pick<TimelineView, 'session' | 'read' | 'generatedTs'>): TimelineView {
    return {
      ...options,
      startTs: this.#startTs,
      endTs: state.lastTs,
      events: state.events,
      grainMs: [...this.#lanes.values()].reduce((most, lane) => Math.max(most, lane.grainMs), 0),
      lanes: [...this.#lanes].map(([id, lane]) => this.#laneView(state, id, lane)),
    };
  }

  #laneView(state: SessionState, id: string, lane: Lane): TimelineLane {
    const worker = state.workers.get(id);
    const view: TimelineLane = { id, rows: lane.rows, marks: lane.marks };
    if (id === CONDUCTOR) view.state = state.conductor.state;
    if (worker === undefined) return view;
    const waiting = worker.state === 'running' && this.#waiting(id) !== undefined;
    view.state = waiting ? 'waiting' : worker.state;
    if (worker.task !== undefined) view.task = worker.task.slice(0, 240);
    if (worker.progress?.pct !== undefined) view.pct = worker.progress.pct;
    return view;
  }

  #begin(ts: number): void {
    this.#startTs = ts;
    for (const lane of this.#lanes.values()) lane.startAt(ts);
  }

  #lane(id: string): Lane {
    let lane = this.#lanes.get(id);
    if (lane === undefined) this.#lanes.set(id, (lane = new Lane(this.#tally)));
    return lane;
  }

  /** What the event itself says, as a mark. */
  #happened(state: SessionState, event: Event, at: Place): void {
    switch (event.t) {
      case 'checkpoint':
        return this.#lane(event.worker).mark('checkpoint', at, { label: event.name });
      case 'vote': {
        const label = event.ballot === undefined ? event.decision : `${event.ballot}: ${event.decision}`;
        return this.#lane(event.worker).mark('vote', at, { label, text: event.reason });
      }
      case 'handoff':
        // whom it leads to may not have said a word yet
        this.#lane(event.to);
        return this.#lane(event.worker).mark('handoff', at, { label: event.to, text: event.task }, event.to);
      case 'error':
        return this.#lane(event.worker).mark('error', at, { text: event.message });
      case 'exit': {
        const text = event.retryMs === undefined ? undefined : state.workers.get(event.worker)?.problem;
        if (text !== undefined) this.#lane(event.worker).mark('error', at, { text });
        return;
      }
      case 'abort':
        if (event.worker === undefined) this.#lane(CONDUCTOR).mark('aborted', at, { text: `aborted by ${event.by}` });
        return;
      case 'log': {
        const bad = event.level === 'error' || event.level === 'escalate';
        if (bad) this.#lane(event.worker ?? CONDUCTOR).mark('error', at, { text: event.message });
        return;
      }
      case 'denied':
      case 'held':
        this.#worker(state, this.#blocks.strike(event, at), at);
        return;
      case 'turn':
      case 'end':
        if (event.t === 'end' || event.state !== 'waiting') this.#blocks.forget(CONDUCTOR);
        return;
      default:
        return;
    }
  }

  /** What follows from it for everybody: blocks, locks, ballots, who waits, who has ended. */
  #settle(state: SessionState, event: Event, at: Place): void {
    const mayEnd = MAY_END.has(event.t);
    const changed = new Set<string>();
    // before the locks: a lock finds its block
    for (const agent of this.#blocks.look(state, at)) changed.add(agent);
    const waiters = mayEnd
      ? this.#locks.lookAll(state, at)
      : event.t === 'acquire' || event.t === 'release'
        ? this.#locks.look(state, event.resource, at)
        : [];
    for (const worker of waiters) changed.add(worker);
    if (state.asks.size > 0 || this.#asking.size > 0) for (const worker of this.#lookAtAsks(state)) changed.add(worker);
    if ('worker' in event && event.worker !== undefined) changed.add(event.worker);
    if (event.t === 'plan') for (const { worker } of event.workers) changed.add(worker);
    if (mayEnd) for (const worker of this.#planned) changed.add(worker);
    for (const worker of changed) this.#worker(state, worker, at);
    this.#decisions(state, event, at, mayEnd);
    this.#conductor(state, at);
  }

  #lookAtAsks(state: SessionState): string[] {
    const asking = new Map<string, string>();
    for (const ask of state.asks.values()) if (ask.worker !== undefined) asking.set(ask.worker, askInWords(ask));
    const both = [...this.#asking.keys(), ...asking.keys()];
    this.#asking = asking;
    return both;
  }

  #decisions(state: SessionState, event: Event, at: Place, mayEnd: boolean): void {
    const named =
      event.t === 'vote'
        ? (event.ballot ?? 'default')
        : event.t === 'ballot' || event.t === 'decide'
          ? event.ballot
          : undefined;
    const ballots = mayEnd ? state.ballots.values() : named === undefined ? [] : [state.ballots.get(named)];
    for (const ballot of ballots) {
      if (ballot?.decided?.pos !== at.pos) continue;
      const { decision, why } = ballot.decided;
      this.#lane(CONDUCTOR).mark('decision', at, { label: `${ballot.name}: ${decision}`, text: why });
    }
  }

  #waiting(worker: string): Said | undefined {
    const asked = this.#asking.get(worker);
    if (asked !== undefined) return { text: asked };
    const resource = this.#locks.waitsFor(worker);
    return resource === undefined ? undefined : { label: resource };
  }

  /** Draws a worker as it is now, if that is otherwise than before. */
  #worker(state: SessionState, id: string, at: Place): void {
    const worker = state.workers.get(id);
    if (worker === undefined) return;
    const before = this.#workers.get(id);
    const waiting = this.#waiting(id);
    const denied = this.#blocks.denied(id);
    const shown = `${worker.state} ${waiting?.label ?? ''} ${waiting?.text ?? ''} ${denied?.label ?? ''}`;
    if (before?.shown === shown) return;
    this.#workers.set(id, { state: worker.state, shown });
    const lane = this.#lane(id);
    if (worker.state === 'planned') this.#planned.add(id);
    else this.#planned.delete(id);
    if (!hasEnded(worker)) {
      const [kind, said] = workerSpan(state, worker, waiting, denied);
      return lane.turn(kind, at, said);
    }
    this.#blocks.forget(id);
    lane.turn(undefined, at);
    if (before?.state === worker.state) return;
    const kind = worker.state as 'done' | 'failed' | 'aborted' | 'lost';
    lane.mark(kind, at, { text: worker.problem ?? worker.lastMessage });
  }

  #conductor(state: SessionState, at: Place): void {
    const { state: now, reason } = state.conductor;
    const lane = this.#lane(CONDUCTOR);
    const held = this.#blocks.held();
    if (held !== undefined) return lane.turn('held', at, held);
    if (now === 'waiting') return lane.turn('waiting', at, { text: reason });
    if (now === 'idle') return lane.turn('idle', at);
    if (now === 'ended') return lane.turn(undefined, at);
    const denied = this.#blocks.denied(CONDUCTOR);
    if (denied !== undefined) return lane.turn('denied', at, denied);
    lane.turn(now === 'working' ? 'working' : undefined, at);
  }

  /** Keeps to what may be kept: with twice the grain there is at most half of it, until a lane has next to nothing. */
  #bound({ ts }: Place): void {
    for (const which of ['loose', 'kept'] as const) {
      if (this.#tally[which] <= this.#limit[which]) continue;
      const length = ts - this.#startTs;
      this.#thin(which);
      while (this.#tally[which] > this.#most[which] / 2 && this.#grain[which] <= length) {
        this.#grain[which] = nextGrain(this.#grain[which], length);
        this.#thin(which);
      }
      // as many workers as there are have a lane each all the same
      this.#limit[which] = Math.max(this.#most[which], 2 * this.#tally[which]);
    }
  }

  #thin(which: Which): void {
    for (const lane of this.#lanes.values()) lane.thin(which, this.#grain[which]);
  }
}

function workerSpan(
  state: SessionState,
  worker: Worker,
  waiting: Said | undefined,
  denied: Said | undefined,
): [kind: StateSpan, said: Said] {
  if (worker.state === 'planned') {
    const after = pendingConditions(state, worker.after, worker.id).map(conditionInWords);
    return ['planned', { text: after.join(' and ') }];
  }
  if (worker.state === 'starting') return ['starting', {}];
  if (waiting !== undefined) return ['waiting', waiting];
  if (denied !== undefined) return ['denied', denied];
  return ['running', {}];
}
