import type { Block, SessionState, Worker } from '#protocol/state.ts';
import type { BallotView, BlockView, CheckpointView, SessionView, ViewModel, WorkerView } from '#protocol/viewModel.ts';
import { isPause, isActive } from '#core/fold/queries.ts';
import { activityView } from './describeEvent.ts';
import { describeAsk } from '#core/fold/asks.ts';
import { quorumOf } from '#core/fold/ballots.ts';
import { describeAwaited, hasEnded, pendingConditions, evaluate } from '#core/fold/conditions.ts';
import { isSubagent } from '#core/fold/queries.ts';
import { basename } from 'node:path';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import { transcriptView, withTranscript } from '#core/claude/transcript/transcriptView.ts';
import { lockViews } from './lockViews.ts';
import { noticesOf } from './notices.ts';
import { pipelineOf } from './pipeline.ts';
import { blockText, conductorReason, scope, endCondition } from './describe.ts';

/** So many activities are in every view; those before them are in the log. */
const MAX_ACTIVITIES = 200;

/** What the projection needs to know besides the state. */
export interface ProjectionOptions {
  now: number;
  silentSeconds: number;
  /** The session's folder name, where the log does not say its id. */
  id: string;
  /** Whether Claude's process is known to be there. */
  live: boolean;
  /** What is read in its transcripts, where they are known. */
  transcript?: TranscriptSet | undefined;
  /** Why its hooks tell nothing, where only its transcript does. */
  unhooked?: string;
}

