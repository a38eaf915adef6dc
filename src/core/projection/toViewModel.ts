import { basename } from 'node:path';
import type { Ballot, Block, SessionState, Worker } from '#protocol/state.ts';
import type { BallotView, BlockView, SessionView, ViewModel, WorkerView } from '#protocol/viewModel.ts';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import { transcriptView, withTranscript } from '#core/claude/transcript/transcriptView.ts';
import { describeAsk } from '#core/fold/asks.ts';
import { quorumOf } from '#core/fold/ballots.ts';
import { stuckReason } from '#core/fold/blocks.ts';
import { awaitedNames, describePending, hasEnded, pendingConditions, evaluate } from '#core/fold/conditions.ts';
import { isActive, isPause, isSubagent, isTimed } from '#core/fold/queries.ts';
import { blockText, conductorReason, describeEndCondition, describeScope } from './describe.ts';
import { activityView } from './describeEvent.ts';
import { lockViews, waitedFor } from './locks.ts';
import { noticesOf } from './notices.ts';
import { pipelineOf } from './pipeline.ts';

/** How many activities a view has; earlier ones are only in the log. */
const MAX_ACTIVITIES = 200;
/** How many ended blocks a view has. */
const MAX_ENDED_BLOCKS = 20;

/** The input of the projection besides the state. */
export interface ProjectionOptions {
  /** Epoch ms. */
  now: number;
  /** A worker at work without a sign of life for this time is shown as silent. */
  silentSeconds: number;
  /** The session's folder name, used where the log has no session id. */
  id: string;
  /** Whether Claude's process is known to exist. */
  live: boolean;
  transcript?: TranscriptSet | undefined;
  /** Why its hooks write no log, for a session that is known by its transcript only. */
  unhooked?: string;
}

/** The view that every surface renders, from the folded state and the present time. Pure. */
export function toViewModel(state: SessionState, options: ProjectionOptions): ViewModel {
  const { now } = options;
  const workers = [...state.workers.values()].map((w) => workerView(state, w, options));
  const blocks = [...state.blocks.values()].map((b) => blockView(state, b, now)).toReversed();
  const active = blocks.filter((b) => b.standing).toReversed();
  const notices = noticesOf(state, now);
  const running = workers.filter((w) => ['running', 'waiting', 'starting'].includes(w.state)).length;
  return {
    generatedTs: now,
    session: sessionView(state, options),
    notices,
    asks: [...state.asks.values()].map((ask) =>
      pick(ask, ['id', 'tool', 'summary', 'sinceTs', 'worker', 'answerable']),
    ),
    blocks: [...active, ...blocks.filter((b) => !b.standing).slice(0, MAX_ENDED_BLOCKS)],
    workers,
    ballots: [...state.ballots.values()].map(ballotView),
    locks: lockViews(state),
    checkpoints: [...state.checkpoints.values()].map(({ name, arrived, expected }) => ({
      name,
      arrived: [...arrived.keys()],
      missing: expected.filter((w) => !arrived.has(w)),
    })),
    pipeline: pipelineOf(state),
    activity: state.activity.slice(-MAX_ACTIVITIES).toReversed().map(activityView),
    activityCut: state.activity.length > MAX_ACTIVITIES || undefined,
    damaged: {
      total: [...state.damaged.values()].reduce((sum, n) => sum + n, 0),
      reasons: [...state.damaged].map(([reason, count]) => ({ reason, count })),
    },
    counts: {
      running,
      ended: workers.filter((w) => w.endedTs !== undefined).length,
      needsYou:
        state.asks.size +
        active.filter((b) => b.needsYou).length +
        notices.filter((n) => ['escalation', 'cycle', 'collision', 'plan'].includes(n.kind)).length,
    },
  };
}

/** A session as a list of sessions shows it. */
export function sessionView(
  state: SessionState,
  options: Pick<ProjectionOptions, 'id' | 'live' | 'transcript' | 'unhooked'>,
): SessionView {
  const { session, conductor } = state;
  const id = session.id ?? options.id;
  const transcript = options.transcript && transcriptView(options.transcript.main);
  return {
    id,
    title: session.cwd === undefined ? id : basename(session.cwd) || session.cwd,
    live: options.live && conductor.state !== 'ended',
    conductor: { state: conductor.state, sinceTs: conductor.sinceTs, reason: conductorReason(conductor) },
    cwd: session.cwd,
    aborted: state.aborted !== undefined || undefined,
    paused: [...state.blocks.values()].some((b) => isPause(b) && b.ended === undefined) || undefined,
    startedTs: session.startedTs,
    transcript,
    unhooked: options.unhooked,
  };
}

