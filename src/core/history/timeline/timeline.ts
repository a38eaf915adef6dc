import { CONDUCTOR } from '#protocol/ids.ts';
import type { Event } from '#protocol/event.ts';
import { WORKER_ENDING_EVENTS, WORKER_ONLY_EVENTS } from '#protocol/eventTraits.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import type { TimelineLane, TimelineView } from '#protocol/timeline.ts';
import { truncate } from '#core/base/text.ts';
import { describeAsk } from '#core/fold/asks.ts';
import { describeCondition, hasEnded, pendingConditions } from '#core/fold/conditions.ts';
import { viaOf } from '#core/fold/machines.ts';
import type { Line } from '#core/log/lineReader.ts';
import { isFileResource } from '#core/fold/resources.ts';
import { workerName } from '#core/projection/names.ts';
import { ENGLISH } from '#core/projection/wording.ts';
import { awaitedOfConditions } from './awaited.ts';
import { BlockSpans } from './blockSpans.ts';
import type { Retention } from './downsampling.ts';
import { eventMark } from './eventMark.ts';
import { Lane, MAX_TEXT_CHARS, nextResolution, type Annotation, type LogPosition, type Tally } from './lane.ts';
import { LockSpans } from './lockSpans.ts';
import { waitingBill, type CallSpan } from './waitingBill.ts';

/** With more items than this, those that are close together are merged. */
/** Whether an event may pass on other locks than one that it names: Claude's own at its end, those of files in common. */
const changesOtherLocks = (event: Event): boolean =>
  event.t === 'end' || ((event.t === 'acquire' || event.t === 'release') && isFileResource(event.resource));

const MAX_ITEMS: Tally = { mergeable: 40_000, pinned: 20_000 };

/**
 * The timeline of a session: what each agent did when, and what it held at the time. It is updated line by line beside
 * the fold, so that the result is the same whether a log is read at once or as it grows. Its size is bounded: items
 * that are too close together to be seen apart are merged into one with a count.
 */
export class Timeline {
  readonly #maxItems: Tally;
  readonly #limit: Tally;
  readonly #tally: Tally = { mergeable: 0, pinned: 0 };
  readonly #resolution: Tally = { mergeable: 0, pinned: 0 };
  readonly #lanes = new Map<string, Lane>();
  readonly #blocks = new BlockSpans((id) => this.#lane(id));
  readonly #locks = new LockSpans((id) => this.#lane(id));
  /** The state of each worker at its last update, and a signature of all that its lane shows. */
  readonly #workers = new Map<string, { state: Worker['state']; signature: string }>();
  readonly #planned = new Set<string>();
  /** The workers that wait for an answer of the person, each with its question. */
  #pendingAsks = new Map<string, string>();
  #events = 0;
  #startTs = 0;

  constructor(maxItems: Tally = MAX_ITEMS) {
    this.#maxItems = maxItems;
    this.#limit = { ...maxItems };
    this.#lane(CONDUCTOR);
  }

