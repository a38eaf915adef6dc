import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { NewEvent } from '../../core/log/append.ts';
import { nonce } from '../../core/log/append.ts';
import { say } from '../../core/log/say.ts';
import type { SessionLog } from '../../core/log/sessionLog.ts';
import type { Acquire, SessionState } from '../../protocol/state.ts';
import { callerOf, logOf, print, tellLog } from '../caller.ts';
import { durationMs, isDuration } from '../duration.ts';
import { EXIT, Failure, refused, usage } from '../exit.ts';
import type { Call, OptionSpec, Verb } from '../verb.ts';
import { expire, patience, waitUntil } from '../waiting.ts';
import { given, nameWord } from '../words.ts';

const LEASE_MS = 30_000;

const LOCK_OPTIONS: Record<string, OptionSpec> = {
  shared: { type: 'boolean', help: 'share it with others who share it' },
  ttl: { type: 'string', value: 'D', help: 'it is given back after this time unless renewed' },
};

/** Where an acquire stands: granted, in the queue, or nowhere (lost, or never taken up). */
function standing(
  state: SessionState,
  resource: string,
  id: string,
): { granted?: Acquire; queued?: Acquire; lost?: string } {
  const lock = state.locks.get(resource);
  const granted = lock?.holders.find((h) => h.id === id);
  const queued = lock?.queue.find((q) => q.id === id);
  const lost = lock?.former.findLast((f) => f.id === id)?.why;
  return { ...(granted && { granted }), ...(queued && { queued }), ...(lost !== undefined && { lost }) };
}

const inUse = (state: SessionState, resource: string): string =>
  `Resource ${resource} in use by ${
    state.locks
      .get(resource)
      ?.holders.map((h) => h.worker)
      .join(', ') || 'those who wait for it'
  }`;

interface Asked {
  log: SessionLog;
  resource: string;
  worker: string;
  id: string;
  /** Says the same again, if it is on a lease and still stands: who lost it must not ask anew by renewing. */
  renew: () => void;
  ttlMs: number | undefined;
}

/** Asks for a resource and reads back who got it. */
function ask(call: Call, resource: string, wait: boolean, id: string, ttlMs: number | undefined): Asked {
  const log = logOf(call);
  const worker = callerOf(call);
  expire(log, call.io.now());
  const event: NewEvent = {
    t: 'acquire',
    worker,
    resource,
    id,
    ...given({ mode: call.flag('shared') ? 'shared' : undefined, ttlMs }),
  };
  tellLog(call, log, { ...event, ...given({ wait: wait || undefined }) });
  const renew = (): void => {
    const { granted, queued } = standing(log.state, resource, id);
    if (ttlMs === undefined || (granted === undefined && queued === undefined)) return;
    try {
      say(log.dir, call.io.now(), event);
    } catch (error) {
      call.io.stderr(`fermata: ${resource} could not be renewed: ${(error as Error).message}\n`);
    }
  };
  return { log, resource, worker, id, renew, ttlMs };
}

/** Waits in the queue until it is this one's turn. Who gives up or is interrupted leaves the queue. */
async function turn(
  call: Call,
  { log, resource, worker, id, renew, ttlMs }: Asked,
  timeoutMs: number | undefined,
): Promise<Acquire> {
  const check = (state: SessionState): { got?: Acquire; lost?: string } | undefined => {
    const { granted, queued, lost } = standing(state, resource, id);
    if (granted !== undefined) return { got: granted };
    return queued === undefined ? { lost: lost ?? 'no longer in the queue' } : undefined;
  };
  const leave = (): void => say(log.dir, call.io.now(), { t: 'release', worker, resource, id });
  const interrupted = (signal: NodeJS.Signals): void => {
    leave();
    process.exit(128 + constants.signals[signal]);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, interrupted);
  // a place in the queue is a lease as well
  const renewing = ttlMs === undefined ? undefined : setInterval(renew, ttlMs / 3);
  try {
    const result = await waitUntil(call, log, inUse(log.state, resource), check, timeoutMs);
    if (result.got === undefined)
      throw new Failure(EXIT.lockLost, `the place in the queue for ${resource} was lost: ${result.lost ?? ''}`);
    renew();
    return result.got;
  } catch (error) {
    leave();
    throw error;
  } finally {
    clearInterval(renewing);
    for (const signal of signals) process.off(signal, interrupted);
  }
}

