import type { EventOf } from '../../protocol/event.ts';
import { CONDUCTOR, USER } from '../../protocol/ids.ts';
import type { SessionState, Worker } from '../../protocol/state.ts';
import type { WorkerState } from '../../protocol/viewModel.ts';
import { abstain, awaitAgain } from './ballots.ts';
import { addBlock, endBlocksOf, forgetRounds, holdStop, settleBlocks } from './blocks.ts';
import { hasEnded, openInWords, pendingConditions, verdict } from './conditions.ts';
import { dropLocksOf } from './locks.ts';
import { put } from './put.ts';
import { notice, withTask, type At } from './state.ts';
import { isSubagent, SUBAGENT } from './subagents.ts';

type Progress = NonNullable<Worker['progress']>;

/** The worker of that name; one that nobody announced is at work from its first word on. */
function workerOf(state: SessionState, id: string, at: At): Worker | undefined {
  if (id === CONDUCTOR || id === USER) return undefined;
  let worker = state.workers.get(id);
  if (worker === undefined) {
    worker = {
      id,
      state: 'running',
      pos: at.pos,
      after: [],
      critical: false,
      saidDone: false,
      startedTs: at.ts,
      pace: { sinceTs: at.ts, lines: 0 },
    };
    state.workers.set(id, worker);
  }
  return worker;
}

/** A sign of life. One of a worker that was given up for lost revives it, without its locks. */
export function alive(state: SessionState, id: string, at: At): Worker | undefined {
  const worker = workerOf(state, id, at);
  if (worker === undefined) return undefined;
  worker.lastTs = at.ts;
  if (worker.state === 'lost') forgetEnd(state, worker);
  return worker;
}

/** It is at work again: one that was given up for lost, or a subagent that was sent another message. */
function forgetEnd(state: SessionState, worker: Worker): void {
  worker.state = 'running';
  worker.saidDone = false;
  delete worker.endedTs;
  delete worker.problem;
  forgetRounds(state, worker.id);
  awaitAgain(state, worker.id);
}

/** A process was started for it (with `pid`), or it announces itself. */
export function onSpawn(state: SessionState, event: EventOf<'spawn'>, at: At): void {
  const worker = workerOf(state, event.worker, at);
  if (worker === undefined) return;
  const again = hasEnded(worker) && (worker.state === 'lost' || (isSubagent(worker) && event.kind === SUBAGENT));
  if (hasEnded(worker) && !again) return;
  const { task, pid, startTime, host, command, after, parent, kind, cwd, attempt, session } = event;
  put(worker, { task, pid, startTime, host, command, after, parent, kind, cwd, attempt, session });
  if (worker.state !== 'running') worker.startedTs = at.ts;
  if (again) forgetEnd(state, worker);
  // what an earlier attempt failed of is past
  if (attempt !== undefined && attempt > 1) delete worker.problem;
  worker.state = 'running';
  worker.lastTs = at.ts;
}

export function onProgress(state: SessionState, event: EventOf<'progress'>, at: At): void {
  const worker = alive(state, event.worker, at);
  if (worker === undefined) return;
  const { done, total, etaMs } = event;
  const share = done !== undefined && total !== undefined && total > 0 ? (100 * done) / total : undefined;
  const before = worker.progress;
  const pct = event.pct ?? (share === undefined ? before?.pct : Math.min(100, Math.max(0, share)));
  const message = event.message ?? before?.message;
  const phase = event.phase ?? before?.phase;
  worker.progress = put<Progress>({ ts: at.ts }, { pct, etaMs, message, phase });
  put(worker, { lastMessage: event.message });
}

/** A task is done. A worker without a process ends here; one with a process, or a runner, ends at its exit. */
export function onDone(state: SessionState, event: EventOf<'done'>, at: At): void {
  const named = event.worker ?? onlyWorkerWith(state, event.task);
  const worker = named === undefined ? undefined : alive(state, named, at);
  if (worker === undefined) return;
  worker.saidDone = true;
  if (typeof event.result === 'string' && event.result !== '') worker.lastMessage = event.result;
  // a planned one has a runner, whose lines may come after the worker's own first ones
  if (worker.pid === undefined && worker.run === undefined) end(state, worker, 'done', at);
}

function onlyWorkerWith(state: SessionState, task: string | undefined): string | undefined {
  if (task === undefined) return undefined;
  const those = [...state.workers.values()].filter((w) => w.task === task && !hasEnded(w));
  return those.length === 1 ? those[0]?.id : undefined;
}

/** An error it reports itself; a critical one holds Stop until somebody says what was done about it. */
export function onError(state: SessionState, event: EventOf<'error'>, at: At): void {
  const worker = alive(state, event.worker, at);
  if (worker !== undefined) {
    worker.problem = event.message;
    worker.lastMessage = event.message;
  }
  if (event.critical !== true) return notice(state, at, 'warning', event.message, event.worker);
  holdStop(state, event.worker, criticalText(event.message), { kind: 'critical' }, at);
}

const criticalText = (message: string): string => (/^critical\b/i.test(message) ? message : `CRITICAL: ${message}`);

