import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { truncate } from '#core/base/text.ts';
import { remainingText } from '#core/workers/abortWorker.ts';
import type { NewEvent } from '#core/log/append.ts';
import { markStarted } from '#core/workers/claim.ts';
import { killWorker } from '#core/workers/killWorker.ts';
import { membersOf, type WorkerProcesses } from '#core/workers/workerProcesses.ts';
import { workerPaths } from '#core/base/paths.ts';
import type { Plan } from '#protocol/fileFormats.ts';
import { formatDuration } from '#protocol/duration.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { runningMs, startTimeOf } from '#core/base/processes.ts';
import { decidesOtherwise } from '#core/session/decides.ts';
import { ensureBridgeFor } from '#core/machines/ensureBridge.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { masked } from '#core/base/masking.ts';
import { shellCommand } from '#core/base/shellQuote.ts';
import { ranEvents } from '#core/policy/seenProofs.ts';
import { isCopy } from '#core/session/seat.ts';
import { findClaude } from '#core/install/executables.ts';
import type { Settings } from '#protocol/settings.ts';
import { ClaudeStream, shortAnswer } from './claudeStream.ts';
import {
  adoptCommand,
  startCommand,
  type RunningCommand,
  type CommandContext,
  type ExitStatus,
  type PlannedCommand,
} from './command.ts';
import type { PersistentPublisher } from './persistentPublisher.ts';
import { Resources } from './resources.ts';
import { isAborted, watchSession } from './watchSession.ts';

const MEGABYTE = 1 << 20;
/** The pause before the second attempt; it doubles up to a minute. */
const BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 60_000;

export interface WorkerExecutionOptions {
  log: SessionLog;
  /** Takes what is reported of the worker. */
  publisher: PersistentPublisher;
  home: string;
  plan: Plan;
  planned: PlannedCommand;
  settings: Settings;
  /** Starts the workers that have become startable. */
  startOthers: () => void;
  onError: (error: unknown) => void;
}

