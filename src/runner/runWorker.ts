import { remainingText } from '../core/abortWorker.ts';
import type { NewEvent } from '../core/append.ts';
import { claimWorker } from '../core/claim.ts';
import { startable } from '../core/fold/workers.ts';
import { killWorker, membersOf, type WorkerProcesses } from '../core/killWorker.ts';
import { PlanChangedError, readPlan } from '../core/plan.ts';
import type { Plan } from '../protocol/ownFiles.ts';
import { hostIdentity, startTimeOf } from '../core/processes.ts';
import { say } from '../core/say.ts';
import { SessionLog } from '../core/sessionLog.ts';
import { loadSettings } from '../core/settingsFile.ts';
import { setTimeout as delay } from 'node:timers/promises';
import { startCommand, type Command, type Ending } from './command.ts';
import { Starter } from './starter.ts';
import { isAborted, watchSession } from './watchSession.ts';

export interface RunRequest {
  dir: string;
  home: string;
  worker: string;
  /** This program, for starting further runners. */
  runner: string;
  tell: (error: unknown) => void;
}

/**
 * Runs one planned worker from its claim to its `exit`, then starts what became startable. Does nothing if the worker
 * may not start (any more) or somebody else claimed it.
 */
export async function runWorker({ dir, home, worker, runner, tell }: RunRequest): Promise<void> {
  const log = new SessionLog(dir);
  log.refresh();
  const known = log.state.workers.get(worker);
  if (log.readOnly || known?.run === undefined || !startable(log.state, known) || !claimWorker(dir, worker)) return;
  const starter = new Starter({ log, home, runner, tell });
  const plan = planOf(log, known.run, worker);
  const planned = plan?.workers.find((w) => w.worker === worker);
  if (plan === undefined || planned === undefined) return starter.start();
  log.refresh();
  // aborted between the claim and now: the log has it as ended already
  if (isAborted(log, worker, Date.now())) return starter.start();

  const command = startCommand(planned, { dir, home, project: plan.project });
  const startTime = command.pid === undefined ? undefined : startTimeOf(command.pid);
  const host = hostIdentity();
  const { task, after } = planned;
  const pid =
    command.pid === undefined ? {} : { pid: command.pid, host, ...(startTime === undefined ? {} : { startTime }) };
  const said = {
    ...pid,
    command: command.text.slice(0, 2000),
    ...(task === undefined ? {} : { task }),
    after,
    cwd: planned.cwd,
  };
  say(dir, Date.now(), { t: 'spawn', worker, ...said });

  const { abortGraceSeconds } = graceOf(home, plan.project);
  const target = { dir, worker, pid: command.pid, startTime, host, own: true };
  const exit = await ending({ log, target, command, starter, graceMs: abortGraceSeconds * 1000, tell });
  say(dir, Date.now(), exit);
  log.refresh();
  starter.start();
  log.saveSnapshot();
}

function graceOf(home: string, project: string): { abortGraceSeconds: number } {
  return { abortGraceSeconds: loadSettings(home, project).settings['workers.abortGraceSeconds'] };
}

/** The plan as it was announced. One that was changed is not executed: that is critical, and the worker has failed. */
function planOf(log: SessionLog, run: string, worker: string): Plan | undefined {
  try {
    return readPlan(log.dir, run, log.state.runs.get(run)?.sha256 ?? '');
  } catch (error) {
    if (!(error instanceof PlanChangedError)) throw error;
    const reason = `${error.message}; ${worker} was not started`;
    say(
      log.dir,
      Date.now(),
      { t: 'error', worker, critical: true, message: reason },
      { t: 'exit', worker, code: 126, reason },
    );
    log.refresh();
    return undefined;
  }
}

interface Course {
  log: SessionLog;
  target: WorkerProcesses;
  command: Command;
  starter: Starter;
  graceMs: number;
  tell: (error: unknown) => void;
}

/** Waits for the command's end, or brings it about when somebody aborts it; returns the `exit` to say. */
async function ending({ log, target, command, starter, graceMs, tell }: Course): Promise<NewEvent> {
  const { worker } = target;
  let stop = (): void => {};
  const aborted = new Promise<'aborted'>((resolve) => {
    stop = watchSession({
      log,
      worker,
      onLook: () => starter.start(),
      onAbort: () => resolve('aborted'),
      onError: tell,
    });
  });
  try {
    const first = await Promise.race([command.ended, aborted]);
    log.refresh();
    const killed = first === 'aborted' || (command.pid !== undefined && isAborted(log, worker, Date.now()));
    if (killed) await killAll(log.dir, target, graceMs);
    return exitOf(worker, first === 'aborted' ? await command.ended : first);
  } finally {
    stop();
  }
}

const exitOf = (worker: string, { code, signal, reason }: Ending): NewEvent => ({
  t: 'exit',
  worker,
  code,
  ...(signal === undefined ? {} : { signal }),
  ...(reason === undefined ? {} : { reason }),
});

/** Ends all of a worker's processes. What resists is named in the log, and waited for: it is not over before they are. */
async function killAll(dir: string, target: WorkerProcesses, graceMs: number): Promise<void> {
  const remaining = await killWorker(target, graceMs);
  if (remaining.length === 0) return;
  const message = remainingText(target.worker, remaining);
  say(dir, Date.now(), { t: 'log', level: 'error', worker: target.worker, message });
  while (membersOf(target).length > 0) await delay(500);
}
