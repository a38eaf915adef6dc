import type { EventOf } from '#protocol/event.ts';
import { CONDUCTOR, USER } from '#protocol/ids.ts';
import type { SessionState, Worker } from '#protocol/state.ts';
import type { WorkerState } from '#protocol/viewModel.ts';
import { abstain, withdrawAbstention } from './ballots.ts';
import { addBlock, endBlocksOf, resetStopRefusals, holdStop, reevaluateConditions } from './blocks.ts';
import { hasEnded, describePending, pendingConditions, evaluate } from './conditions.ts';
import { dropLocksOf } from './locks.ts';
import { assignDefined, addNotice, withTask, type EventPosition } from './state.ts';
import { isSubagent, SUBAGENT } from './subagents.ts';

type Progress = NonNullable<Worker['progress']>;

/** The worker of that name; one that nobody announced is at work from its first word on. */
function ensureWorker(state: SessionState, id: string, at: EventPosition): Worker | undefined {
  if (id === CONDUCTOR || id === USER) return undefined;
  let worker = state.workers.get(id);
  if (worker === undefined) {
    worker = {
      id,
      state: 'running',
      pos: at.pos,
      after: [],
      critical: false,
      reportedDone: false,
      startedTs: at.ts,
      lineRate: { sinceTs: at.ts, lines: 0 },
    };
    state.workers.set(id, worker);
  }
  return worker;
}

/** A sign of life. One of a worker that was given up for lost revives it, without its locks. */
export function markAlive(state: SessionState, id: string, at: EventPosition): Worker | undefined {
  const worker = ensureWorker(state, id, at);
  if (worker === undefined) return undefined;
  worker.lastTs = at.ts;
  if (worker.state === 'lost') revive(state, worker);
  return worker;
}

/** It is at work again: one that was given up for lost, or a subagent that was sent another message. */
function revive(state: SessionState, worker: Worker): void {
  worker.state = 'running';
  worker.reportedDone = false;
  delete worker.endedTs;
  delete worker.problem;
  resetStopRefusals(state, worker.id);
  withdrawAbstention(state, worker.id);
}

/** A process was started for it (with `pid`), or it announces itself. */
export function onSpawn(state: SessionState, event: EventOf<'spawn'>, at: EventPosition): void {
  const worker = ensureWorker(state, event.worker, at);
  if (worker === undefined) return;
  const revived = hasEnded(worker) && (worker.state === 'lost' || (isSubagent(worker) && event.kind === SUBAGENT));
  if (hasEnded(worker) && !revived) return;
  const { task, pid, startTime, host, command, after, parent, kind, cwd, attempt, session } = event;
  assignDefined(worker, { task, pid, startTime, host, command, after, parent, kind, cwd, attempt, session });
  if (worker.state !== 'running') worker.startedTs = at.ts;
  if (revived) revive(state, worker);
  // what an earlier attempt failed of is past
  if (attempt !== undefined && attempt > 1) delete worker.problem;
  worker.state = 'running';
  worker.lastTs = at.ts;
}

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

/** A task is done. A worker without a process ends here; one with a process, or a runner, ends at its exit. */
export function onDone(state: SessionState, event: EventOf<'done'>, at: EventPosition): void {
  const workerId = event.worker ?? soleWorkerOfTask(state, event.task);
  const worker = workerId === undefined ? undefined : markAlive(state, workerId, at);
  if (worker === undefined) return;
  worker.reportedDone = true;
  if (typeof event.result === 'string' && event.result !== '') worker.lastMessage = event.result;
  // a planned one has a runner, whose lines may come after the worker's own first ones
  if (worker.pid === undefined && worker.run === undefined) endWorker(state, worker, 'done', at);
}

function soleWorkerOfTask(state: SessionState, task: string | undefined): string | undefined {
  if (task === undefined) return undefined;
  const matching = [...state.workers.values()].filter((w) => w.task === task && !hasEnded(w));
  return matching.length === 1 ? matching[0]?.id : undefined;
}

/** An error it reports itself; a critical one holds Stop until somebody says what was done about it. */
export function onError(state: SessionState, event: EventOf<'error'>, at: EventPosition): void {
  const worker = markAlive(state, event.worker, at);
  if (worker !== undefined) {
    worker.problem = event.message;
    worker.lastMessage = event.message;
  }
  if (event.critical !== true) return addNotice(state, at, 'warning', event.message, event.worker);
  holdStop(state, event.worker, criticalText(event.message), { kind: 'critical' }, at);
}

const criticalText = (message: string): string => (/^critical\b/i.test(message) ? message : `CRITICAL: ${message}`);

