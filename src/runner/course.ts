import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { remainingText } from '../core/workers/abortWorker.ts';
import type { NewEvent } from '../core/log/append.ts';
import { markBegun } from '../core/workers/claim.ts';
import { killWorker, membersOf, type WorkerProcesses } from '../core/workers/killWorker.ts';
import { workerPaths } from '../core/paths.ts';
import type { Plan } from '../protocol/ownFiles.ts';
import { duration } from '../core/project/words.ts';
import { hostIdentity, startTimeOf } from '../core/processes.ts';
import { say } from '../core/log/say.ts';
import type { SessionLog } from '../core/log/sessionLog.ts';
import type { Settings } from '../protocol/settings.ts';
import { ClaudeStream, shortAnswer } from './claudeStream.ts';
import {
  adoptCommand,
  startCommand,
  type Command,
  type CommandPlace,
  type Ending,
  type PlannedCommand,
} from './command.ts';
import { Resources } from './resources.ts';
import type { Starter } from './starter.ts';
import { isAborted, watchSession } from './watchSession.ts';

const MEGABYTE = 1 << 20;
/** The pause before the second attempt; it doubles up to a minute. */
const BACKOFF_MS = 1000;
const LONGEST_BACKOFF_MS = 60_000;

export interface CourseOptions {
  log: SessionLog;
  home: string;
  plan: Plan;
  planned: PlannedCommand;
  settings: Settings;
  starter: Starter;
  tell: (error: unknown) => void;
}