  /** Adds a line. Must be called for every line of the log, with the state after that line. */
  update(state: SessionState, line: Line): void {
    const at: LogPosition = { pos: line.pos, ts: state.lastTs };
    if (this.#startTs === 0 && at.ts > 0) this.#setStartTs(at.ts);
    if (state.events === this.#events) {
      // a line of another machine that came twice
      if ('value' in line && viaOf(line.value) !== undefined) return;
      this.#lane(CONDUCTOR).addMark('damage', at, { text: 'damage' in line ? line.damage : 'no event of Fermata' });
      return this.#limitItems(at);
    }
    this.#events = state.events;
    if (!('value' in line)) return;
    const event = line.value as Event;
    if (WORKER_ONLY_EVENTS.includes(event.t)) {
      const worker = 'worker' in event ? event.worker : undefined;
      // the first event of a worker starts it, and an event of a lost worker revives it
      if (worker !== undefined && this.#workers.get(worker)?.state !== state.workers.get(worker)?.state)
        this.#updateWorker(state, worker, at);
      return;
    }
    this.#addEventMark(state, event, at);
    this.#applyEffects(state, event, at);
    this.#limitItems(at);
  }

  /**
   * The view of all lanes. Its arrays are those of the timeline, and change with the next line.
   * @param calls of Claude's own transcript, where they are known
   */
  view(
    state: SessionState,
    options: Pick<TimelineView, 'session' | 'read' | 'generatedTs'>,
    calls?: readonly CallSpan[],
  ): TimelineView {
    const view: TimelineView = {
      ...options,
      startTs: this.#startTs,
      endTs: state.lastTs,
      events: state.events,
      resolutionMs: [...this.#lanes.values()].reduce((max, lane) => Math.max(max, lane.resolutionMs), 0),
      lanes: [...this.#lanes].map(([id, lane]) => this.#laneView(state, id, lane)),
    };
    return { ...view, bill: waitingBill(view, calls) };
  }

  #laneView(state: SessionState, id: string, lane: Lane): TimelineLane {
    const { rows, marks } = lane;
    const worker = state.workers.get(id);
    if (worker === undefined) return { id, rows, marks, state: id === CONDUCTOR ? state.conductor.state : undefined };
    const isWaiting = worker.state === 'running' && this.#waitReason(id) !== undefined;
    return {
      id,
      rows,
      marks,
      state: isWaiting ? 'waiting' : worker.state,
      name: workerName(worker, undefined, ENGLISH),
      task: worker.task && truncate(worker.task, MAX_TEXT_CHARS),
      pct: worker.progress?.pct,
    };
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

  #addEventMark(state: SessionState, event: Event, at: LogPosition): void {
    const mark = eventMark(state, event);
    if (mark === undefined) return;
    const { lane, kind, to, ...annotation } = mark;
    // a handoff may come before the first event of the worker that it goes to
    if (to !== undefined) this.#lane(to);
    this.#lane(lane).addMark(kind, at, annotation, to);
  }

  /** Updates what the event may have changed: calls, blocks, locks, questions, workers, ballots and the Conductor. */
  #applyEffects(state: SessionState, event: Event, at: LogPosition): void {
    const mayEnd = WORKER_ENDING_EVENTS.includes(event.t);
    if (event.t === 'denied' || event.t === 'held')
      this.#updateWorker(state, this.#blocks.recordEnforcement(event, at), at);
    if (event.t === 'end' || (event.t === 'turn' && event.state !== 'waiting')) this.#blocks.resetAgent(CONDUCTOR);
    // blocks come before locks: a lock's span names its block
    const changed = new Set(this.#blocks.update(state, at));
    const addAll = (agents: Iterable<string>): void => {
      for (const agent of agents) changed.add(agent);
    };
    if (mayEnd || changesOtherLocks(event)) addAll(this.#locks.updateAll(state, at));
    else if (event.t === 'acquire' || event.t === 'release') addAll(this.#locks.update(state, event.resource, at));
    if (state.asks.size > 0 || this.#pendingAsks.size > 0) addAll(this.#updateAsks(state));
    if ('worker' in event && event.worker !== undefined) changed.add(event.worker);
    if (event.t === 'plan') addAll(event.workers.map(({ worker }) => worker));
    if (mayEnd) addAll(this.#planned);
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
    const name = event.t === 'vote' ? (event.ballot ?? 'default') : 'ballot' in event ? event.ballot : undefined;
    for (const ballot of mayEnd ? state.ballots.values() : [state.ballots.get(name ?? '')]) {
      if (ballot?.decided?.pos !== at.pos) continue;
      const { decision, why } = ballot.decided;
      this.#lane(CONDUCTOR).addMark('decision', at, { label: `${ballot.name}: ${decision}`, text: why });
    }
  }

  #waitReason(worker: string): Annotation | undefined {
    const question = this.#pendingAsks.get(worker);
    if (question !== undefined) return { text: question, awaits: { kind: 'answer' } };
    const resource = this.#locks.waitsFor(worker);
    return resource === undefined ? undefined : { label: resource, awaits: { kind: 'lock', name: resource } };
  }

  /** Updates the lane of a worker, unless everything that it shows is unchanged. */
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
    if (hasEnded(worker)) {
      this.#blocks.resetAgent(id);
      lane.setState(undefined, at);
      if (before?.state === worker.state) return;
      const kind = worker.state as 'done' | 'failed' | 'aborted' | 'lost';
      lane.addMark(kind, at, { text: worker.problem ?? worker.lastMessage });
    } else if (worker.state === 'planned') {
      const after = pendingConditions(state, worker.after, id);
      const awaits = awaitedOfConditions(state, after);
      lane.setState('planned', at, { text: after.map(describeCondition).join(' and '), awaits });
    } else if (worker.state === 'starting' || worker.state === 'idle') lane.setState(worker.state, at);
    else if (waitReason !== undefined) lane.setState('waiting', at, waitReason);
    else if (deniedCall !== undefined) lane.setState('denied', at, deniedCall);
    else lane.setState('running', at);
  }

  #updateConductor(state: SessionState, at: LogPosition): void {
    const { state: current, reason } = state.conductor;
    const lane = this.#lane(CONDUCTOR);
    const heldCall = this.#blocks.heldCall(state);
    if (heldCall !== undefined) return lane.setState('held', at, heldCall);
    if (current === 'waiting') return lane.setState('waiting', at, { text: reason, awaits: { kind: 'answer' } });
    if (current === 'idle') return lane.setState('idle', at);
    if (current === 'ended') return lane.setState(undefined, at);
    const deniedCall = this.#blocks.deniedCall(CONDUCTOR);
    if (deniedCall !== undefined) return lane.setState('denied', at, deniedCall);
    lane.setState(current === 'working' ? 'working' : undefined, at);
  }

  /** Downsamples all lanes when there are too many items, until at most half of the allowed number remain. */
  #limitItems({ ts }: LogPosition): void {
    for (const retention of ['mergeable', 'pinned'] as const) {
      if (this.#tally[retention] <= this.#limit[retention]) continue;
      const durationMs = ts - this.#startTs;
      this.#downsample(retention);
      while (this.#tally[retention] > this.#maxItems[retention] / 2 && this.#resolution[retention] <= durationMs) {
        this.#resolution[retention] = nextResolution(this.#resolution[retention], durationMs);
        this.#downsample(retention);
      }
      // items that cannot be merged, such as one for each of very many workers, raise the limit
      this.#limit[retention] = Math.max(this.#maxItems[retention], 2 * this.#tally[retention]);
    }
  }

  #downsample(retention: Retention): void {
    for (const lane of this.#lanes.values()) lane.downsample(retention, this.#resolution[retention]);
  }
}
