import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionProblem, readConnection } from '#core/machines/connection.ts';
import { ensureBridgeFor } from '#core/machines/ensureBridge.ts';
import { hasEnded } from '#core/fold/conditions.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';
import { errorText } from '#core/base/errorLog.ts';
import type { NewEvent } from '#core/log/append.ts';
import { readPlanBytes } from '#core/plans/planFile.ts';
import { publish } from '#core/session/publish.ts';
import { readSeat, shareSession } from '#core/session/seat.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { Handover, Plan } from '#protocol/fileFormats.ts';
import type { Settings } from '#protocol/settings.ts';
import { runMachineCommand, type MachineCommand, type MachineExit } from './machineCommand.ts';
import { watchSession } from './watchSession.ts';

/** The pause before a broken connection is tried again; it doubles. */
const RETRY_MS = 5000;
const MAX_RETRY_MS = 60_000;
/** What its machine has published arrives a little later than the end of the command that reached it. */
const SETTLE_MS = 10_000;
/** The command of a worker that has ended ends itself once its results are sent, or is ended. */
const END_MS = 150_000;
/** The same for one that is not heard any more. */
const LOST_END_MS = 3000;

/** Waits for something at most so long; no timer is left that keeps the process. */
async function atMost(ms: number, something: Promise<unknown>): Promise<void> {
  const over = new AbortController();
  await Promise.race([something, delay(ms, undefined, { signal: over.signal })]);
  over.abort();
}

/**
 * Whether a worker may run over there though the command that reached its machine has ended before its word came back: then it is
 * heard a little later. A shell that finds no program, and `fermata worker` that refuses, have started nothing.
 */
const mayRun = ({ code, words }: MachineExit): boolean =>
  code !== 126 && code !== 127 && !/^fermata worker: /m.test(words);

export interface RemoteExecutionOptions {
  log: SessionLog;
  home: string;
  plan: Plan;
  planned: Plan['workers'][number] & { machine: string };
  settings: Settings;
  startOthers: () => void;
  onError: (error: unknown) => void;
}

/**
 * The execution of a worker on another machine, from its claim here to its end there: runs the machine's command, and runs it
 * again where the connection breaks. The runner over there publishes what the worker does.
 */
export class RemoteExecution {
  readonly #options: RemoteExecutionOptions;
  readonly #changed = new Set<() => void>();

  constructor(options: RemoteExecutionOptions) {
    this.#options = options;
  }

