import { constants } from 'node:os';
import { monotonicMs } from '#core/base/clock.ts';
import { thisProcess } from '#core/base/processes.ts';
import { holdersOf } from '#core/fold/lockTree.ts';
import { FILE } from '#core/fold/resources.ts';
import type { NewEvent } from '#core/log/append.ts';
import { publishedResource } from '#core/session/publishedPath.ts';
import { nonce } from '#core/base/nonce.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { LOCK_TOKEN, publishExpiries } from '#core/session/expiries.ts';
import { publish } from '#core/session/publish.ts';
import { readSeat } from '#core/session/seat.ts';
import type { Acquire, SessionState } from '#protocol/state.ts';
import { assertDecides, notArrived } from '#cli/arrival.ts';
import { LeaseTime } from '#cli/leaseTime.ts';
import { callerOf, logOf, pathContextOf, publishAndRefresh } from '#cli/caller.ts';
import { LockedCommand } from '#cli/lockedCommand.ts';
import { print } from '#cli/output.ts';
import { checkedName, durationOption, isDuration } from '#cli/args.ts';
import { EXIT, Failure, refused, usage } from '#cli/exit.ts';
import { flagOption, textOption, type Call, type OptionSpec, type Verb } from '#cli/verb.ts';
import { waitTimeout, waitUntil } from '#cli/waiting.ts';

const LEASE_MS = 30_000;

const LOCK_OPTIONS: Record<string, OptionSpec> = {
  shared: flagOption('share it with others who share it'),
  ttl: textOption('D', 'it is given back after this time unless renewed'),
};

/** The status of an acquire: granted, queued, or neither (lost, or not in the log). */
function acquireStatus(state: SessionState, resource: string, id: string) {
  const lock = state.locks.get(resource);
  return {
    granted: lock?.holders.find((h) => h.id === id),
    queued: lock?.queue.find((q) => q.id === id),
    lost: lock?.former.findLast((f) => f.id === id)?.why,
  };
}

function inUseMessage(state: SessionState, resource: string): string {
  const holders = holdersOf(state, resource).map((held) =>
    held.resource === resource ? held.holder.worker : `${held.holder.worker} (as ${held.resource})`,
  );
  return `Resource ${resource} in use by ${holders.join(', ') || 'those who wait for it'}`;
}

/** The argument as the log names it. */
function resourceOf(call: Call, arg: string): string {
  const name = checkedName(arg, 'RESOURCE');
  if (name.trim().toLowerCase() === FILE) throw usage('file: needs a path, as in file:src/app.ts');
  return checkedName(publishedResource(name, pathContextOf(call, logOf(call))), 'RESOURCE');
}

type LockRequest = ReturnType<typeof requestLock>;

/** Publishes an acquire and reads the log back, which decides who holds the resource. */
function requestLock(
  call: Call,
  resource: string,
  wait: boolean,
  id: string,
  ttlMs: number | undefined,
  holder: Partial<NewEvent> = {},
) {
  const log = logOf(call);
  assertDecides(log);
  const worker = callerOf(call, log);
  publishExpiries(log, call.io.now());
  reportLost(log, call.io.now());
  const mode = call.flag('shared') ? 'shared' : undefined;
  const event: NewEvent = { t: 'acquire', worker, resource, id, mode, ttlMs, ...holder };
  publishAndRefresh(call, log, { ...event, wait: wait || undefined });
  /** Renews the lease by repeating the acquire. Does nothing once that is lost: a renewal must not become a new request. */
  const renew = (): void => {
    const { granted, queued } = acquireStatus(log.state, resource, id);
    if (ttlMs === undefined || (granted === undefined && queued === undefined)) return;
    try {
      publish(log.dir, call.io.now(), event);
    } catch (error) {
      call.io.stderr(`fermata: ${resource} could not be renewed: ${(error as Error).message}\n`);
    }
  };
  return { log, resource, worker, id, renew, ttlMs };
}

/** On a machine that has only a copy, waits until the seat has the request. Throws where it does not arrive in time. */
async function awaitArrival({ log, resource }: LockRequest, timeoutMs?: number): Promise<void> {
  if ((await notArrived(log, timeoutMs)) === undefined) return;
  const seat = readSeat(log.dir)?.seat ?? 'the machine of the session';
  throw new Failure(
    EXIT.timedOut,
    `${seat} did not answer in time: ${resource} is not yours, and the request is withdrawn`,
  );
}

