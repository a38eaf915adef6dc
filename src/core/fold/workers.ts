import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import type { WorkerState } from '#protocol/viewModel.ts';
import { abstain, withdrawAbstention } from './ballots.ts';
import { addBlock, endBlocksOf, holdStop, resetStopRefusals } from './blocks.ts';
import { hasEnded, describePending, pendingConditions, evaluate, stepsOf } from './conditions.ts';
import { addEndFacts, unindexDependent } from './facts.ts';
import { indexOf, setTask } from './foldIndex.ts';
import { endLaunch } from './launches.ts';
import { boundedText, countBeyondLimit, COUNTS, mayStep, stepsOfNames } from './limits.ts';
import { dropLocksOf } from './locks.ts';
import { machineOf } from './machines.ts';
import { endProofRuns, unprovenAtEnd } from './proofs.ts';
import { assignDefined, addNotice, withTask, type EventPosition } from './state.ts';
import { isSubagent, livesInClaude, STOPPED, TEAMMATE } from './kinds.ts';
import { abortText, free, restStopped, settleStop, stop } from './stoppedAgents.ts';
import { removeWatch } from './watches.ts';

type Progress = NonNullable<Worker['progress']>;

/** The worker of that name, which its first event adds as running. Undefined for the Conductor and the person. */
function ensureWorker(state: SessionState, id: string, at: EventPosition): Worker | undefined {
  if (id === CONDUCTOR || id === USER) return undefined;
  const known = state.workers.get(id);
  if (known !== undefined) return known;
  if (isFull(state)) return undefined;
  const worker = addWorker(state, id, { state: 'running', startedTs: at.ts }, at);
  // it belongs to the machine that speaks as it first
  return assignDefined(worker, { machine: at.via && machineOf(at.via) });
}

/** Whether there is no room for another worker, which is then left out. What waits for it goes on waiting. */
export function isFull(state: SessionState): boolean {
  if (state.workers.size < COUNTS.workers) return false;
  countBeyondLimit(state, 'workers');
  return true;
}

/** Adds a worker that the state does not know yet. */
export function addWorker(
  state: SessionState,
  id: string,
  fields: Partial<Worker> & Pick<Worker, 'state'>,
  at: EventPosition,
): Worker {
  const lineRate = { sinceTs: at.ts, lines: 0 };
  const worker: Worker = { id, pos: at.pos, after: [], critical: false, reportedDone: false, lineRate, ...fields };
  state.workers.set(id, worker);
  return worker;
}

/** Records a sign of life. It revives a lost worker, without its locks. */
export function markAlive(state: SessionState, id: string, at: EventPosition): Worker | undefined {
  const worker = ensureWorker(state, id, at);
  if (worker === undefined) return undefined;
  worker.lastTs = at.ts;
  if (worker.state === 'lost') revive(state, worker, at);
  return worker;
}

/** Sets an ended worker to running again: a lost one, or a subagent that got another message. */
function revive(state: SessionState, worker: Worker, at: EventPosition): void {
  worker.state = 'running';
  worker.reportedDone = false;
  delete worker.unproven;
  delete worker.endedTs;
  delete worker.problem;
  if (worker.abort !== undefined && isSubagent(worker)) free(state, worker, at);
  resetStopRefusals(state, worker.id);
  if (state.ballots.size > 0) withdrawAbstention(state, worker.id);
}

/** A worker's process was started (with `pid`), or a worker announces itself. */
export function onSpawn(state: SessionState, event: EventOf<'spawn'>, at: EventPosition): void {
  const worker = ensureWorker(state, event.worker, at);
  if (worker === undefined) return;
  // one that ran and failed is started again: what waits for its success can be met after all
  const again = worker.state === 'lost' || (worker.state === 'failed' && worker.startedTs !== undefined);
  const revived = hasEnded(worker) && (again || (isSubagent(worker) && isSubagent(event)));
  if (hasEnded(worker) && !revived) return;
  const { task, pid, startTime, host, command, after, parent, kind, cwd, attempt, session } = event;
  setTask(state, worker, task && boundedText(task));
  assignDefined(worker, { pid, startTime, host, command, after, parent, kind, cwd, attempt, session });
  if (state.launches !== undefined && isSubagent(worker) && worker.spawned !== true) endLaunch(state, command);
  worker.spawned = true;
  leavePlan(state, worker);
  // a teammate begins another turn
  if (worker.state === 'idle' && worker.abort !== undefined) {
    free(state, worker, at);
    delete worker.problem;
  }
  if (worker.state !== 'running') worker.startedTs = at.ts;
  if (revived) revive(state, worker, at);
  // the problem of an earlier attempt is obsolete
  if (attempt !== undefined && attempt > 1) delete worker.problem;
  worker.state = 'running';
  worker.lastTs = at.ts;
}

