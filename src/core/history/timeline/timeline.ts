import { CONDUCTOR } from '#protocol/ids.ts';
import type { Event } from '#protocol/event.ts';
import { WORKER_ENDING_EVENTS, WORKER_ONLY_EVENTS } from '#protocol/eventTraits.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import type { StateSpan, TimelineLane, TimelineView } from '#protocol/timeline.ts';
import { describeAsk } from '#core/fold/asks.ts';
import { describeCondition, hasEnded, pendingConditions } from '#core/fold/conditions.ts';
import type { Line } from '#core/log/lineReader.ts';
import { BlockSpans } from './blockSpans.ts';
import { Lane, nextResolution, type LogPosition, type Annotation, type Tally } from './lane.ts';
import { LockSpans } from './lockSpans.ts';
import type { Retention } from './downsampling.ts';

/** So many items are kept before what is close together is drawn together. */
const MAX_ITEMS: Tally = { mergeable: 40_000, pinned: 20_000 };

/**
 * What each one did, when, and what it had meanwhile: made line by line beside the fold, so that it is the same whether
 * a log is read at once or as it grows. Bounded: what is finer than anybody sees is drawn together, and a count stays.
 */
export class Timeline {
  readonly #maxItems: Tally;
  readonly #limit: Tally;
  readonly #tally: Tally = { mergeable: 0, pinned: 0 };
  readonly #resolution: Tally = { mergeable: 0, pinned: 0 };
  readonly #lanes = new Map<string, Lane>();
  readonly #blocks = new BlockSpans((id) => this.#lane(id));
  readonly #locks = new LockSpans((id) => this.#lane(id));
  /** How each worker was when it was last looked at. */
  readonly #workers = new Map<string, { state: Worker['state']; signature: string }>();
  readonly #planned = new Set<string>();
  /** Who waits for the person, and for what. */
  #pendingAsks = new Map<string, string>();
  #events = 0;
  #startTs = 0;

  constructor(maxItems: Tally = MAX_ITEMS) {
    this.#maxItems = maxItems;
    this.#limit = { ...maxItems };
    this.#lane(CONDUCTOR);
  }