/** Waits in the queue until the resource is granted. A caller that gives up or is interrupted leaves the queue. */
async function awaitTurn(call: Call, request: LockRequest): Promise<Acquire> {
  const { log, resource, worker, id, renew, ttlMs } = request;
  const timeoutMs = waitTimeout(call, 'wait');
  const startedMs = monotonicMs();
  const remainingMs = (): number | undefined =>
    timeoutMs === undefined ? undefined : Math.max(0, timeoutMs - (monotonicMs() - startedMs));
  const check = (state: SessionState): { acquired?: Acquire; lost?: string } | undefined => {
    const { granted, queued, lost } = acquireStatus(state, resource, id);
    if (granted !== undefined) return { acquired: granted };
    return queued === undefined ? { lost: lost ?? 'no longer in the queue' } : undefined;
  };
  const leave = (): void => publish(log.dir, call.io.now(), { t: 'release', worker, resource, id });
  const onInterrupt = (signal: NodeJS.Signals): void => {
    leave();
    process.exit(128 + constants.signals[signal]);
  };
  const unlisten = onSignals(onInterrupt);
  // a place in the queue is a lease, too
  const renewTimer = ttlMs === undefined ? undefined : setInterval(renew, ttlMs / 3);
  try {
    await awaitArrival(request, timeoutMs ?? Infinity);
    const result = await waitUntil(call, log, inUseMessage(log.state, resource), check, remainingMs());
    if (result.acquired === undefined)
      throw new Failure(EXIT.lockLost, `the place in the queue for ${resource} was lost: ${result.lost ?? ''}`);
    renew();
    return result.acquired;
  } catch (error) {
    leave();
    throw error;
  } finally {
    clearInterval(renewTimer);
    unlisten();
  }
}

/** Calls `listener` for each signal by which a person or a system ends a program. Returns a function that stops it. */
function onSignals(listener: (signal: NodeJS.Signals) => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, listener);
  return () => signals.forEach((signal) => process.off(signal, listener));
}

export const acquire: Verb = {
  name: 'acquire',
  summary:
    'Ask for a resource (a lock); file:PATH also keeps everybody else from editing that file, or what is in that folder',
  args: ['RESOURCE'],
  usage: 'RESOURCE [--shared] [--ttl D] [--wait [D]]',
  options: {
    ...LOCK_OPTIONS,
    wait: { type: 'optional', value: 'D', help: 'wait for it, at most so long', fits: isDuration },
    id: textOption('ID', 'names this acquire: the same again renews it'),
  },
  examples: ['fermata acquire db --ttl 5m --wait 30s', 'fermata acquire file:src/app.ts'],
  notes: [
    'A path starts in this folder. A folder, a file in it and a glob that fits it exclude each other.',
    'Exit code 1: somebody else has it. The token (--json) strictly grows: give it to what you write to, to fence off former holders.',
  ],
  run: async (call, arg) => {
    const resource = resourceOf(call, arg);
    const wait = call.text('wait') !== undefined;
    const id = call.text('id') ?? nonce();
    const former = call.text('id') === undefined ? undefined : acquireStatus(logOf(call).state, resource, id).lost;
    if (former !== undefined)
      throw new Failure(EXIT.lockLost, `${resource} was lost: ${former}; ask again with another --id`);
    const request = requestLock(call, resource, wait, id, durationOption(call, 'ttl'));
    if (!wait)
      await awaitArrival(request).catch((error: unknown) => {
        // it comes after the request in the same outbox, so that is not granted for longer than a moment
        publish(request.log.dir, call.io.now(), { t: 'release', worker: request.worker, resource, id });
        throw error;
      });
    const status = acquireStatus(request.log.state, resource, id);
    if (status.granted === undefined && !wait) throw refused(inUseMessage(request.log.state, resource));
    const acquired = status.granted ?? (await awaitTurn(call, request));
    print(call, `${resource} is yours (token ${acquired.token})`, { resource, token: acquired.token, id });
  },
};

