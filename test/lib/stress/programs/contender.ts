/**
 * Acquires a resource repeatedly as `fermata acquire` does, and writes to the guarded file while it believes that it holds
 * the resource: `contender DIR NAME ROUNDS FILE SEED LEASE_MS PATIENCE_MS`. It prints each grant, so that a test can kill or stop
 * it there. Leases are of LEASE_MS at least, and of four times that at most. On a machine that has only a copy of the session it
 * waits until its words have come back, as the verbs do.
 */
import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { nonce } from '#core/base/nonce.ts';
import { waitFor } from '#core/session/watchLog.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { settle } from '#core/session/settle.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import type { Acquire } from '#protocol/state.ts';
import { RESOURCE, type Touch } from '#test/lib/stress/guarded.ts';
import { random } from '#test/lib/stress/random.ts';

const [dir = '', worker = '', rounds = '0', file = '', seed = '0', lease = '', patience = ''] = process.argv.slice(2);
const [leaseMs, patienceMs] = [Number(lease), Number(patience)];
const rnd = random(Number(seed));
const log = new SessionLog(dir);
const { pid } = process;
const host = hostIdentity();
const startTime = startTimeOf(pid);

const print = (text: string): void => void process.stdout.write(`${text}\n`);

/** The status of one acquire; `lost` when it is neither held nor queued. */
function acquireStatus(id: string): { held?: Acquire; lost?: true } {
  const lock = log.state.locks.get(RESOURCE);
  const held = lock?.holders.find((h) => h.id === id);
  if (held !== undefined) return { held };
  return lock?.queue.some((q) => q.id === id) === true ? {} : { lost: true };
}

function touch(token: number, due: number | undefined, phase: Touch['phase']): void {
  const at = Number(process.hrtime.bigint());
  const entry: Touch = { token, worker, at, wall: Date.now(), due: due ?? null, phase };
  appendFileSync(file, `${JSON.stringify(entry)}\n`);
}

/** One acquire from its request to its release; with `leased` its lease also runs while it is queued. */
async function round(ttlMs: number | undefined, leased: boolean): Promise<string> {
  const id = nonce();
  const ask = { t: 'acquire' as const, worker, resource: RESOURCE, id, ...(ttlMs === undefined ? {} : { ttlMs }) };
  const renew = (): void => publish(dir, Date.now(), ask);
  publish(dir, Date.now(), { ...ask, wait: true, ...(leased ? {} : { ttlMs: undefined }) });
  const renewing =
    leased && ttlMs !== undefined ? setInterval(() => void (acquireStatus(id).lost ?? renew()), ttlMs / 3) : undefined;
  log.refresh();
  if (!(await settle(log, patienceMs))) throw new Error(`no answer for ${patienceMs} ms`);
  const at = await waitFor(log, () => (Object.keys(acquireStatus(id)).length > 0 ? acquireStatus(id) : undefined), {
    pollMs: 100,
    timeoutMs: patienceMs,
  });
  clearInterval(renewing);
  if (at === undefined) throw new Error(`neither granted nor lost for ${patienceMs} ms`);
  if (at.held === undefined) return 'lost in the queue';
  const { token } = at.held;
  let due = at.held.dueTs;
  print(`holding ${token} ${due ?? 'for ever'}`);
  touch(token, due, 'in');
  await delay(rnd() * 12);
  touch(token, due, 'still');
  if (ttlMs !== undefined) {
    log.refresh();
    if (acquireStatus(id).held?.token === token) renew();
    await settle(log, leaseMs / 2);
    log.refresh();
    const now = acquireStatus(id).held;
    if (now?.token === token) due = now.dueTs;
    await delay(rnd() * 12);
    touch(token, due, 'still');
  }
  touch(token, due, 'out');
  log.refresh();
  const kept = acquireStatus(id).held?.token === token;
  // a renewal that came too late may have queued again
  publish(dir, Date.now(), { t: 'release', worker, resource: RESOURCE, id });
  return kept ? 'held' : 'lost while held';
}

async function main(): Promise<void> {
  publish(dir, Date.now(), { t: 'spawn', worker, pid, host, ...(startTime === undefined ? {} : { startTime }) });
  for (let i = 0; i < Number(rounds); i++) {
    const kind = rnd();
    const ttlMs = kind < 0.4 ? undefined : Math.floor(leaseMs * (1 + 3 * rnd()));
    print(`round ${await round(ttlMs, kind > 0.8)}`);
  }
  if (!(await settle(log, patienceMs))) throw new Error(`the last words have not arrived after ${patienceMs} ms`);
}

void main().then(() => process.exit(0));