/** The view that every surface draws, from the folded state and the present time. Pure. */
export function toViewModel(state: SessionState, options: ProjectionOptions): ViewModel {
  const { now } = options;
  const workers = [...state.workers.values()].map((w) => workerView(state, w, options));
  const blocks = [...state.blocks.values()].map((b) => blockView(state, b, now)).toReversed();
  const active = blocks.filter((b) => b.standing).toReversed();
  const notices = noticesOf(state, now);
  const running = workers.filter(
    (w) => w.state === 'running' || w.state === 'waiting' || w.state === 'starting',
  ).length;
  return {
    generatedTs: now,
    session: sessionView(state, options),
    notices,
    asks: [...state.asks.values()].map((ask) =>
      pick(ask, ['id', 'tool', 'summary', 'sinceTs', 'worker', 'answerable']),
    ),
    blocks: [...active, ...blocks.filter((b) => !b.standing).slice(0, 20)],
    workers,
    ballots: [...state.ballots.values()].map(ballotView),
    locks: lockViews(state),
    checkpoints: [...state.checkpoints.values()].map(checkpointView),
    pipeline: pipelineOf(state),
    activity: state.activity.slice(-MAX_ACTIVITIES).toReversed().map(activityView),
    ...(state.activity.length > MAX_ACTIVITIES ? { activityCut: true } : {}),
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

/** What a list of sessions shows of one. */
export function sessionView(
  state: SessionState,
  options: Pick<ProjectionOptions, 'id' | 'live' | 'transcript' | 'unhooked'>,
): SessionView {
  const { session, conductor } = state;
  const id = session.id ?? options.id;
  const reason = conductorReason(conductor);
  const transcript = options.transcript && transcriptView(options.transcript.main);
  return {
    id,
    title: session.cwd === undefined ? id : basename(session.cwd) || session.cwd,
    live: options.live && conductor.state !== 'ended',
    conductor: {
      state: conductor.state,
      ...(conductor.sinceTs === undefined ? {} : { sinceTs: conductor.sinceTs }),
      ...(reason === undefined ? {} : { reason }),
    },
    ...(session.cwd === undefined ? {} : { cwd: session.cwd }),
    ...(state.aborted === undefined ? {} : { aborted: true }),
    ...([...state.blocks.values()].some((b) => isPause(b) && b.ended === undefined) ? { paused: true } : {}),
    ...(session.startedTs === undefined ? {} : { startedTs: session.startedTs }),
    ...(transcript === undefined ? {} : { transcript }),
    ...(options.unhooked === undefined ? {} : { unhooked: options.unhooked }),
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
    ...(progress === undefined ? {} : { progress: progressView(progress) }),
    ...(waitingFor === undefined ? {} : { waitingFor }),
    ...(activity === undefined ? {} : { activity }),
    ...pick(worker, [
      'task',
      'kind',
      'parent',
      'run',
      'pid',
      'startedTs',
      'endedTs',
      'lastTs',
      'problem',
      'lastMessage',
      'tokens',
    ]),
  };
}

function progressView({ ts, ...rest }: NonNullable<Worker['progress']>): NonNullable<WorkerView['progress']> {
  return { at: ts, ...rest };
}

function pick<T extends object, K extends keyof T>(from: T, keys: K[]): Pick<T, K> {
  return Object.fromEntries(keys.filter((k) => from[k] !== undefined).map((k) => [k, from[k]])) as Pick<T, K>;
}

function describeWait(state: SessionState, worker: Worker): string | undefined {
  if (worker.state === 'planned') {
    if (state.runs.get(worker.run ?? '')?.asks !== undefined) return 'your word';
    const conditions = pendingConditions(state, worker.after, worker.id);
    if (evaluate(state, conditions) === 'pending')
      return conditions
        .filter((c) => !c.held)
        .map(describeAwaited)
        .join(' and ');
  }
  if (hasEnded(worker)) return undefined;
  for (const ask of state.asks.values()) if (ask.worker === worker.id) return `you: ${describeAsk(ask)}`;
  for (const lock of state.locks.values()) {
    if (!lock.queue.some((q) => q.worker === worker.id)) continue;
    return `${lock.resource} (held by ${lock.holders.map((h) => h.worker).join(', ')})`;
  }
  return undefined;
}

/** A block as surfaces draw it. */
export function blockView(state: SessionState, block: Block, now: number): BlockView {
  const active = isActive(block, now);
  const end = endCondition(state, block);
  const enforced = block.deniedCount > 0 || block.holding.length > 0;
  const heldCall = block.holding[0];
  return {
    id: block.id,
    worker: block.worker,
    event: block.event,
    reason: blockText(state, block, now),
    concerns: scope(block),
    sinceTs: block.sinceTs,
    standing: active,
    // what refuses or holds Claude is the person's business, and so is what nothing else will ever end
    needsYou: active && (enforced || (end === undefined && block.dueTs === undefined)),
    deniedCount: block.deniedCount,
    ...(block.match === undefined ? {} : { match: pick(block.match, ['tool', 'path', 'command']) }),
    ...(end === undefined ? {} : { endsWhen: end }),
    ...(block.dueTs === undefined ? {} : { dueTs: block.dueTs }),
    ...(block.firstEnforcedTs === undefined ? {} : { firstStruckTs: block.firstEnforcedTs }),
    ...(heldCall === undefined || !active
      ? {}
      : {
          holding: {
            tool: heldCall.tool,
            sinceTs: heldCall.sinceTs,
            ...(heldCall.summary === undefined ? {} : { summary: heldCall.summary }),
          },
        }),
    ...(block.ended === undefined
      ? {}
      : {
          cleared: {
            by: block.ended.by,
            ts: block.ended.ts,
            ...(block.ended.word === undefined ? {} : { word: block.ended.word }),
          },
        }),
  };
}

function ballotView(ballot: SessionState['ballots'] extends Map<string, infer B> ? B : never): BallotView {
  const votes = [...ballot.votes].map(([worker, v]) => ({
    worker,
    decision: v.decision,
    ...(v.reason === undefined ? {} : { reason: v.reason }),
  }));
  const options = [...new Set([...(ballot.options ?? ['proceed', 'abort']), ...votes.map((v) => v.decision)])];
  const quorum = quorumOf(ballot);
  return {
    name: ballot.name,
    options: options.map((option) => ({
      option,
      voters: votes.filter((v) => v.decision === option).map((v) => v.worker),
    })),
    votes,
    cast: votes.length,
    ...(ballot.question === undefined ? {} : { question: ballot.question }),
    ...(quorum === undefined ? {} : { quorum }),
    ...(ballot.voters === undefined ? {} : { expected: ballot.voters.length }),
    ...(ballot.deadlineTs === undefined ? {} : { deadlineTs: ballot.deadlineTs }),
    ...(ballot.decided === undefined ? {} : { decided: pick(ballot.decided, ['decision', 'why', 'by', 'ts']) }),
  };
}

function checkpointView(
  checkpoint: SessionState['checkpoints'] extends Map<string, infer C> ? C : never,
): CheckpointView {
  return {
    name: checkpoint.name,
    arrived: [...checkpoint.arrived.keys()],
    missing: checkpoint.expected.filter((w) => !checkpoint.arrived.has(w)),
  };
}
