import type { Ballot, Block, SessionState } from '#protocol/state.ts';
import type { BallotView, BlockView, SessionView, ViewModel } from '#protocol/viewModel.ts';
import type { TranscriptSet } from '#core/claude/transcript/sessionTranscript.ts';
import { transcriptView } from '#core/claude/transcript/transcriptView.ts';
import { quorumOf } from '#core/fold/ballots.ts';
import { awaitedMerges } from '#core/fold/mergePairs.ts';
import { isActive } from '#core/fold/queries.ts';
import { awaitedProofs } from '#core/fold/provable.ts';
import { isLimit } from '#core/fold/limitConditions.ts';
import { stuckReason } from '#core/fold/stuck.ts';
import { decisionsOf } from './decisions.ts';
import { nextOf } from '#core/session/nextHold.ts';
import { pauseOf } from '#core/session/pause.ts';
import { conductorReason } from './askText.ts';
import { endConditionText, scopeText, stuckText } from './blockText.ts';
import { blockText } from './describe.ts';
import { activityView } from './describeEvent.ts';
import { heldCalls } from './heldCalls.ts';
import { elsewhereIn, type Elsewhere } from './elsewhere.ts';
import { linkView } from './linkView.ts';
import { lockViews } from './locks.ts';
import { namesOf, projectName, sessionName, type Named } from './names.ts';
import { noticesOf } from './notices.ts';
import { pick } from './pick.ts';
import { mergeViews } from './merges.ts';
import { proofViews } from './proofs.ts';
import { pipelineOf } from './pipeline.ts';
import { isLive, type ProjectionOptions } from './projectionOptions.ts';
import { spendingOfSession } from './spending.ts';
import { budgetLine, standingBudgets } from './standingBudgets.ts';
import { ENGLISH, type Wording } from './wording.ts';
import { workerViews } from './workerViews.ts';

/** How many activities a view has; earlier ones are only in the log. */
const MAX_ACTIVITIES = 200;
/** How many ended blocks a view has. */
const MAX_ENDED_BLOCKS = 20;

/** The view that every surface renders, from the folded state and the present time. Pure. */
export function toViewModel(state: SessionState, options: ProjectionOptions): ViewModel {
  const { now, texts = ENGLISH } = options;
  const session = sessionView(state, options);
  const names = namesOf(session.name, state, options.transcript, texts);
  const wording: Wording = { texts, names };
  const workers = workerViews(state, options, wording);
  const calls = heldCalls(state, options, wording);
  const needing = new Set(calls.filter((c) => c.needsYou).flatMap((c) => c.reasons.map(({ block }) => block)));
  const blocks = [...state.blocks.values()]
    // once the agent has ended, nothing is left to decide
    .filter(({ cause }) => cause.kind !== 'abort' || state.workers.get(cause.worker ?? '')?.endedTs === undefined)
    .map((b) => blockView(state, b, { now, needsYou: needing.has(b.id), wording }))
    .toReversed();
  const active = blocks.filter((b) => b.standing).toReversed();
  const notices = noticesOf(state, now, wording);
  const elsewhere = elsewhereIn(state, options.link);
  const awaited = awaitedProofs(state);
  const asks = [...state.asks.values()].map((ask) => ({
    ...pick(ask, ['id', 'tool', 'summary', 'sinceTs', 'worker', 'answerable']),
  }));
  const decisions = decisionsOf({ asks, calls, notices, conductor: session.conductor });
  const running = workers.filter((w) => ['running', 'waiting', 'starting'].includes(w.state)).length;
  return {
    generatedTs: now,
    session,
    notices,
    asks,
    calls,
    decisions,
    blocks: [...active, ...blocks.filter((b) => !b.standing).slice(0, MAX_ENDED_BLOCKS)],
    workers,
    ballots: [...state.ballots.values()].map((ballot) => ballotView(ballot, elsewhere)),
    locks: lockViews(state, elsewhere),
    checkpoints: [...state.checkpoints.values()].map(({ name, arrived, expected }) => ({
      name,
      arrived: [...arrived.keys()],
      missing: expected.filter((w) => !arrived.has(w)),
    })),
    budget: budgetLine(state, now, wording),
    spending: spendingOfSession(state, options.transcript, { now, texts: wording.texts }),
    proofs: awaited.size === 0 ? undefined : proofViews(state, awaited, wording),
    merges: mayHaveMerges(state) ? mergeViews(state, session.live, wording) : undefined,
    pipeline: pipelineOf(state, wording),
    activity: state.activity
      .slice(-MAX_ACTIVITIES)
      .toReversed()
      .map((activity) => activityView(activity, wording)),
    activityCut: state.activity.length > MAX_ACTIVITIES || undefined,
    damaged: {
      total: [...state.damaged.values()].reduce((sum, n) => sum + n, 0),
      reasons: [...state.damaged].map(([reason, count]) => ({ reason, count })),
    },
    counts: {
      running,
      ended: workers.filter((w) => w.endedTs !== undefined).length,
      needsYou: decisions.length,
    },
  };
}