export const release: Verb = {
  name: 'release',
  summary: 'Give a resource back',
  args: ['RESOURCE'],
  usage: 'RESOURCE [--id ID]',
  options: { id: textOption('ID', 'only that acquire; default: all of this worker') },
  examples: ['fermata release db'],
  run: (call, arg) => {
    const resource = resourceOf(call, arg);
    const log = logOf(call);
    const worker = callerOf(call, log);
    const id = call.text('id');
    publishExpiries(log, call.io.now());
    log.refresh();
    const lock = log.state.locks.get(resource);
    const own = [...(lock?.holders ?? []), ...(lock?.queue ?? [])].filter(
      (a) => a.worker === worker && (id === undefined || a.id === id),
    );
    if (own.length === 0) {
      const lost = lock?.former.findLast((f) => f.worker === worker && (id === undefined || f.id === id));
      if (lost !== undefined) throw new Failure(EXIT.lockLost, `${resource} was no longer yours: ${lost.why}`);
      throw refused(`${worker} does not have ${resource}`);
    }
    publishAndRefresh(call, log, { t: 'release', worker, resource, id });
    print(call, `${resource} is given back`, { resource });
  },
};

export const withLock: Verb = {
  name: 'with-lock',
  summary: 'Run a command while holding a resource; waits for it first',
  args: ['RESOURCE'],
  usage: 'RESOURCE [--shared] [--ttl D] [--wait [D]] -- CMD …',
  options: {
    ...LOCK_OPTIONS,
    wait: { type: 'optional', value: 'D', help: 'wait at most so long for it; default without end', fits: isDuration },
  },
  examples: ['fermata with-lock db -- ./migrate.sh'],
  notes: [
    'Its exit code is the command’s, or 5 if the resource was lost meanwhile; the command is ended then. It is held on a lease',
    '(30 s, or --ttl) that is renewed while the command runs. The command finds its token in FERMATA_LOCK_TOKEN.',
    'If with-lock itself is killed, so is the command. After a sleep of the machine the command is stopped until it is certain that',
    'the lease is still its own. What is on another machine cannot be stopped from here: there the token is what protects.',
  ],
  run: async (call, arg) => {
    const resource = resourceOf(call, arg);
    if (call.command === undefined || call.command.length === 0) throw usage('a command is missing: … -- CMD');
    const ttlMs = Math.max(300, durationOption(call, 'ttl') ?? LEASE_MS);
    const request = requestLock(call, resource, true, nonce(), ttlMs, { ...thisProcess(), ends: true });
    const { log, worker, id } = request;
    const acquired = await awaitTurn(call, request);
    const { token } = acquired;
    try {
      const command = new LockedCommand(call.io, call.command, { ...call.io.env, [LOCK_TOKEN]: String(token) });
      return await runOnLease(call, request, acquired, command);
    } finally {
      publish(log.dir, call.io.now(), { t: 'release', worker, resource, id });
    }
  },
};

/** How often it is looked whether the lease is over: often enough to notice soon that the machine has slept. */
const MAX_CHECK_MS = 1000;

/** Renews the lease while the command runs. A command that has lost it is ended. Returns the command's exit code. */
async function runOnLease(
  call: Call,
  { log, resource, id, renew, ttlMs = LEASE_MS }: LockRequest,
  acquired: Acquire,
  command: LockedCommand,
): Promise<number> {
  const lostReason = (): string | undefined => {
    log.refresh();
    const { granted, lost } = acquireStatus(log.state, resource, id);
    return granted?.token === acquired.token ? undefined : (lost ?? 'it passed on');
  };
  const lease = new LeaseTime(log, call.io.now, acquired);
  let ended: string | undefined;
  const end = (why: string): void => {
    ended = why;
    command.kill();
    call.io.stderr(`fermata with-lock: ${resource} was lost (${why}); its command is ended\n`);
  };
  const check = (): void => {
    if (ended !== undefined) return;
    // stopped before the log is read: after a sleep the lock may have passed on
    if (lease.hasPassed(ttlMs)) command.stop();
    let why = lostReason();
    // what the copy still has is not certain any more
    if (lease.isCopy && lease.hasPassed(ttlMs)) why ??= 'no renewal has arrived at the machine of the session in time';
    if (why === undefined && lease.isDue(ttlMs / 3)) {
      renew();
      why = lostReason();
      if (why === undefined) lease.renewed();
    }
    if (why !== undefined) end(why);
    else if (command.isStopped) command.continue();
  };
  const unlisten = onSignals((signal) => command.signal(signal));
  const timer = setInterval(check, Math.min(ttlMs / 3, MAX_CHECK_MS));
  try {
    // what was granted before this process was stopped for long may be lost
    check();
    const code = await command.exited;
    const why = ended ?? lostReason();
    if (why !== undefined) throw new Failure(EXIT.lockLost, `${resource} was lost while the command ran: ${why}`);
    return code;
  } finally {
    clearInterval(timer);
    unlisten();
  }
}