/** The process has ended, or nobody saw how. */
export function onExit(state: SessionState, event: EventOf<'exit'>, at: EventPosition): void {
  const worker = ensureWorker(state, event.worker, at);
  if (worker === undefined || (hasEnded(worker) && worker.state !== 'lost')) return;
  const code = event.code ?? undefined;
  const signal = event.signal ?? undefined;
  if (worker.abort !== undefined) return endWorker(state, worker, 'aborted', at, `aborted by ${worker.abort.by}`);
  if (event.lost === true) {
    // of a planned one that has said itself that its task is done nothing is missing
    if (worker.reportedDone && worker.run !== undefined) return endWorker(state, worker, 'done', at);
    return endWorker(state, worker, 'lost', at, event.reason ?? 'its process is gone and nobody saw how it ended');
  }
  if (code === 0) return endWorker(state, worker, 'done', at);
  const how = event.reason ?? (signal === undefined ? `exit code ${code ?? 'unknown'}` : `killed by ${signal}`);
  if (event.retryMs !== undefined) return markRetrying(worker, event, how);
  const problem = worker.problem === undefined ? how : `${worker.problem} (${how})`;
  endWorker(state, worker, 'failed', at, problem);
  // what it reported itself as critical already holds Stop
  const alreadyReported = [...state.blocks.values()].some((b) => b.worker === worker.id && b.cause.kind === 'critical');
  const lines = event.stderr?.trim() ?? '';
  worker.lastMessage ??= lines.split('\n').at(-1);
  if (worker.lastMessage === undefined || worker.lastMessage === '') delete worker.lastMessage;
  if (worker.critical && !alreadyReported) {
    const stderrText = lines === '' ? '' : `\nThe last it wrote to standard error:\n${lines}`;
    const text = criticalText(`${withTask(worker.id, worker.task)} failed: ${problem}${stderrText}`);
    holdStop(state, worker.id, text, { kind: 'critical' }, at);
  }
}

/** An attempt failed and the next one follows: no process is there until then. */
function markRetrying(worker: Worker, { attempt = 1, retryMs = 0 }: EventOf<'exit'>, how: string): void {
  worker.state = 'starting';
  worker.attempt = attempt;
  worker.problem = `attempt ${attempt}: ${how}; again in ${Math.round(retryMs / 1000)} s`;
  delete worker.pid;
  delete worker.startTime;
}

export function onAbort(state: SessionState, event: EventOf<'abort'>, at: EventPosition): void {
  if (event.worker === undefined) {
    if (state.aborted !== undefined) return;
    state.aborted = { by: event.by, ts: at.ts };
    const text = `the session was aborted by ${event.by}`;
    addBlock(state, { worker: event.by, event: 'PreToolUse', text, cause: { kind: 'abort' } }, at);
    return;
  }
  const worker = ensureWorker(state, event.worker, at);
  // a subagent cannot be ended from outside: it is what it is until Claude Code says otherwise
  if (worker === undefined || hasEnded(worker) || isSubagent(worker)) return;
  worker.abort ??= { by: event.by, ts: at.ts };
  if (worker.pid === undefined) endWorker(state, worker, 'aborted', at, `aborted by ${event.by}`);
}

/** What follows when a worker ends: locks pass on, its blocks end but those at Stop, it abstains, conditions settle. */
export function endWorker(
  state: SessionState,
  worker: Worker,
  how: WorkerState,
  at: EventPosition,
  problem?: string,
): void {
  worker.state = how;
  worker.endedTs = at.ts;
  if (problem !== undefined) worker.problem = problem;
  else if (worker.problem !== undefined) delete worker.problem;
  if (worker.progress !== undefined) worker.progress = finalProgress(worker.progress, how);
  state.watches.delete(worker.id);
  resetStopRefusals(state, worker.id);
  for (const [id, ask] of state.asks) if (ask.worker === worker.id) state.asks.delete(id);
  // conditions first: a guard `until done` ends because it holds, not because its worker is gone
  reevaluateConditions(state, at);
  dropLocksOf(state, worker.id, at);
  endBlocksOf(state, worker.id, at);
  abstain(state, worker.id, at);
  reevaluateConditions(state, at);
  failUnstartable(state, at);
}

/** What an ended worker's progress stays at: nothing is expected of it any more. */
function finalProgress({ ts, pct, message, phase }: Progress, how: WorkerState): Progress {
  return assignDefined<Progress>({ ts }, { pct: pct !== undefined && how === 'done' ? 100 : pct, message, phase });
}

/** A planned worker whose prerequisite failed never starts: it has failed too, and Stop is held until that is answered. */
export function failUnstartable(state: SessionState, at: EventPosition): void {
  for (const worker of state.workers.values()) {
    if (worker.state !== 'planned' || worker.after.length === 0) continue;
    if (state.runs.get(worker.run ?? '')?.asks !== undefined) continue;
    const conditions = pendingConditions(state, worker.after, worker.id);
    if (evaluate(state, conditions) !== 'never') continue;
    const why = `it needs that ${describePending(conditions)}, which can no longer happen`;
    const text = `${withTask(worker.id, worker.task)} was not started: ${why}`;
    holdStop(state, worker.id, text, { kind: 'prerequisite' }, at);
    endWorker(state, worker, 'failed', at, 'not started: a prerequisite failed');
  }
}

/** Whether a planned worker may start now, by its `after`. */
export function canStart(state: SessionState, worker: Worker): boolean {
  if (worker.state !== 'planned' || state.runs.get(worker.run ?? '')?.asks !== undefined) return false;
  return evaluate(state, pendingConditions(state, worker.after, worker.id)) === 'holds';
}