/** A worker reports progress. Omitted fields but the ETA keep their values; `pct` may follow from `done` and `total`. */
export function onProgress(state: SessionState, event: EventOf<'progress'>, at: EventPosition): void {
  const worker = markAlive(state, event.worker, at);
  if (worker === undefined) return;
  const { done, total, etaMs } = event;
  const share = done !== undefined && total !== undefined && total > 0 ? (100 * done) / total : undefined;
  const previous = worker.progress;
  const pct = event.pct ?? (share === undefined ? previous?.pct : Math.min(100, Math.max(0, share)));
  const message = event.message ?? previous?.message;
  const phase = event.phase ?? previous?.phase;
  worker.progress = assignDefined<Progress>({ ts: at.ts }, { pct, etaMs, message, phase });
  assignDefined(worker, { lastMessage: event.message });
}

/** A task is done. A worker without a process and a runner ends here; any other ends at its exit. */
export function onDone(state: SessionState, event: EventOf<'done'>, at: EventPosition): void {
  const workerId = event.worker ?? soleWorkerOfTask(state, event.task, at);
  const worker = workerId === undefined ? undefined : markAlive(state, workerId, at);
  if (worker === undefined) return;
  // Claude Code reports the task of one that was stopped as completed: no call of it will come
  if (worker.state === 'aborted' && isSubagent(worker)) return free(state, worker, at);
  worker.reportedDone = true;
  // before any edit and any run there is nothing to be shown
  if (state.proofs.size > 0) assignDefined(worker, { unproven: unprovenAtEnd(state, at) });
  if (typeof event.result === 'string' && event.result !== '') worker.lastMessage = event.result;
  // it waits for its next message
  if (worker.kind === TEAMMATE) {
    if (worker.abort !== undefined && worker.state !== 'idle') free(state, worker, at);
    worker.state = 'idle';
    return resetStopRefusals(state, worker.id);
  }
  // a planned worker has a runner, whose `spawn` may come after the worker's first own events
  if (worker.pid === undefined && worker.run === undefined) endWorker(state, worker, 'done', at);
}

function soleWorkerOfTask(state: SessionState, task: string | undefined, at: EventPosition): string | undefined {
  const workers = task === undefined ? undefined : indexOf(state).workersByTask.get(task);
  if (workers === undefined || !mayStep(state, at)) return undefined;
  state.steps += stepsOfNames(workers.size);
  let sole: string | undefined;
  for (const id of workers) {
    if (hasEnded(state.workers.get(id))) continue;
    if (sole !== undefined) return undefined;
    sole = id;
  }
  return sole;
}

/** A worker reports an error; a critical one holds Stop until it is resolved. */
export function onError(state: SessionState, event: EventOf<'error'>, at: EventPosition): void {
  const worker = markAlive(state, event.worker, at);
  if (worker !== undefined) {
    worker.problem = event.message;
    worker.lastMessage = event.message;
  }
  if (event.critical !== true) return addNotice(state, at, 'warning', event.message, event.worker);
  if (worker !== undefined) worker.reportedCritical = true;
  holdStop(state, event.worker, criticalText(event.message), { kind: 'critical' }, at);
}

const criticalText = (message: string): string => (/^critical\b/i.test(message) ? message : `CRITICAL: ${message}`);

/** A worker's process has ended, or is gone (`lost`). */
export function onExit(state: SessionState, event: EventOf<'exit'>, at: EventPosition): void {
  const worker = ensureWorker(state, event.worker, at);
  if (worker === undefined || (hasEnded(worker) && worker.state !== 'lost')) return;
  const code = event.code ?? undefined;
  const signal = event.signal ?? undefined;
  const { abort } = worker;
  if (abort !== undefined && worker.kind === TEAMMATE && event.lost !== true) return restStopped(state, worker, at);
  if (abort !== undefined) return endWorker(state, worker, 'aborted', at, abortText(abort));
  if (event.lost === true) {
    // a planned worker that has reported `done` is complete
    if (worker.reportedDone && worker.run !== undefined) return endWorker(state, worker, 'done', at);
    return endWorker(state, worker, 'lost', at, event.reason ?? 'its process is gone and nobody saw how it ended');
  }
  if (code === 0) return endWorker(state, worker, 'done', at);
  if (signal === STOPPED && livesInClaude(worker)) return endWorker(state, worker, 'aborted', at, event.reason);
  const how = event.reason ?? (signal === undefined ? `exit code ${code ?? 'unknown'}` : `killed by ${signal}`);
  if (event.retryMs !== undefined) return markRetrying(state, worker, event, how);
  const earlier = worker.state === 'lost' ? undefined : worker.problem;
  const problem = earlier === undefined ? how : `${earlier} (${how})`;
  endWorker(state, worker, 'failed', at, problem);
  const lines = event.stderr?.trim() ?? '';
  worker.lastMessage ??= lines.split('\n').at(-1);
  if (worker.lastMessage === undefined || worker.lastMessage === '') delete worker.lastMessage;
  // an error that it reported as critical holds Stop already
  if (worker.critical && worker.reportedCritical !== true) {
    const stderrText = lines === '' ? '' : `\nThe last it wrote to standard error:\n${lines}`;
    const text = criticalText(`${withTask(worker.id, worker.task)} failed: ${problem}${stderrText}`);
    holdStop(state, worker.id, text, { kind: 'critical' }, at);
  }
}