/** A worker's way from its claim to its end: what it needs, its attempts, its time, and whoever wants it to stop. */
export class Course {
  readonly #options: CourseOptions;
  readonly #dir: string;
  readonly #worker: string;
  readonly #resources: Resources;
  #stop: (how: 'aborted') => void = () => undefined;
  readonly #aborted = new Promise<'aborted'>((resolve) => {
    this.#stop = resolve;
  });

  constructor(options: CourseOptions) {
    this.#options = options;
    this.#dir = options.log.dir;
    this.#worker = options.planned.worker;
    this.#resources = new Resources(options.log, this.#worker, options.planned.resources ?? []);
  }

  /** Returns the `exit` to say; undefined where the log has the worker as ended already: it was aborted before it ran. */
  async run(orphan: boolean): Promise<NewEvent | undefined> {
    const { log, starter, tell } = this.#options;
    const unwatch = watchSession({
      log,
      worker: this.#worker,
      onLook: () => starter.start(),
      onAbort: () => this.#stop('aborted'),
      onError: tell,
    });
    try {
      return orphan ? await this.#takeOver() : await this.#attempts();
    } finally {
      unwatch();
      this.#resources.stop();
    }
  }

  async #attempts(): Promise<NewEvent | undefined> {
    if (!(await this.#resources.acquire())) return undefined;
    const { retries = 0 } = this.#options.planned;
    for (let attempt = 1; ; attempt++) {
      this.#options.log.refresh();
      if (isAborted(this.#options.log, this.#worker, Date.now())) return undefined;
      const { exit, again } = await this.#attempt(retries > 0 ? attempt : undefined);
      if (!again || attempt > retries) return exit;
      const retryMs = Math.min(BACKOFF_MS * 2 ** (attempt - 1), LONGEST_BACKOFF_MS);
      say(this.#dir, Date.now(), { ...exit, retryMs });
      await this.#pause(retryMs);
    }
  }

  async #pause(ms: number): Promise<void> {
    const timer = new AbortController();
    await Promise.race([after(ms, timer.signal), this.#aborted]);
    timer.abort();
  }

  async #attempt(attempt: number | undefined): Promise<{ exit: NewEvent; again: boolean }> {
    markBegun(this.#dir, this.#worker);
    const command = startCommand(this.#options.planned, this.#place());
    const startTime = command.pid === undefined ? undefined : startTimeOf(command.pid);
    const host = hostIdentity();
    say(this.#dir, Date.now(), this.#spawned(command, { startTime, host }, attempt));
    const target = { dir: this.#dir, worker: this.#worker, pid: command.pid, startTime, host, own: true };
    const { ending, aborted } = await this.#ending(command, target);
    const exit = { ...this.#exit(ending, command), ...(attempt === undefined ? {} : { attempt }) };
    return { exit, again: !aborted && ending.code !== 0 && command.pid !== undefined };
  }

  /** Goes on with a worker whose runner was killed. How it ends is not seen; that it ended is. */
  async #takeOver(): Promise<NewEvent> {
    this.#resources.takeOver();
    const { pid, startTime, host, startedTs } = this.#options.log.state.workers.get(this.#worker) ?? {};
    const command = adoptCommand(this.#options.planned, this.#place(), { pid: pid ?? 0, startTime });
    const message = `the runner of ${this.#worker} was killed; another one has taken over`;
    say(this.#dir, Date.now(), { t: 'log', level: 'warn', worker: this.#worker, message });
    const target = { dir: this.#dir, worker: this.#worker, pid, startTime, host };
    const { ending } = await this.#ending(command, target, startedTs);
    return this.#exit(ending, command);
  }

  /** Waits for the command's end, or brings it about when somebody aborts it or its time is up. */
  async #ending(
    command: Command,
    target: WorkerProcesses,
    startedMs = Date.now(),
  ): Promise<{ ending: Ending; aborted: boolean }> {
    const { log, planned } = this.#options;
    const timer = new AbortController();
    const waits: Promise<Ending | 'aborted' | 'late'>[] = [command.ended, this.#aborted];
    if (planned.timeoutMs !== undefined) {
      const left = planned.timeoutMs - (Date.now() - startedMs);
      waits.push(after(Math.max(0, left), timer.signal).then(() => 'late'));
    }
    const first = await Promise.race(waits);
    timer.abort();
    log.refresh();
    const aborted = first === 'aborted' || (command.pid !== undefined && isAborted(log, this.#worker, Date.now()));
    if (aborted || first === 'late') await this.#killAll(target);
    const ending = await command.ended;
    await command.finish();
    this.#tellOfRest(target);
    return {
      ending: first === 'late' ? { ...ending, reason: `timed out after ${duration(planned.timeoutMs ?? 0)}` } : ending,
      aborted,
    };
  }

  /** Ends all of the worker's processes. What resists is named in the log, and waited for: it is not over before they are. */
  async #killAll(target: WorkerProcesses): Promise<void> {
    const graceMs = this.#options.settings['workers.abortGraceSeconds'] * 1000;
    const remaining = await killWorker(target, graceMs);
    if (remaining.length === 0) return;
    const message = remainingText(this.#worker, remaining);
    say(this.#dir, Date.now(), { t: 'log', level: 'error', worker: this.#worker, message });
    while (membersOf(target).length > 0) await delay(500);
  }

  /** What a worker leaves behind runs on, and is named. */
  #tellOfRest(target: WorkerProcesses): void {
    const rest = membersOf(target);
    if (rest.length === 0) return;
    const message = `${this.#worker} has ended and left ${rest.length === 1 ? 'process' : 'processes'} ${rest.join(', ')} running`;
    say(this.#dir, Date.now(), { t: 'log', level: 'warn', worker: this.#worker, message });
  }

  #place(): CommandPlace {
    const { home, plan, planned, settings } = this.#options;
    return {
      dir: this.#dir,
      home,
      project: plan.project,
      claude: settings.claudePath || 'claude',
      keep: settings['workers.logMegabytes'] * MEGABYTE,
      onOutput: planned.claude === undefined ? undefined : this.#listener(),
    };
  }

  /** What a Claude worker does becomes events; its answer is put where other workers and the Conductor find it. */
  #listener(): (data: Buffer) => void {
    const stream = new ClaudeStream(this.#worker);
    return (data) => {
      try {
        const { events, answer } = stream.push(data);
        if (answer !== undefined) {
          const out = join(workerPaths(this.#dir, this.#worker).out, 'answer.md');
          writeFileSync(out, answer, { mode: 0o600 });
          events.push({ t: 'done', worker: this.#worker, result: shortAnswer(answer), out });
        }
        if (events.length > 0) say(this.#dir, Date.now(), ...events);
      } catch (error) {
        this.#options.tell(error);
      }
    };
  }

  #spawned(
    { pid, text }: Command,
    { startTime, host }: { startTime: string | undefined; host: string },
    attempt: number | undefined,
  ): NewEvent {
    const { task, after, cwd, parent, claude } = this.#options.planned;
    return {
      t: 'spawn',
      worker: this.#worker,
      ...(pid === undefined ? {} : { pid, host }),
      ...(pid === undefined || startTime === undefined ? {} : { startTime }),
      command: text.slice(0, 2000),
      ...(task === undefined ? {} : { task }),
      ...(parent === undefined ? {} : { parent }),
      ...(claude === undefined ? {} : { kind: 'claude' }),
      ...(attempt === undefined ? {} : { attempt }),
      after,
      cwd,
    };
  }

  #exit({ code, signal, reason, lost }: Ending, command: Command): NewEvent {
    const stderr = code === 0 ? '' : command.lastWords();
    return {
      t: 'exit',
      worker: this.#worker,
      code,
      ...(signal === undefined ? {} : { signal }),
      ...(reason === undefined ? {} : { reason }),
      ...(lost === undefined ? {} : { lost }),
      ...(stderr === '' ? {} : { stderr }),
    };
  }
}

/** Waits; ends early when the signal says so, too. */
async function after(ms: number, signal: AbortSignal): Promise<void> {
  // longer than a timer can count is as good as without end
  await delay(Math.min(ms, 0x7fff_ffff), undefined, { signal }).catch(() => undefined);
}