  /** Looks at what a line has made of the state: to be called after each line is folded, and with no line left out. */
  update(state: SessionState, line: Line): void {
    const at: LogPosition = { pos: line.pos, ts: state.lastTs };
    if (this.#startTs === 0 && at.ts > 0) this.#setStartTs(at.ts);
    if (state.events === this.#events) {
      this.#lane(CONDUCTOR).addMark('damage', at, { text: 'damage' in line ? line.damage : 'no event of Fermata' });
      return this.#limitItems(at);
    }
    this.#events = state.events;
    if (!('value' in line)) return;
    const event = line.value as Event;
    if (WORKER_ONLY_EVENTS.includes(event.t)) {
      const worker = 'worker' in event ? event.worker : undefined;
      // its first word, or that of one that was given up for lost
      if (worker !== undefined && this.#workers.get(worker)?.state !== state.workers.get(worker)?.state)
        this.#updateWorker(state, worker, at);
      return;
    }
    this.#addEventMark(state, event, at);
    this.#applyEffects(state, event, at);
    this.#limitItems(at);
  }

  /** All of it as it is drawn. Its parts change with the next line that is looked at. */
  view(state: SessionState, options: Pick<TimelineView, 'session' | 'read' | 'generatedTs'>): TimelineView {
    return {
      ...options,
      startTs: this.#startTs,
      endTs: state.lastTs,
      events: state.events,
      resolutionMs: [...this.#lanes.values()].reduce((max, lane) => Math.max(max, lane.resolutionMs), 0),
      lanes: [...this.#lanes].map(([id, lane]) => this.#laneView(state, id, lane)),
    };
  }

  #laneView(state: SessionState, id: string, lane: Lane): TimelineLane {
    const worker = state.workers.get(id);
    const view: TimelineLane = { id, rows: lane.rows, marks: lane.marks };
    if (id === CONDUCTOR) view.state = state.conductor.state;
    if (worker === undefined) return view;
    const isWaiting = worker.state === 'running' && this.#waitReason(id) !== undefined;
    view.state = isWaiting ? 'waiting' : worker.state;
    if (worker.task !== undefined) view.task = worker.task.slice(0, 240);
    if (worker.progress?.pct !== undefined) view.pct = worker.progress.pct;
    return view;
  }

  #setStartTs(ts: number): void {
    this.#startTs = ts;
    for (const lane of this.#lanes.values()) lane.setStartTs(ts);
  }

  #lane(id: string): Lane {
    let lane = this.#lanes.get(id);
    if (lane === undefined) this.#lanes.set(id, (lane = new Lane(this.#tally)));
    return lane;
  }

  /** What the event itself says, as a mark. */
  #addEventMark(state: SessionState, event: Event, at: LogPosition): void {
    switch (event.t) {
      case 'checkpoint':
        return this.#lane(event.worker).addMark('checkpoint', at, { label: event.name });
      case 'vote': {
        const label = event.ballot === undefined ? event.decision : `${event.ballot}: ${event.decision}`;
        return this.#lane(event.worker).addMark('vote', at, { label, text: event.reason });
      }
      case 'handoff':
        // whom it leads to may not have said a word yet
        this.#lane(event.to);
        return this.#lane(event.worker).addMark('handoff', at, { label: event.to, text: event.task }, event.to);
      case 'error':
        return this.#lane(event.worker).addMark('error', at, { text: event.message });
      case 'exit': {
        const text = event.retryMs === undefined ? undefined : state.workers.get(event.worker)?.problem;
        if (text !== undefined) this.#lane(event.worker).addMark('error', at, { text });
        return;
      }
      case 'abort':
        if (event.worker === undefined)
          this.#lane(CONDUCTOR).addMark('aborted', at, { text: `aborted by ${event.by}` });
        return;
      case 'log': {
        const isError = event.level === 'error' || event.level === 'escalate';
        if (isError) this.#lane(event.worker ?? CONDUCTOR).addMark('error', at, { text: event.message });
        return;
      }
      case 'denied':
      case 'held':
        this.#updateWorker(state, this.#blocks.recordEnforcement(event, at), at);
        return;
      case 'turn':
      case 'end':
        if (event.t === 'end' || event.state !== 'waiting') this.#blocks.resetAgent(CONDUCTOR);
        return;
      default:
        return;
    }
  }

  /** What follows from it for everybody: blocks, locks, ballots, who waits, who has ended. */
  #applyEffects(state: SessionState, event: Event, at: LogPosition): void {
    const mayEnd = WORKER_ENDING_EVENTS.includes(event.t);
    const changed = new Set<string>();
    // before the locks: a lock finds its block
    for (const agent of this.#blocks.update(state, at)) changed.add(agent);
    const waiters = mayEnd
      ? this.#locks.updateAll(state, at)
      : event.t === 'acquire' || event.t === 'release'
        ? this.#locks.update(state, event.resource, at)
        : [];
    for (const worker of waiters) changed.add(worker);
    if (state.asks.size > 0 || this.#pendingAsks.size > 0)
      for (const worker of this.#updateAsks(state)) changed.add(worker);
    if ('worker' in event && event.worker !== undefined) changed.add(event.worker);
    if (event.t === 'plan') for (const { worker } of event.workers) changed.add(worker);
    if (mayEnd) for (const worker of this.#planned) changed.add(worker);
    for (const worker of changed) this.#updateWorker(state, worker, at);
    this.#addDecisionMarks(state, event, at, mayEnd);
    this.#updateConductor(state, at);
  }

  #updateAsks(state: SessionState): string[] {
    const pendingAsks = new Map<string, string>();
    for (const ask of state.asks.values()) if (ask.worker !== undefined) pendingAsks.set(ask.worker, describeAsk(ask));
    const affected = [...this.#pendingAsks.keys(), ...pendingAsks.keys()];
    this.#pendingAsks = pendingAsks;
    return affected;
  }

  #addDecisionMarks(state: SessionState, event: Event, at: LogPosition, mayEnd: boolean): void {
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
      this.#lane(CONDUCTOR).addMark('decision', at, { label: `${ballot.name}: ${decision}`, text: why });
    }
  }

  #waitReason(worker: string): Annotation | undefined {
    const question = this.#pendingAsks.get(worker);
    if (question !== undefined) return { text: question };
    const resource = this.#locks.waitsFor(worker);
    return resource === undefined ? undefined : { label: resource };
  }

  /** Draws a worker as it is now, if that is otherwise than before. */
  #updateWorker(state: SessionState, id: string, at: LogPosition): void {
    const worker = state.workers.get(id);
    if (worker === undefined) return;
    const before = this.#workers.get(id);
    const waitReason = this.#waitReason(id);
    const deniedCall = this.#blocks.deniedCall(id);
    const signature = `${worker.state} ${waitReason?.label ?? ''} ${waitReason?.text ?? ''} ${deniedCall?.label ?? ''}`;
    if (before?.signature === signature) return;
    this.#workers.set(id, { state: worker.state, signature });
    const lane = this.#lane(id);
    if (worker.state === 'planned') this.#planned.add(id);
    else this.#planned.delete(id);
    if (!hasEnded(worker)) {
      const [kind, annotation] = workerSpan(state, worker, waitReason, deniedCall);
      return lane.setState(kind, at, annotation);
    }
    this.#blocks.resetAgent(id);
    lane.setState(undefined, at);
    if (before?.state === worker.state) return;
    const kind = worker.state as 'done' | 'failed' | 'aborted' | 'lost';
    lane.addMark(kind, at, { text: worker.problem ?? worker.lastMessage });
  }