/** Asks for a resource. */
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
    const resource = nameWord(call, 'RESOURCE');
    const wait = call.text('wait') !== undefined;
    const ttl = call.text('ttl');
    const id = call.text('id') ?? nonce();
    const former = call.text('id') === undefined ? undefined : standing(logOf(call).state, resource, id).lost;
    if (former !== undefined)
      throw new Failure(EXIT.lockLost, `${resource} was lost: ${former}; ask again with another --id`);
    const asked = ask(call, resource, wait, id, ttl === undefined ? undefined : durationMs(ttl, 'ttl'));
    const now = standing(asked.log.state, resource, id);
    if (now.granted === undefined && !wait) throw refused(inUse(asked.log.state, resource));
    const got = now.granted ?? (await turn(call, asked, patience(call, 'wait')));
    print(call, `${resource} is yours (token ${got.token})`, { ok: true, resource, token: got.token, id });
    return EXIT.ok;
  },
};

/** Gives a resource back. */
export const release: Verb = {
  name: 'release',
  summary: 'Give a resource back',
  usage: 'RESOURCE [--id ID]',
  options: { id: { type: 'string', value: 'ID', help: 'only that acquire; default: all of this worker' } },
  examples: ['fermata release db'],
  run: (call) => {
    const resource = nameWord(call, 'RESOURCE');
    const log = logOf(call);
    const worker = callerOf(call);
    const id = call.text('id');
    expire(log, call.io.now());
    log.refresh();
    const lock = log.state.locks.get(resource);
    const ours = [...(lock?.holders ?? []), ...(lock?.queue ?? [])].filter(
      (a) => a.worker === worker && (id === undefined || a.id === id),
    );
    if (ours.length === 0) {
      const lost = lock?.former.findLast((f) => f.worker === worker && (id === undefined || f.id === id));
      if (lost !== undefined) throw new Failure(EXIT.lockLost, `${resource} was no longer yours: ${lost.why}`);
      throw refused(`${worker} does not have ${resource}`);
    }
    tellLog(call, log, { t: 'release', worker, resource, ...given({ id }) });
    print(call, `${resource} is given back`, { ok: true, resource });
    return EXIT.ok;
  },
};

/** Runs a command while a resource is held. */
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
    const resource = nameWord(call, 'RESOURCE');
    if (call.command === undefined || call.command.length === 0) throw usage('a command is missing: … -- CMD');
    const ttl = call.text('ttl');
    const ttlMs = ttl === undefined ? LEASE_MS : Math.max(300, durationMs(ttl, 'ttl'));
    const asked = ask(call, resource, true, nonce(), ttlMs);
    const { log, worker, id } = asked;
    const got = await turn(call, asked, patience(call, 'wait'));
    const lost = (): string | undefined => {
      log.refresh();
      const now = standing(log.state, resource, id);
      return now.granted?.token === got.token ? undefined : (now.lost ?? 'it passed on');
    };
    let told = false;
    const renewing = setInterval(() => {
      const why = lost();
      if (why === undefined) return asked.renew();
      if (!told) call.io.stderr(`fermata with-lock: ${resource} was lost (${why}); the command runs on without it\n`);
      told = true;
    }, ttlMs / 3);
    try {
      const code = await runCommand(call, call.command, got.token);
      const why = lost();
      if (why !== undefined) throw new Failure(EXIT.lockLost, `${resource} was lost while the command ran: ${why}`);
      return code;
    } finally {
      clearInterval(renewing);
      say(log.dir, call.io.now(), { t: 'release', worker, resource, id });
    }
  },
};

function runCommand({ io }: Call, [program = '', ...args]: string[], token: number): Promise<number> {
  return new Promise((resolve) => {
    const env = { ...io.env, FERMATA_LOCK_TOKEN: String(token) };
    const child = spawn(program, args, { stdio: 'inherit', env, cwd: io.cwd });
    // the terminal or the runner signals us: the command decides when it is over, and the lock is given back then
    const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
    for (const signal of signals) process.on(signal, pass);
    const finish = (code: number): void => {
      for (const signal of signals) process.off(signal, pass);
      resolve(code);
    };
    child.on('error', (error: NodeJS.ErrnoException) => {
      io.stderr(`fermata with-lock: cannot start: ${program}: ${error.code ?? error.message}\n`);
      finish(error.code === 'ENOENT' ? 127 : 126);
    });
    child.on('exit', (code, signal) => finish(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}