/** Whether anything is known of merges, or waited for: few sessions have any of it. */
const mayHaveMerges = (state: SessionState): boolean => state.merges.size > 0 || awaitedMerges(state).size > 0;

/** A session as a list of sessions shows it. */
export function sessionView(
  state: SessionState,
  options: Pick<ProjectionOptions, 'id' | 'live' | 'transcript' | 'unhooked' | 'texts' | 'reach' | 'link'>,
): SessionView {
  const { session, conductor } = state;
  const id = session.id ?? options.id;
  const transcript = options.transcript && transcriptView(options.transcript.main);
  const { prompts, lastSaid } = options.transcript?.main.words ?? {};
  const project = projectName(session.cwd);
  return {
    id,
    name: sessionName(state, sharedName(options.link) ?? options.transcript, project ?? 'Claude'),
    projectName: project ?? '',
    prompt: prompts?.latest ?? session.prompt,
    lastSaid,
    live: isLive(state, options),
    background: isLive(state, options) ? options.transcript?.background : undefined,
    conductor: {
      state: conductor.state,
      sinceTs: conductor.sinceTs,
      reason: conductorReason(state, options.texts ?? ENGLISH),
    },
    cwd: session.cwd,
    aborted: state.aborted !== undefined || undefined,
    paused: pauseOf(state) !== undefined || undefined,
    startedTs: session.startedTs,
    turnEndedTs: conductor.state === 'idle' && conductor.turn > 0 ? conductor.sinceTs : undefined,
    lastSignTs: lastSignTs(state, options.transcript),
    transcript,
    usage: conductor.usage,
    unhooked: options.unhooked,
    reach: options.reach,
    machine: options.link?.here === false ? options.link.seat : undefined,
    link: isLive(state, options) ? linkView(options.link, options.texts ?? ENGLISH) : undefined,
  };
}

/** What a session of another machine is called there. */
const sharedName = (link: ProjectionOptions['link']): Named | undefined =>
  link?.name == null ? undefined : { given: { by: 'person', name: link.name } };

/** The latest line of the log, the session's transcript or its subagents'. */
function lastSignTs({ lastTs }: SessionState, transcript: TranscriptSet | undefined): number | undefined {
  const transcripts =
    transcript === undefined ? [] : [transcript.main, ...[...transcript.agents.values()].map((a) => a.state)];
  return Math.max(lastTs, ...transcripts.map((each) => each.lastTs ?? 0)) || undefined;
}

/** A block as surfaces render it. */
export function blockView(
  state: SessionState,
  block: Block,
  { now, needsYou = false, wording }: { now: number; needsYou?: boolean; wording: Wording },
): BlockView {
  const active = isActive(block, now);
  const endsWhen = endConditionText(state, block, wording);
  const stuck = active ? stuckReason(state, block) : undefined;
  const waitsForCall = active && block.deniedCount === 0 && block.holding.length === 0;
  const heldCall = active ? block.holding[0] : undefined;
  return {
    id: block.id,
    worker: block.worker,
    event: block.event,
    reason: [blockText(state, block, now), ...standingBudgets(state, block, now)].join('\n'),
    concerns: scopeText(state, block, wording),
    sinceTs: block.sinceTs,
    standing: active,
    needsYou,
    deniedCount: block.deniedCount,
    next: waitsForCall ? nextOf(block) : undefined,
    limit: block.until.some(isLimit) || undefined,
    match: block.match && pick(block.match, ['tool', 'path', 'command', 'agent', 'run']),
    endsWhen,
    stuck: stuck && { why: stuckText(state, block, wording) ?? stuck.why, ts: stuck.ts ?? block.sinceTs },
    dueTs: block.dueTs,
    firstStruckTs: block.firstEnforcedTs,
    holding: heldCall && pick(heldCall, ['tool', 'sinceTs', 'summary']),
    cleared: block.ended && pick(block.ended, ['by', 'ts', 'word']),
  };
}

function ballotView(ballot: Ballot, elsewhere: Elsewhere): BallotView {
  const votes = [...ballot.votes].map(([worker, { decision, reason }]) => {
    return { worker, decision, reason, machine: elsewhere(worker) };
  });
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
    missing: ballot.voters?.filter((voter) => !ballot.votes.has(voter)),
    deadlineTs: ballot.deadlineTs,
    decided: ballot.decided && pick(ballot.decided, ['decision', 'why', 'by', 'ts']),
  };
}
