import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLog } from '#core/log/append.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState } from '#core/fold/state.ts';
import { LineReader } from '#core/log/lineReader.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { RESOURCE, type Touch } from './guarded.ts';
import { start, type Running } from './program.ts';
import { random } from './random.ts';

export interface Contention {
  processes: number;
  rounds: number;
  /** The folders of the session, of which the processes use one after the other; the log is in the first. By default one that is made. */
  dirs?: readonly string[];
  /** The shortest lease. */
  leaseMs?: number;
  /** How long a process waits for its turn, or for its words to arrive. */
  patienceMs?: number;
}

export interface ContentionResult {
  /** Number of rounds by the outcome that the contenders printed. */
  rounds: Map<string, number>;
  kills: number;
  stops: number;
  touches: Touch[];
  /** Writes that the resource refused by their fencing token. */
  refused: Touch[];
  /** Two holders at the same time, both within their leases. */
  overlaps: string[];
  /** Grants in the order of the log, and their faults. */
  grants: { token: number; worker: string }[];
  wrongGrants: string[];
  failed: string[];
}

/** Processes contend for one lock while some are killed or stopped in the middle; two observers publish the consequences. */
export async function contend(contention: Contention, seed: number): Promise<ContentionResult> {
  const { processes, rounds, dirs = [newSession()], leaseMs = 60, patienceMs = 60_000 } = contention;
  const dir = dirs[0] ?? '';
  const file = join(tempDir(), 'guarded');
  writeFileSync(file, '');
  const rnd = random(seed);
  const roundCounts = new Map<string, number>();
  const failed: string[] = [];
  let names = 0;
  let kills = 0;
  let stops = 0;
  const observers = await Promise.all([start('observer', [dir]), start('observer', [dir])]);

  /** One contender, and after its death another one for the rest of its rounds. */
  const contender = async (own: string, remaining: number): Promise<void> => {
    while (remaining > 0) {
      const name = `W${++names}`;
      const pending: Promise<void>[] = [];
      let killed = false;
      let isHolding = false;
      const running: Running = await start(
        'contender',
        [own, name, remaining, file, Math.floor(rnd() * 2 ** 31), leaseMs, patienceMs],
        (line) => {
          const [kind, ...rest] = line.split(' ');
          isHolding = kind === 'holding';
          if (kind === 'round') {
            remaining--;
            const outcome = rest.join(' ');
            roundCounts.set(outcome, (roundCounts.get(outcome) ?? 0) + 1);
            return;
          }
          // the first chance is always taken, so that even a small size has both
          const leased = rest[1] !== 'for';
          if (leased && (stops === 0 || rnd() < 0.25)) {
            stops++;
            pending.push(stopPastLease(dir, running, Number(rest[0]), patienceMs));
            // that a process has ended only its own machine sees, and this one is all of them: there its lease has to end
          } else if ((leased || own === dir) && rnd() < (kills === 0 ? 1 : 0.12)) {
            kills++;
            killed = true;
            running.kill();
          }
        },
      );
      const { code, signal, stderr } = await running.ended;
      await Promise.all(pending);
      // a contender that was killed while it held the lock has used up a round, unless its end was on the way already
      if (killed) remaining -= isHolding ? 1 : 0;
      else if (code !== 0) return void failed.push(`${name}: ${code ?? signal ?? ''} ${stderr}`);
    }
  };
  try {
    await Promise.all(
      Array.from({ length: processes }, (_, i) =>
        contender(dirs[i % dirs.length] ?? dir, Math.ceil(rounds / processes)),
      ),
    );
    const log = new SessionLog(dir);
    await waitFor(() => (log.refresh(), isFree(log)), {
      describe: 'the lock to be free in the end',
      timeoutMs: patienceMs,
    });
  } finally {
    for (const observer of observers) observer.kill('SIGTERM');
    await Promise.all(observers.map((o) => o.ended));
  }
  const touches = readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Touch);
  const { grants, wrongGrants } = readGrants(dir);
  return { rounds: roundCounts, kills, stops, touches, ...judge(touches, grants), grants, wrongGrants, failed };
}

function newSession(): string {
  const dir = join(tempDir(), 'session');
  createLog(dir, Date.now());
  return dir;
}

const isFree = (log: SessionLog): boolean => {
  const lock = log.state.locks.get(RESOURCE);
  return lock === undefined || (lock.holders.length === 0 && lock.queue.length === 0);
};

/** Stops a holder until its lease has run out, and lets it continue: the case that fencing tokens are for. */
async function stopPastLease(dir: string, running: Running, token: number, timeoutMs: number): Promise<void> {
  running.kill('SIGSTOP');
  const log = new SessionLog(dir);
  try {
    const lost = (): boolean => {
      log.refresh();
      return log.state.locks.get(RESOURCE)?.holders.some((h) => h.token === token) !== true;
    };
    await waitFor(lost, { describe: `the stopped holder of ${token} to lose its lease`, timeoutMs });
  } finally {
    running.kill('SIGCONT');
  }
}

function readGrants(dir: string): Pick<ContentionResult, 'grants' | 'wrongGrants'> {
  const grants: ContentionResult['grants'] = [];
  const wrongGrants: string[] = [];
  const state = emptyState();
  new LineReader().push(readFileSync(sessionPaths(dir).log), (line) => {
    reduce(state, line);
    const holders = state.locks.get(RESOURCE)?.holders ?? [];
    if (holders.length > 1) wrongGrants.push(`${line.pos}: ${holders.length} holders`);
    for (const { token, worker } of holders) {
      const last = grants.at(-1);
      if (last?.token === token) continue;
      if (last !== undefined && token < last.token) wrongGrants.push(`${line.pos}: ${token} after ${last.token}`);
      grants.push({ token, worker });
    }
  });
  return { grants, wrongGrants };
}

/** The resource's view: it accepts a token at least as high as the last one, and no two holders overlap within their leases. */
export function judge(
  touches: Touch[],
  grants: ContentionResult['grants'],
): Pick<ContentionResult, 'refused' | 'overlaps'> {
  const granted = new Map(grants.map(({ token, worker }) => [token, worker]));
  const refused: Touch[] = [];
  const overlaps: string[] = [];
  const entered = new Map<number, number>();
  let highest = -1;
  for (const touch of touches) {
    if (granted.get(touch.token) !== touch.worker) overlaps.push(`${touch.worker} was never granted ${touch.token}`);
    if (touch.token < highest) refused.push(touch);
    highest = Math.max(highest, touch.token);
    if (!entered.has(touch.token)) entered.set(touch.token, touch.at);
  }
  const inOrder = [...entered].toSorted(([a], [b]) => a - b);
  for (const touch of touches) {
    const withinLease = touch.due === null || touch.wall < touch.due;
    const next = inOrder.find(([token, at]) => token > touch.token && at < touch.at);
    if (withinLease && next !== undefined)
      overlaps.push(`${touch.worker} with ${touch.token} although ${next[0]} was in`);
  }
  return { refused, overlaps };
}
