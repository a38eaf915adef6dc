import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { holdersOf } from '#core/fold/lockTree.ts';
import { FILE } from '#core/fold/resources.ts';
import type { NewEvent } from '#core/log/append.ts';
import { publishedResource } from '#core/session/publishedPath.ts';
import { nonce } from '#core/base/nonce.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { publish, publishExpiries } from '#core/session/publish.ts';
import type { Acquire, SessionState } from '#protocol/state.ts';
import { callerOf, logOf, pathContextOf, publishAndRefresh } from '#cli/caller.ts';
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
  if (name === FILE) throw usage('file: needs a path, as in file:src/app.ts');
  return checkedName(publishedResource(name, pathContextOf(call, logOf(call))), 'RESOURCE');
}

type LockRequest = ReturnType<typeof requestLock>;

/** Publishes an acquire and reads the log back, which decides who holds the resource. */
function requestLock(call: Call, resource: string, wait: boolean, id: string, ttlMs: number | undefined) {
  const log = logOf(call);
  const worker = callerOf(call, log);
  publishExpiries(log, call.io.now());
  reportLost(log, call.io.now());
  const mode = call.flag('shared') ? 'shared' : undefined;
  const event: NewEvent = { t: 'acquire', worker, resource, id, mode, ttlMs };
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

/** Waits in the queue until the resource is granted. A caller that gives up or is interrupted leaves the queue. */
async function awaitTurn(call: Call, request: LockRequest): Promise<Acquire> {
  const { log, resource, worker, id, renew, ttlMs } = request;
  const timeoutMs = waitTimeout(call, 'wait');
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
    const result = await waitUntil(call, log, inUseMessage(log.state, resource), check, timeoutMs);
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
    'Its exit code is the command’s, or 5 if the resource was lost meanwhile. It is held on a lease (30 s, or --ttl)',
    'that is renewed while the command runs. The command finds its token in FERMATA_LOCK_TOKEN.',
  ],
  run: async (call, arg) => {
    const resource = resourceOf(call, arg);
    if (call.command === undefined || call.command.length === 0) throw usage('a command is missing: … -- CMD');
    const ttlMs = Math.max(300, durationOption(call, 'ttl') ?? LEASE_MS);
    const request = requestLock(call, resource, true, nonce(), ttlMs);
    const { log, worker, id } = request;
    const acquired = await awaitTurn(call, request);
    const lostReason = (): string | undefined => {
      log.refresh();
      const status = acquireStatus(log.state, resource, id);
      return status.granted?.token === acquired.token ? undefined : (status.lost ?? 'it passed on');
    };
    let warned = false;
    const renewTimer = setInterval(() => {
      const why = lostReason();
      if (why === undefined) return request.renew();
      if (!warned) call.io.stderr(`fermata with-lock: ${resource} was lost (${why}); the command runs on without it\n`);
      warned = true;
    }, ttlMs / 3);
    try {
      const code = await runCommand(call, call.command, acquired.token);
      const why = lostReason();
      if (why !== undefined) throw new Failure(EXIT.lockLost, `${resource} was lost while the command ran: ${why}`);
      return code;
    } finally {
      clearInterval(renewTimer);
      publish(log.dir, call.io.now(), { t: 'release', worker, resource, id });
    }
  },
};

function runCommand({ io }: Call, [program = '', ...args]: string[], token: number): Promise<number> {
  return new Promise((resolve) => {
    const env = { ...io.env, FERMATA_LOCK_TOKEN: String(token) };
    // without `cwd` a command also starts in a folder that was removed
    const child = spawn(program, args, { stdio: 'inherit', env, ...(existsSync(io.cwd) && { cwd: io.cwd }) });
    // a signal goes on to the command, which decides when it ends; the lock is released after that
    const unlisten = onSignals((signal) => void child.kill(signal));
    const finish = (code: number): void => {
      unlisten();
      resolve(code);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      io.stderr(`fermata with-lock: cannot start: ${program}: ${error.code ?? error.message}\n`);
      finish(error.code === 'ENOENT' ? 127 : 126);
    });
    child.on('exit', (code, signal) => finish(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