/** The execution of one worker, from its claim to its end: resources, attempts, timeout and abort. */
export class WorkerExecution {
  readonly #options: WorkerExecutionOptions;
  readonly #dir: string;
  readonly #worker: string;
  readonly #resources: Resources;
  #stop: (how: 'aborted') => void = () => undefined;
  readonly #aborted = new Promise<'aborted'>((resolve) => {
    this.#stop = resolve;
  });

  constructor(options: WorkerExecutionOptions) {
    this.#options = options;
    this.#dir = options.log.dir;
    this.#worker = options.planned.worker;
    this.#resources = new Resources(options.log, this.#worker, options.planned.resources ?? []);
  }

  /** Returns the `exit` event to publish; undefined if the worker was aborted before it ran, which the log has already. */
  async run(orphan: boolean): Promise<NewEvent | undefined> {
    const { log, home, startOthers, onError } = this.#options;
    const unwatch = watchSession({
      log,
      worker: this.#worker,
      onPoll: () => {
        startOthers();
        ensureBridgeFor(log.dir, home, process.env);
      },
      onAbort: () => this.#stop('aborted'),
      onError,
    });
    try {
      return orphan ? await this.#takeOver() : await this.#runAttempts();
    } finally {
      unwatch();
      this.#resources.stop();
    }
  }

  async #runAttempts(): Promise<NewEvent | undefined> {
    const { resources = [] } = this.#options.planned;
    const reason = resources.length === 0 ? undefined : decidesOtherwise(this.#dir);
    if (reason !== undefined) return { t: 'exit', worker: this.#worker, code: 126, reason };
    if (!(await this.#resources.acquire())) return undefined;
    const { retries = 0 } = this.#options.planned;
    for (let attempt = 1; ; attempt++) {
      this.#options.log.refresh();
      if (isAborted(this.#options.log, this.#worker, Date.now())) return undefined;
      const { exit, retry } = await this.#runAttempt(retries > 0 ? attempt : undefined);
      if (!retry || attempt > retries) return exit;
      const retryMs = Math.min(BACKOFF_MS * 2 ** (attempt - 1), MAX_BACKOFF_MS);
      this.#options.publisher.publish({ ...exit, retryMs });
      await this.#waitForRetry(retryMs);
    }
  }

  async #waitForRetry(ms: number): Promise<void> {
    const timer = new AbortController();
    await Promise.race([sleep(ms, timer.signal), this.#aborted]);
    timer.abort();
  }

  async #runAttempt(attempt: number | undefined): Promise<{ exit: NewEvent; retry: boolean }> {
    markStarted(this.#dir, this.#worker);
    const startedTs = Date.now();
    const command = startCommand(this.#options.planned, this.#commandContext());
    const startTime = command.pid === undefined ? undefined : startTimeOf(command.pid);
    const target = {
      dir: this.#dir,
      worker: this.#worker,
      pid: command.pid,
      startTime,
      host: hostIdentity(),
      own: true,
    };
    this.#options.publisher.publish(this.#spawnEvent(target, command.text, attempt));
    const { exitStatus, aborted } = await this.#waitForExit(command, target);
    const exit = { ...this.#exitEvent(exitStatus, command), attempt };
    if (!aborted) await this.#reportProofs(exitStatus, startedTs);
    return { exit, retry: !aborted && exitStatus.code !== 0 && command.pid !== undefined };
  }

  /** Takes over a worker whose runner was killed. Its exit code cannot be read, only that it has ended. */
  async #takeOver(): Promise<NewEvent> {
    this.#resources.takeOver();
    const { pid, startTime, host, startedTs } = this.#options.log.state.workers.get(this.#worker) ?? {};
    const command = adoptCommand(this.#options.planned, this.#commandContext(), pid ?? 0, startTime);
    const message = `the runner of ${this.#worker} was killed; another one has taken over`;
    this.#options.publisher.publish({ t: 'log', level: 'warn', worker: this.#worker, message });
    const target = { dir: this.#dir, worker: this.#worker, pid, startTime, host };
    const elapsedMs = pid === undefined ? 0 : (runningMs(pid) ?? Date.now() - (startedTs ?? Date.now()));
    const { exitStatus } = await this.#waitForExit(command, target, elapsedMs);
    return this.#exitEvent(exitStatus, command);
  }

  /** Waits for the command's end; kills the command when it is aborted or its timeout is over. */
  async #waitForExit(
    command: RunningCommand,
    target: WorkerProcesses,
    elapsedMs = 0,
  ): Promise<{ exitStatus: ExitStatus; aborted: boolean }> {
    const { log, planned } = this.#options;
    const timer = new AbortController();
    const waits: Promise<ExitStatus | 'aborted' | 'late'>[] = [command.exited, this.#aborted];
    if (planned.timeoutMs !== undefined) {
      const remainingMs = planned.timeoutMs - Math.max(0, elapsedMs);
      waits.push(sleep(Math.max(0, remainingMs), timer.signal).then(() => 'late'));
    }
    const first = await Promise.race(waits);
    timer.abort();
    log.refresh();
    const aborted = first === 'aborted' || (command.pid !== undefined && isAborted(log, this.#worker, Date.now()));
    if (aborted || first === 'late') await this.#killAll(target);
    const exitStatus = await command.exited;
    await command.finish();
    this.#reportLeftovers(target);
    if (first === 'late') exitStatus.reason = `timed out after ${formatDuration(planned.timeoutMs ?? 0)}`;
    return { exitStatus, aborted };
  }

  /** Kills all processes of the worker. Logs the ones that resist, and goes on until they have ended. */
  async #killAll(target: WorkerProcesses): Promise<void> {
    const graceMs = this.#options.settings['workers.abortGraceSeconds'] * 1000;
    const remaining = await killWorker(target, graceMs);
    if (remaining.length === 0) return;
    const message = remainingText(this.#worker, remaining);
    this.#options.publisher.publish({ t: 'log', level: 'error', worker: this.#worker, message });
    while ((await killWorker(target, 0)).length > 0) await delay(500);
  }

  /** Logs the processes that a worker has left running. */
  #reportLeftovers(target: WorkerProcesses): void {
    const leftovers = membersOf(target);
    if (leftovers.length === 0) return;
    const message = `${this.#worker} has ended and left ${leftovers.length === 1 ? 'process' : 'processes'} ${leftovers.join(', ')} running`;
    this.#options.publisher.publish({ t: 'log', level: 'warn', worker: this.#worker, message });
  }

  #commandContext(): CommandContext {
    const { home, plan, planned, settings } = this.#options;
    return {
      dir: this.#dir,
      home,
      project: plan.project,
      claude: findClaude(settings.claudePath, process.env, [plan.project]),
      maxOutputBytes: settings['workers.logMegabytes'] * MEGABYTE,
      onOutput: planned.claude === undefined ? undefined : this.#outputListener(),
    };
  }

  /** Publishes the output of a Claude worker as events, and writes its answer into its `out` folder. */
  #outputListener(): (data: Buffer) => void {
    const stream = new ClaudeStream(this.#worker);
    return (data) => {
      try {
        const { events, answer } = stream.push(data);
        if (answer !== undefined) {
          const out = join(workerPaths(this.#dir, this.#worker).out, 'answer.md');
          writeFileAtomic(out, answer, { mode: 0o600, durable: false });
          events.push({ t: 'done', worker: this.#worker, result: shortAnswer(answer), out });
        }
        if (events.length > 0) this.#options.publisher.publish(...events);
      } catch (error) {
        this.#options.onError(error);
      }
    };
  }

  #spawnEvent({ pid, host, startTime }: WorkerProcesses, text: string, attempt: number | undefined): NewEvent {
    const { task, after, cwd, parent, claude } = this.#options.planned;
    return {
      t: 'spawn',
      worker: this.#worker,
      pid,
      ...(pid !== undefined && { host, startTime }),
      command: truncate(masked(text), 2000),
      task,
      parent,
      kind: claude && 'claude',
      attempt,
      after,
      cwd,
    };
  }

  /** A command for which a condition `proven:` waits was seen to its end. On another machine the files are others. */
  async #reportProofs({ code }: ExitStatus, startedTs: number): Promise<void> {
    const { log, planned, plan, publisher, onError } = this.#options;
    const text = planned.shell ?? (planned.run === undefined ? undefined : shellCommand(planned.run, 'sh'));
    if (text === undefined || isCopy(this.#dir)) return;
    try {
      const place = { state: log.state, root: log.state.session.cwd ?? plan.project, env: process.env };
      const cwd = planned.cwd ?? plan.project;
      const seen = { text, cwd, code: code ?? -1, worker: this.#worker, startedTs, now: Date.now };
      publisher.publish(...(await ranEvents(place, seen)));
    } catch (error) {
      onError(error);
    }
  }

  #exitEvent({ code, signal, reason, lost }: ExitStatus, command: RunningCommand): NewEvent {
    const stderr = code === 0 ? '' : command.stderrTail();
    return { t: 'exit', worker: this.#worker, code, signal, reason, lost, stderr: stderr || undefined };
  }
}

/** Waits for a time or until the signal is aborted. */
async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  // the maximum of a timer
  await delay(Math.min(ms, 0x7fff_ffff), undefined, { signal }).catch(() => undefined);
}