  #updateConductor(state: SessionState, at: LogPosition): void {
    const { state: current, reason } = state.conductor;
    const lane = this.#lane(CONDUCTOR);
    const heldCall = this.#blocks.heldCall();
    if (heldCall !== undefined) return lane.setState('held', at, heldCall);
    if (current === 'waiting') return lane.setState('waiting', at, { text: reason });
    if (current === 'idle') return lane.setState('idle', at);
    if (current === 'ended') return lane.setState(undefined, at);
    const deniedCall = this.#blocks.deniedCall(CONDUCTOR);
    if (deniedCall !== undefined) return lane.setState('denied', at, deniedCall);
    lane.setState(current === 'working' ? 'working' : undefined, at);
  }

  /** Keeps to what may be kept: with twice the grain there is at most half of it, until a lane has next to nothing. */
  #limitItems({ ts }: LogPosition): void {
    for (const retention of ['mergeable', 'pinned'] as const) {
      if (this.#tally[retention] <= this.#limit[retention]) continue;
      const durationMs = ts - this.#startTs;
      this.#downsample(retention);
      while (this.#tally[retention] > this.#maxItems[retention] / 2 && this.#resolution[retention] <= durationMs) {
        this.#resolution[retention] = nextResolution(this.#resolution[retention], durationMs);
        this.#downsample(retention);
      }
      // as many workers as there are have a lane each all the same
      this.#limit[retention] = Math.max(this.#maxItems[retention], 2 * this.#tally[retention]);
    }
  }

  #downsample(retention: Retention): void {
    for (const lane of this.#lanes.values()) lane.downsample(retention, this.#resolution[retention]);
  }
}

function workerSpan(
  state: SessionState,
  worker: Worker,
  waitReason: Annotation | undefined,
  deniedCall: Annotation | undefined,
): [kind: StateSpan, said: Annotation] {
  if (worker.state === 'planned') {
    const after = pendingConditions(state, worker.after, worker.id).map(describeCondition);
    return ['planned', { text: after.join(' and ') }];
  }
  if (worker.state === 'starting') return ['starting', {}];
  if (waitReason !== undefined) return ['waiting', waitReason];
  if (deniedCall !== undefined) return ['denied', deniedCall];
  return ['running', {}];
}
