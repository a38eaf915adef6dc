import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { NewEvent } from '#core/log/append.ts';
import { nonce } from '#core/base/nonce.ts';
import { publish, publishExpiries } from '#core/session/publish.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import type { Acquire, SessionState } from '#protocol/state.ts';
import { callerOf, logOf, publishAndRefresh } from '#cli/caller.ts';
import { print } from '#cli/output.ts';
import { durationMs, isDuration, nameArg } from '#cli/args.ts';
import { EXIT, Failure, refused, usage } from '#cli/exit.ts';
import type { Call, OptionSpec, Verb } from '#cli/verb.ts';
import { waitTimeout, waitUntil } from '#cli/waiting.ts';

const LEASE_MS = 30_000;

const LOCK_OPTIONS: Record<string, OptionSpec> = {
  shared: { type: 'boolean', help: 'share it with others who share it' },
  ttl: { type: 'string', value: 'D', help: 'it is given back after this time unless renewed' },
};

/** The status of an acquire: granted, queued, or neither (lost, or not in the log). */
function acquireStatus(
  state: SessionState,
  resource: string,
  id: string,
): { granted: Acquire | undefined; queued: Acquire | undefined; lost: string | undefined } {
  const lock = state.locks.get(resource);
  const granted = lock?.holders.find((h) => h.id === id);
  const queued = lock?.queue.find((q) => q.id === id);
  const lost = lock?.former.findLast((f) => f.id === id)?.why;
  return { granted, queued, lost };
}

const inUseMessage = (state: SessionState, resource: string): string =>
  `Resource ${resource} in use by ${
    state.locks
      .get(resource)
      ?.holders.map((h) => h.worker)
      .join(', ') || 'those who wait for it'
  }`;

interface LockRequest {
  log: SessionLog;
  resource: string;
  worker: string;
  id: string;
  /** Renews the lease by repeating the acquire. Does nothing once the acquire is lost: a renewal must not become a new request. */
  renew: () => void;
  ttlMs: number | undefined;
}

/** Publishes an acquire and reads the log back, which decides who holds the resource. */
function requestLock(call: Call, resource: string, wait: boolean, id: string, ttlMs: number | undefined): LockRequest {
  const log = logOf(call);
  const worker = callerOf(call);
  publishExpiries(log, call.io.now());
  const event: NewEvent = {
    t: 'acquire',
    worker,
    resource,
    id,
    mode: call.flag('shared') ? 'shared' : undefined,
    ttlMs,
  };
  publishAndRefresh(call, log, { ...event, wait: wait || undefined });
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
async function awaitTurn(
  call: Call,
  { log, resource, worker, id, renew, ttlMs }: LockRequest,
  timeoutMs: number | undefined,
): Promise<Acquire> {
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
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onInterrupt);
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
    for (const signal of signals) process.off(signal, onInterrupt);
  }
}

/** Acquires a resource. */
export const acquire: Verb = {
  name: 'acquire',
  summary: 'Ask for a resource (a lock); file:PATH also keeps everybody else from editing that file',
  usage: 'RESOURCE [--shared] [--ttl D] [--wait [D]]',
  options: {
    ...LOCK_OPTIONS,
    wait: { type: 'optional', value: 'D', help: 'wait for it, at most so long', fits: isDuration },
    id: { type: 'string', value: 'ID', help: 'names this acquire: the same again renews it' },
  },
  examples: ['fermata acquire db --ttl 5m --wait 30s', 'fermata acquire file:src/app.ts'],
  notes: [
    'Exit code 1: somebody else has it. The token (--json) strictly grows: give it to what you write to, to fence off former holders.',
  ],
  run: async (call) => {
    const resource = nameArg(call, 'RESOURCE');
    const wait = call.text('wait') !== undefined;
    const ttl = call.text('ttl');
    const id = call.text('id') ?? nonce();
    const former = call.text('id') === undefined ? undefined : acquireStatus(logOf(call).state, resource, id).lost;
    if (former !== undefined)
      throw new Failure(EXIT.lockLost, `${resource} was lost: ${former}; ask again with another --id`);
    const request = requestLock(call, resource, wait, id, ttl === undefined ? undefined : durationMs(ttl, 'ttl'));
    const status = acquireStatus(request.log.state, resource, id);
    if (status.granted === undefined && !wait) throw refused(inUseMessage(request.log.state, resource));
    const acquired = status.granted ?? (await awaitTurn(call, request, waitTimeout(call, 'wait')));
    print(call, `${resource} is yours (token ${acquired.token})`, { ok: true, resource, token: acquired.token, id });
    return EXIT.ok;
  },
};

/** Releases a resource. */
export const release: Verb = {
  name: 'release',
  summary: 'Give a resource back',
  usage: 'RESOURCE [--id ID]',
  options: { id: { type: 'string', value: 'ID', help: 'only that acquire; default: all of this worker' } },
  examples: ['fermata release db'],
  run: (call) => {
    const resource = nameArg(call, 'RESOURCE');
    const log = logOf(call);
    const worker = callerOf(call);
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
    print(call, `${resource} is given back`, { ok: true, resource });
    return EXIT.ok;
  },
};

/** Runs a command while holding a resource. */
export const withLock: Verb = {
  name: 'with-lock',
  summary: 'Run a command while holding a resource; waits for it first',
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
  run: async (call) => {
    const resource = nameArg(call, 'RESOURCE');
    if (call.command === undefined || call.command.length === 0) throw usage('a command is missing: … -- CMD');
    const ttl = call.text('ttl');
    const ttlMs = ttl === undefined ? LEASE_MS : Math.max(300, durationMs(ttl, 'ttl'));
    const request = requestLock(call, resource, true, nonce(), ttlMs);
    const { log, worker, id } = request;
    const acquired = await awaitTurn(call, request, waitTimeout(call, 'wait'));
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
    const child = spawn(program, args, { stdio: 'inherit', env, cwd: io.cwd });
    // a signal goes on to the command, which decides when it ends; the lock is released after that
    const forwardSignal = (signal: NodeJS.Signals): void => void child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, forwardSignal);
    const finish = (code: number): void => {
      for (const signal of signals) process.off(signal, forwardSignal);
      resolve(code);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      io.stderr(`fermata with-lock: cannot start: ${program}: ${error.code ?? error.message}\n`);
      finish(error.code === 'ENOENT' ? 127 : 126);
    });
    child.on('exit', (code, signal) => finish(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