/** An attempt failed and another follows: until then there is no process. */
function markRetrying(
  state: SessionState,
  worker: Worker,
  { attempt = 1, retryMs = 0 }: EventOf<'exit'>,
  how: string,
): void {
  leavePlan(state, worker);
  worker.state = 'starting';
  worker.attempt = attempt;
  worker.problem = `attempt ${attempt}: ${how}; again in ${Math.round(retryMs / 1000)} s`;
  delete worker.pid;
  delete worker.startTime;
}

/** A worker is aborted, or the session: then every call is refused from here on. */
export function onAbort(state: SessionState, event: EventOf<'abort'>, at: EventPosition): void {
  if (event.worker === undefined) {
    if (state.aborted !== undefined) return;
    state.aborted = { by: event.by, ts: at.ts };
    const text = `the session was ${abortText(event)}`;
    addBlock(state, { worker: event.by, event: 'PreToolUse', text, cause: { kind: 'abort' } }, at);
    return;
  }
  const worker = ensureWorker(state, event.worker, at);
  if (worker === undefined || hasEnded(worker) || (livesInClaude(worker) && !isSubagent(worker))) return;
  const { by, word } = event;
  worker.abort ??= assignDefined<NonNullable<Worker['abort']>>({ by, ts: at.ts }, { word: word && boundedText(word) });
  // a subagent lives in Claude: a hook ends it at a call
  if (isSubagent(worker)) stop(state, worker, at);
  else if (worker.pid === undefined) endWorker(state, worker, 'aborted', at, abortText(worker.abort));
}

/** A planned worker is about to be one no more: what it waited for no longer concerns it. */
function leavePlan(state: SessionState, worker: Worker): void {
  if (worker.state === 'planned') unindexDependent(indexOf(state), `start ${worker.id}`);
}

/** Ends a worker, with all consequences: for its locks, blocks, votes, and for the conditions that name it. */
export function endWorker(
  state: SessionState,
  worker: Worker,
  how: WorkerState,
  at: EventPosition,
  problem?: string,
): void {
  leavePlan(state, worker);
  worker.state = how;
  worker.endedTs = at.ts;
  if (problem !== undefined) worker.problem = problem;
  else if (worker.problem !== undefined) delete worker.problem;
  if (worker.progress !== undefined) worker.progress = finalProgress(worker.progress, how);
  const index = indexOf(state);
  removeWatch(state, worker.id);
  if (worker.abort !== undefined && isSubagent(worker)) settleStop(state, worker, at);
  resetStopRefusals(state, worker.id);
  if (state.asks.size > 0) for (const [id, ask] of state.asks) if (ask.worker === worker.id) state.asks.delete(id);
  if (state.proofs.size > 0) endProofRuns(state, worker, at);
  addEndFacts(state, worker, index.checkpointsOf.get(worker.id), at);
  if (state.locks.size > 0) dropLocksOf(state, worker.id, at);
  endBlocksOf(state, worker.id, at);
  if (state.ballots.size > 0) abstain(state, worker.id, at);
}

/** The last progress of an ended worker, without an ETA. */
function finalProgress({ ts, pct, message, phase }: Progress, how: WorkerState): Progress {
  return assignDefined<Progress>({ ts }, { pct: pct !== undefined && how === 'done' ? 100 : pct, message, phase });
}

/** Fails a planned worker if a prerequisite has become impossible; that holds Stop until it is resolved. */
export function failIfUnstartable(state: SessionState, worker: Worker, at: EventPosition): void {
  if (worker.state !== 'planned' || worker.after.length === 0) return;
  const conditions = pendingConditions(state, worker.after, worker.id);
  state.steps += stepsOf(conditions);
  if (evaluate(state, conditions) !== 'impossible') return;
  const why = `it needs that ${describePending(conditions)}, which can no longer happen`;
  const text = `${withTask(worker.id, worker.task)} was not started: ${why}`;
  holdStop(state, worker.id, text, { kind: 'prerequisite' }, at);
  endWorker(state, worker, 'failed', at, 'not started: a prerequisite failed');
}

/** Whether a planned worker may start now: its `after` is met, and its plan does not wait for consent. */
export function canStart(state: SessionState, worker: Worker): boolean {
  if (worker.state !== 'planned' || state.runs.get(worker.run ?? '')?.asks !== undefined) return false;
  return evaluate(state, pendingConditions(state, worker.after, worker.id)) === 'met';
}
