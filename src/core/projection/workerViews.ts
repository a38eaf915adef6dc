import { provableOf } from '#core/fold/provable.ts';
import { USER } from '#protocol/ids.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import type { WorkerView } from '#protocol/viewModel.ts';
import { transcriptView, withTranscript } from '#core/claude/transcript/transcriptView.ts';
import { awaitedNames, hasEnded, pendingConditions, evaluate } from '#core/fold/conditions.ts';
import { isSubagent, livesInClaude, SHELL, WORKFLOW } from '#core/fold/kinds.ts';
import { hasHooks, isNameOnly } from '#core/fold/queries.ts';
import { pausedAgents } from '#core/session/pause.ts';
import { elsewhereIn, awaySince, type Elsewhere } from './elsewhere.ts';
import { askText } from './askText.ts';
import { listText } from './blockText.ts';
import { waitedFor } from './locks.ts';
import { conflictOf } from './merges.ts';
import { problemText } from './problemText.ts';
import { isLive, type ProjectionOptions } from './projectionOptions.ts';
import { spendingOfWorker } from './spending.ts';
import type { Wording } from './wording.ts';

/** The workers of a session as surfaces render them. */
export function workerViews(state: SessionState, options: ProjectionOptions, wording: Wording): WorkerView[] {
  const messages = messagesOfPerson(state, options.now);
  const elsewhere = elsewhereIn(state, options.link);
  const paused = pausedAgents(state);
  return Array.from(state.workers.values(), (worker) => {
    const view = workerView(state, worker, options, wording, { elsewhere, paused });
    const message = messages.get(worker.id);
    return message === undefined ? view : { ...view, message };
  });
}

function workerView(
  state: SessionState,
  logged: Worker,
  options: ProjectionOptions,
  wording: Wording,
  { elsewhere, paused }: { elsewhere: Elsewhere; paused: ReadonlySet<string> },
): WorkerView {
  const { now, silentSeconds } = options;
  const agentTranscript = options.transcript?.agents.get(logged.id);
  const worker = agentTranscript === undefined ? logged : withTranscript(logged, agentTranscript);
  const activity = agentTranscript && !hasEnded(worker) ? transcriptView(agentTranscript.state)?.activity : undefined;
  const waitingFor = describeWait(state, worker, wording);
  const atWork = worker.state === 'running' || worker.state === 'starting';
  const { progress, problem, lastMessage } = worker;
  const machine = elsewhere(worker.id);
  const lastHeardTs = hasEnded(worker) ? undefined : awaySince(options.link, machine);
  const isLeftBehind = !hasEnded(worker) && isNameOnly(worker) && !isLive(state, options);
  const isPaused = !hasEnded(worker) && paused.has(worker.id);
  const view: WorkerView = {
    id: worker.id,
    name: wording.names.worker(worker.id),
    state: worker.state === 'running' && waitingFor !== undefined ? 'waiting' : worker.state,
    after: worker.after,
    silent:
      atWork &&
      lastHeardTs === undefined &&
      waitingFor === undefined &&
      // of a name that has reported no work none is expected
      !(isNameOnly(worker) && progress === undefined) &&
      worker.lastTs !== undefined &&
      now - worker.lastTs > silentSeconds * 1000,
    machine,
    lastHeardTs,
    aborting: (!hasEnded(worker) && worker.abort !== undefined && !isSubagent(worker)) || undefined,
    can: abilities(worker, options, {
      followed: agentTranscript !== undefined,
      isAway: lastHeardTs !== undefined,
      isPaused,
    }),
    paused: isPaused || undefined,
    stopping: (isSubagent(worker) && worker.abort !== undefined && isAtCalls(worker)) || undefined,
    progress: progress && progressView(progress, worker.kind, wording),
    waitingFor,
    activity,
    contextTokens: agentTranscript?.state.contextTokens,
    // one by one: a thousand of these are made at each draw, and to spread a part of an object takes twice as long
    task: worker.task,
    kind: worker.kind,
    parent: worker.parent,
    run: worker.run,
    pid: worker.pid,
    startedTs: worker.startedTs,
    endedTs: worker.endedTs,
    lastTs: worker.lastTs,
    problem: problem && problemText(problem, wording),
    notShown: worker.unproven?.map((of) => provableOf(of)?.command ?? of),
    conflict: state.merges.size === 0 || hasEnded(worker) ? undefined : conflictOf(state, worker.id, wording),
    tokens: worker.tokens,
    spending: hasEnded(worker)
      ? undefined
      : spendingOfWorker(state, worker, agentTranscript?.state.recent, { now, texts: wording.texts }),
    // an error is its problem, too, with how it ended
    lastMessage: lastMessage !== undefined && problem?.startsWith(lastMessage) === true ? undefined : lastMessage,
  };
  return isLeftBehind ? { ...view, ...leftBehind(state, worker) } : view;
}