function workerView(state: SessionState, logged: Worker, options: ProjectionOptions): WorkerView {
  const { now, silentSeconds } = options;
  const agentTranscript = options.transcript?.agents.get(logged.id);
  const worker = agentTranscript === undefined ? logged : withTranscript(logged, agentTranscript);
  const activity = agentTranscript && !hasEnded(worker) ? transcriptView(agentTranscript.state)?.activity : undefined;
  const waitingFor = describeWait(state, worker);
  const atWork = worker.state === 'running' || worker.state === 'starting';
  const { progress } = worker;
  return {
    id: worker.id,
    state: worker.state === 'running' && waitingFor !== undefined ? 'waiting' : worker.state,
    after: worker.after,
    silent:
      atWork && waitingFor === undefined && worker.lastTs !== undefined && now - worker.lastTs > silentSeconds * 1000,
    canAbort: !hasEnded(worker) && worker.abort === undefined && !isSubagent(worker),
    progress: progress && progressView(progress),
    waitingFor,
    activity,
    ...pick(worker, ['task', 'kind', 'parent', 'run', 'pid', 'startedTs', 'endedTs', 'lastTs']),
    ...pick(worker, ['problem', 'lastMessage', 'tokens']),
  };
}

function progressView({ ts, ...rest }: NonNullable<Worker['progress']>): NonNullable<WorkerView['progress']> {
  return { at: ts, ...rest };
}

const pick = <T extends object, K extends keyof T>(from: T, keys: K[]): Pick<T, K> =>
  Object.fromEntries(keys.map((k) => [k, from[k]])) as Pick<T, K>;

function describeWait(state: SessionState, worker: Worker): string | undefined {
  if (worker.state === 'planned') {
    if (state.runs.get(worker.run ?? '')?.asks !== undefined) return 'your word';
    const conditions = pendingConditions(state, worker.after, worker.id);
    if (evaluate(state, conditions) === 'pending')
      return describePending(conditions, (condition) => awaitedNames(condition).join(', '));
  }
  if (hasEnded(worker)) return undefined;
  for (const ask of state.asks.values()) if (ask.worker === worker.id) return `you: ${describeAsk(ask)}`;
  for (const lock of state.locks.values()) {
    if (!lock.queue.some((q) => q.worker === worker.id)) continue;
    return `${lock.resource} (held by ${waitedFor(state, lock.resource, worker.id).join(', ')})`;
  }
  return undefined;
}

/** A block as surfaces render it. */
export function blockView(state: SessionState, block: Block, now: number): BlockView {
  const active = isActive(block, now);
  const endsWhen = describeEndCondition(state, block);
  const stuck = active ? stuckReason(state, block) : undefined;
  const enforced = block.deniedCount > 0 || block.holding.length > 0;
  const heldCall = active ? block.holding[0] : undefined;
  return {
    id: block.id,
    worker: block.worker,
    event: block.event,
    reason: blockText(state, block, now),
    concerns: describeScope(block),
    sinceTs: block.sinceTs,
    standing: active,
    // it has refused or held Claude, or nothing but the person will end it
    needsYou: active && (enforced || stuck !== undefined || (endsWhen === undefined && !isTimed(block))),
    deniedCount: block.deniedCount,
    match: block.match && pick(block.match, ['tool', 'path', 'command']),
    endsWhen,
    stuck: stuck && { why: stuck.why, ts: stuck.ts ?? block.sinceTs },
    dueTs: block.dueTs,
    firstStruckTs: block.firstEnforcedTs,
    holding: heldCall && pick(heldCall, ['tool', 'sinceTs', 'summary']),
    cleared: block.ended && pick(block.ended, ['by', 'ts', 'word']),
  };
}

function ballotView(ballot: Ballot): BallotView {
  const votes = [...ballot.votes].map(([worker, { decision, reason }]) => ({ worker, decision, reason }));
  const options = [...new Set([...(ballot.options ?? ['proceed', 'abort']), ...votes.map((v) => v.decision)])];
  const votersOf = (option: string): string[] => votes.filter((v) => v.decision === option).map((v) => v.worker);
  return {
    name: ballot.name,
    options: options.map((option) => ({ option, voters: votersOf(option) })),
    votes,
    cast: votes.length,
    question: ballot.question,
    quorum: quorumOf(ballot),
    expected: ballot.voters?.length,
    deadlineTs: ballot.deadlineTs,
    decided: ballot.decided && pick(ballot.decided, ['decision', 'why', 'by', 'ts']),
  };
}