  /** Returns the `exit` event of a worker that could not be started; undefined where its end is in the log. */
  async run(): Promise<NewEvent | undefined> {
    const { log, home, planned, startOthers, onError } = this.#options;
    const { worker } = planned;
    const unwatch = watchSession({
      log,
      worker,
      onPoll: () => {
        startOthers();
        ensureBridgeFor(log.dir, home, process.env);
        for (const notify of this.#changed) notify();
      },
      onAbort: () => undefined,
      onError,
    });
    try {
      return await this.#keepConnected();
    } finally {
      unwatch();
    }
  }

  async #keepConnected(): Promise<NewEvent | undefined> {
    const { log, home, planned, settings } = this.#options;
    const { worker, machine } = planned;
    const command = settings['machines.start'][machine]?.command;
    if (command === undefined)
      return this.#failed(126, `the setting fermata.machines.start has no machine "${machine}"`);
    let handover: Handover;
    try {
      handover = this.#handover();
    } catch (error) {
      return this.#failed(126, error instanceof ConnectionProblem ? error.message : errorText(error));
    }
    for (let pauseMs = RETRY_MS, wasAttached = this.#isHeard(); ; pauseMs = Math.min(pauseMs * 2, MAX_RETRY_MS)) {
      const running = runMachineCommand(command, handover, home);
      void running.attached.then(() => (wasAttached = true));
      const exit = await Promise.race([running.exited, this.#until(() => this.#isOver(wasAttached))]);
      if (exit === undefined) return this.#end(running);
      const lastWord = exit.words === '' ? '' : `: ${exit.words.split('\n').slice(-3).join(' ')}`;
      if (!wasAttached && mayRun(exit))
        await atMost(
          SETTLE_MS,
          this.#until(() => this.#isHeard() || this.#isOver(false)),
        );
      if (wasAttached || this.#isHeard()) {
        await atMost(
          SETTLE_MS,
          this.#until(() => this.#hasEnded()),
        );
        if (this.#hasEnded()) return undefined;
        const message = `the connection to ${machine} ended (code ${exit.code})${lastWord}; it is tried again, and the worker goes on there`;
        publish(log.dir, Date.now(), { t: 'log', level: 'warn', worker, message });
        await atMost(
          pauseMs,
          this.#until(() => this.#isOver(true)),
        );
        if (this.#hasEnded()) return undefined;
      } else
        return this.#failed(
          exit.code ?? 126,
          `it could not be started on ${machine}${lastWord || ` (code ${exit.code})`}`,
        );
    }
  }

  /** All that the other machine needs. Shares the session where it was not. Throws ConnectionProblem or the system's error. */
  #handover(): Handover {
    const { log, plan, planned, settings } = this.#options;
    const connection = readConnection(settings);
    if (connection === undefined)
      throw new ConnectionProblem(
        `it runs on ${planned.machine}, and no server carries words from there: set fermata.machines.url, or run "fermata machines serve"`,
      );
    const { name, space } = connection;
    if (readSeat(log.dir) === undefined) shareSession(log.dir, { space, machine: name });
    const { cwd, credentials } = settings['machines.start'][planned.machine] ?? {};
    return {
      version: 1,
      session: plan.session,
      seat: name,
      machine: planned.machine,
      space,
      run: plan.run,
      worker: planned.worker,
      plan: readPlanBytes(log.dir, plan.run).toString('utf8'),
      ...(cwd !== undefined && { cwd }),
      bringMegabytes: settings['machines.bringMegabytes'],
      url: settings['machines.url'],
      ...(connection.ca !== undefined && { ca: connection.ca }),
      ...(credentials !== undefined && { credentials: readLinkedBytes(credentials, 65_536).toString('utf8') }),
    };
  }

  /** Whether its machine has published something of the worker. */
  #isHeard(): boolean {
    const state = this.#options.log.state.workers.get(this.#options.planned.worker)?.state;
    return state !== undefined && state !== 'planned';
  }

  #hasEnded(): boolean {
    const known = this.#options.log.state.workers.get(this.#options.planned.worker);
    return known === undefined || hasEnded(known);
  }

  /** Whether nothing is to be waited for: the worker has ended, or was aborted before it could be there. */
  #isOver(wasAttached: boolean): boolean {
    const { log, planned } = this.#options;
    if (this.#hasEnded()) return true;
    const aborted = log.state.workers.get(planned.worker)?.abort !== undefined;
    return aborted && !wasAttached && !this.#isHeard();
  }

  /** Resolves when the condition holds, which is looked at after each change of the log. */
  #until(holds: () => boolean): Promise<undefined> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.#changed.delete(check);
        resolve(undefined);
      };
      this.#changed.add(check);
      check();
    });
  }

  async #end(running: MachineCommand): Promise<NewEvent | undefined> {
    await atMost(this.#endMs(), running.exited);
    running.stop();
    return this.#hasEnded() ? undefined : this.#failed(null, 'aborted before it was started');
  }

  #endMs(): number {
    if (!this.#hasEnded()) return 0;
    return this.#options.log.state.workers.get(this.#options.planned.worker)?.state === 'lost' ? LOST_END_MS : END_MS;
  }

  #failed(code: MachineExit['code'], reason: string): NewEvent {
    return { t: 'exit', worker: this.#options.planned.worker, code, reason };
  }
}