/** For how long it shows that a message was read. */
const READ_MS = 2 * 60_000;

/** The person's latest message to each agent, until a while after it was read. */
function messagesOfPerson({ notes }: SessionState, now: number): Map<string, NonNullable<WorkerView['message']>> {
  const latest = new Map<string, NonNullable<WorkerView['message']>>();
  for (const { worker, to, ts, deliveredBy, deliveredTs = ts } of notes.values()) {
    const read = deliveredBy !== undefined;
    if (worker !== USER || ts < (latest.get(to)?.ts ?? 0)) continue;
    if (read && now - deliveredTs > READ_MS) latest.delete(to);
    else latest.set(to, { ts, read });
  }
  return latest;
}

/** A worker of a run has a runner. A subagent has no process; a hook gives it the messages to it. */
function abilities(
  worker: Worker,
  { live, unhooked, reach, link }: Pick<ProjectionOptions, 'live' | 'unhooked' | 'reach' | 'link'>,
  { followed, isAway, isPaused }: Record<'followed' | 'isAway' | 'isPaused', boolean>,
): WorkerView['can'] {
  const active = !hasEnded(worker) && unhooked === undefined && reach?.outOfReach === undefined;
  // without hooks it makes no call that could be held
  const steerable = isSubagent(worker) && live && isAtCalls(worker) && worker.abort === undefined;
  // what a worker leaves on another machine is brought to the seat alone
  const isKeptHere = link === undefined || link.here || worker.machine === link.machine;
  const kept = worker.run !== undefined && worker.state !== 'planned' && isKeptHere;
  return {
    peek: followed,
    log: kept,
    output: kept,
    message: active && (live || !hasHooks(worker)) && worker.kind !== WORKFLOW && worker.kind !== SHELL,
    abort: active && (livesInClaude(worker) ? steerable : worker.abort === undefined),
    pause: active && steerable && !isPaused,
    // the seat's own end with it
    giveUp: (active && isAway && worker.machine !== undefined) || undefined,
  };
}

/** Whether an agent is in a turn of its own, so that a call of it may come. */
const isAtCalls = (worker: Worker): boolean => !hasEnded(worker) && worker.state !== 'idle';

/** A worker of whose end nothing reports, in a session that is over: it ended with it. */
function leftBehind({ conductor }: SessionState, worker: Worker): Partial<WorkerView> {
  const endedTs = conductor.state === 'ended' ? conductor.sinceTs : worker.lastTs;
  const can = { peek: false, log: false, output: false, message: false, abort: false, pause: false };
  return { state: 'done', endedTs, silent: false, can };
}

function progressView(
  { ts, ...rest }: NonNullable<Worker['progress']>,
  kind: string | undefined,
  { texts }: Wording,
): NonNullable<WorkerView['progress']> {
  // the words of a hook, which are English
  const [, done, all] = (kind === WORKFLOW && /^(\d+) of (\d+) agents done$/.exec(rest.message ?? '')) || [];
  if (done === undefined || all === undefined) return { at: ts, ...rest };
  return { at: ts, ...rest, message: texts.agentsDone(done, all) };
}

function describeWait(state: SessionState, worker: Worker, wording: Wording): string | undefined {
  const { texts, names } = wording;
  if (worker.state === 'planned') {
    if (state.runs.get(worker.run ?? '')?.asks !== undefined) return texts.waits.word;
    const conditions = pendingConditions(state, worker.after, worker.id);
    if (evaluate(state, conditions) === 'pending') {
      const awaited = conditions.filter(({ met }) => !met).flatMap(awaitedNames);
      return listText([...new Set(awaited)].map(names.worker), texts);
    }
  }
  if (hasEnded(worker)) return undefined;
  for (const ask of state.asks.values()) if (ask.worker === worker.id) return texts.waits.you(askText(ask, texts));
  for (const lock of state.locks.values()) {
    if (!lock.queue.some((q) => q.worker === worker.id)) continue;
    return texts.waits.lock(lock.resource, waitedFor(state, lock.resource, worker.id).map(names.worker).join(', '));
  }
  return undefined;
}