/** The process has ended, or nobody saw how. */
export function onExit(state: SessionState, event: EventOf<'exit'>, at: At): void {
  const worker = workerOf(state, event.worker, at);
  if (worker === undefined || (hasEnded(worker) && worker.state !== 'lost')) return;
  const code = event.code ?? undefined;
  const signal = event.signal ?? undefined;
  if (worker.abort !== undefined) return end(state, worker, 'aborted', at, `aborted by ${worker.abort.by}`);
  if (event.lost === true) {
    // of a planned one that has said itself that its task is done nothing is missing
    if (worker.saidDone && worker.run !== undefined) return end(state, worker, 'done', at);
    return end(state, worker, 'lost', at, event.reason ?? 'its process is gone and nobody saw how it ended');
  }
  if (code === 0) return end(state, worker, 'done', at);
  const how = event.reason ?? (signal === undefined ? `exit code ${code ?? 'unknown'}` : `killed by ${signal}`);
  if (event.retryMs !== undefined) return tryAgain(worker, event, how);
  const problem = worker.problem === undefined ? how : `${worker.problem} (${how})`;
  end(state, worker, 'failed', at, problem);
  // what it reported itself as critical already holds Stop
  const said = [...state.blocks.values()].some((b) => b.worker === worker.id && b.cause.kind === 'critical');
  const lines = event.stderr?.trim() ?? '';
  worker.lastMessage ??= lines.split('\n').at(-1);
  if (worker.lastMessage === undefined || worker.lastMessage === '') delete worker.lastMessage;
  if (worker.critical && !said) {
    const about = lines === '' ? '' : `\nThe last it wrote to standard error:\n${lines}`;
    const text = criticalText(`${withTask(worker.id, worker.task)} failed: ${problem}${about}`);
    holdStop(state, worker.id, text, { kind: 'critical' }, at);
  }
}

/** An attempt failed and the next one follows: no process is there until then. */
function tryAgain(worker: Worker, { attempt = 1, retryMs = 0 }: EventOf<'exit'>, how: string): void {
  worker.state = 'starting';
  worker.attempt = attempt;
  worker.problem = `attempt ${attempt}: ${how}; again in ${Math.round(retryMs / 1000)} s`;
  delete worker.pid;
  delete worker.startTime;
}

export function onAbort(state: SessionState, event: EventOf<'abort'>, at: At): void {
  if (event.worker === undefined) {
    if (state.aborted !== undefined) return;
    state.aborted = { by: event.by, ts: at.ts };
    const text = `the session was aborted by ${event.by}`;
    addBlock(state, { worker: event.by, event: 'PreToolUse', text, cause: { kind: 'abort' } }, at);
    return;
  }
  const worker = workerOf(state, event.worker, at);
  // a subagent cannot be ended from outside: it is what it is until Claude Code says otherwise
  if (worker === undefined || hasEnded(worker) || isSubagent(worker)) return;
  worker.abort ??= { by: event.by, ts: at.ts };
  if (worker.pid === undefined) end(state, worker, 'aborted', at, `aborted by ${event.by}`);
}

/** What follows when a worker ends: locks pass on, its blocks end but those at Stop, it abstains, conditions settle. */
export function end(state: SessionState, worker: Worker, how: WorkerState, at: At, problem?: string): void {
  worker.state = how;
  worker.endedTs = at.ts;
  if (problem !== undefined) worker.problem = problem;
  else if (worker.problem !== undefined) delete worker.problem;
  if (worker.progress !== undefined) worker.progress = lastProgress(worker.progress, how);
  state.watches.delete(worker.id);
  forgetRounds(state, worker.id);
  for (const [id, ask] of state.asks) if (ask.worker === worker.id) state.asks.delete(id);
  // conditions first: a guard `until done` ends because it holds, not because its worker is gone
  settleBlocks(state, at);
  dropLocksOf(state, worker.id, at);
  endBlocksOf(state, worker.id, at);
  abstain(state, worker.id, at);
  settleBlocks(state, at);
  failUnstartable(state, at);
}

/** What an ended worker's progress stays at: nothing is expected of it any more. */
function lastProgress({ ts, pct, message, phase }: Progress, how: WorkerState): Progress {
  return put<Progress>({ ts }, { pct: pct !== undefined && how === 'done' ? 100 : pct, message, phase });
}

/** A planned worker whose prerequisite failed never starts: it has failed too, and Stop is held until that is answered. */
export function failUnstartable(state: SessionState, at: At): void {
  for (const worker of state.workers.values()) {
    if (worker.state !== 'planned' || worker.after.length === 0) continue;
    if (state.runs.get(worker.run ?? '')?.asks !== undefined) continue;
    const conditions = pendingConditions(state, worker.after, worker.id);
    if (verdict(state, conditions) !== 'never') continue;
    const why = `it needs that ${openInWords(conditions)}, which can no longer happen`;
    const text = `${withTask(worker.id, worker.task)} was not started: ${why}`;
    holdStop(state, worker.id, text, { kind: 'prerequisite' }, at);
    end(state, worker, 'failed', at, 'not started: a prerequisite failed');
  }
}

/** Whether a planned worker may start now, by its `after`. */
export function startable(state: SessionState, worker: Worker): boolean {
  if (worker.state !== 'planned' || state.runs.get(worker.run ?? '')?.asks !== undefined) return false;
  return verdict(state, pendingConditions(state, worker.after, worker.id)) === 'holds';
}
