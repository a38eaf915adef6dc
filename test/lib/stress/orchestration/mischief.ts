import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { installRuntime } from '#core/install/runtimeFiles.ts';
import { sessionPaths } from '#core/base/paths.ts';
import type { Loss, Observations } from '#test/lib/invariants/observations.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { processesOf } from '#test/lib/stress/plans.ts';
import { clock, type RealStage } from './realStage.ts';

export type MischiefKind =
  | 'kill'
  | 'killAtClaim'
  | 'stop'
  | 'tear'
  | 'snapshot'
  | 'spoiltSnapshot'
  | 'armed'
  | 'flags'
  | 'log'
  | 'session'
  | 'fullDisk'
  | 'forbid'
  | 'replace';

/** What goes wrong around a session: each method does one thing, and records what it excuses. Returns whether it could be done. */
export class Mischief {
  readonly counts = new Map<MischiefKind, number>();
  readonly #stage: RealStage;
  readonly #seen: Observations;
  readonly #pick: () => number;
  readonly #stopped = new Set<number>();
  readonly #pending = new Set<Promise<void>>();
  /** Logs that were taken away, oldest first. */
  readonly lostLogs: string[] = [];
  #taken = 0;

  constructor(stage: RealStage, seen: Observations, pick: () => number) {
    this.#stage = stage;
    this.#seen = seen;
    this.#pick = pick;
  }

  /** Does one thing, unless it cannot be done here or now. */
  do(kind: MischiefKind): void {
    if (this.#actions[kind]()) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** Ends all that lasts: continues what was stopped, makes room, gives permissions back. */
  async end(): Promise<void> {
    await Promise.all(this.#pending);
  }

  readonly #actions: Record<MischiefKind, () => boolean> = {
    kill: () => {
      const victim = this.#process();
      if (victim === undefined) return false;
      this.#seen.excuses.killed++;
      return signal(victim, 'SIGKILL');
    },
    killAtClaim: () => {
      this.#later(0, () => this.#killNextClaimer());
      return true;
    },
    stop: () => {
      // what with-lock runs is stopped and continued by others, to protect the resource
      const victim = this.#process((pid) => !variablesOf(pid).some((text) => text.startsWith('FERMATA_LOCK_TOKEN=')));
      if (victim === undefined || this.#stopped.has(victim) || !signal(victim, 'SIGSTOP')) return false;
      this.#seen.excuses.stopped = true;
      this.#stopped.add(victim);
      this.#later(50 + this.#pick() * 400, () => {
        this.#stopped.delete(victim);
        signal(victim, 'SIGCONT');
      });
      return true;
    },
    tear: () => {
      this.#seen.excuses.tornLines++;
      return attempt(() => appendFileSync(this.#paths.log, '{"t":"progress","worker":"W1","mess'));
    },
    snapshot: () => attempt(() => rmSync(this.#paths.snapshot)),
    spoiltSnapshot: () =>
      attempt(() => {
        const bytes = readFileSync(this.#paths.snapshot);
        if (this.#pick() < 0.5) truncateSync(this.#paths.snapshot, Math.floor(bytes.length * this.#pick()));
        else {
          const at = Math.floor(bytes.length * this.#pick());
          bytes[at] = (bytes[at] ?? 0) ^ 1;
          writeFileSync(this.#paths.snapshot, bytes);
        }
      }),
    armed: () => attempt(() => this.#takeAway(this.#paths.armed)),
    flags: () => this.#lose('flags', () => this.#takeAway(this.#paths.flags)),
    log: () => this.#lose('log', () => void this.lostLogs.push(this.#takeAway(this.#paths.log, true))),
    session: () =>
      this.#lose('session', () => void this.lostLogs.push(join(this.#takeAway(this.#stage.dir, true), 'events.jsonl'))),
    fullDisk: () => {
      if (!this.#stage.hasOwnDisk) return false;
      const ballast = join(this.#stage.home, 'ballast');
      return this.#unwritable(
        () => fill(ballast),
        () => rmSync(ballast, { force: true }),
      );
    },
    forbid: () => {
      const { log, dir } = this.#paths;
      return this.#unwritable(
        () => execFileSync('chattr', ['+i', log, dir], { stdio: 'pipe' }),
        () => {
          // each by itself: the other may be gone
          for (const path of [dir, log]) attempt(() => execFileSync('chattr', ['-i', path], { stdio: 'pipe' }));
        },
      );
    },
    replace: () =>
      attempt(() => {
        const other = join(tempDir('fermata-dist-'), 'dist');
        cpSync(this.#stage.dist, other, { recursive: true });
        const line = `// ${this.#taken++}\n`;
        for (const folder of [other, join(other, 'hooks')])
          for (const name of readdirSync(folder).filter((file) => file.endsWith('.cjs')))
            writeFileSync(join(folder, name), line + readFileSync(join(folder, name), 'utf8'));
        installRuntime({
          home: this.#stage.home,
          distDir: other,
          nodePath: process.execPath,
          version: `${this.#taken}`,
        });
        rmSync(other, { recursive: true });
      }),
  };

  get #paths() {
    return sessionPaths(this.#stage.dir);
  }

  /** One of the processes of the session, by chance. */
  #process(fits: (pid: number) => boolean = () => true): number | undefined {
    const all = processesOf(this.#stage.home).filter(({ pid }) => fits(pid));
    return all[Math.floor(this.#pick() * all.length)]?.pid;
  }

  /** Takes something away at once, as nothing else is: a folder that is emptied step by step would be another fault. */
  #takeAway(path: string, keep = false): string {
    const to = join(this.#stage.home, `taken-${this.#taken++}`);
    renameSync(path, to);
    if (!keep) rmSync(to, { recursive: true, force: true });
    return to;
  }

  #lose(what: Loss['what'], take: () => void): boolean {
    const began = clock();
    if (!attempt(take)) return false;
    this.#seen.losses.push({ what, began, ended: clock() });
    return true;
  }

  #unwritable(begin: () => void, end: () => void): boolean {
    if (this.#seen.unwritable.some(({ ended }) => ended === Infinity)) return false;
    const interval = { began: clock(), ended: Infinity };
    if (!attempt(begin)) {
      end();
      return false;
    }
    this.#seen.unwritable.push(interval);
    this.#later(100 + this.#pick() * 300, () => {
      end();
      interval.ended = clock();
    });
    return true;
  }

  /** Kills the next process that claims what it is about to print, within the few milliseconds in which it prints and confirms that. */
  async #killNextClaimer(): Promise<void> {
    const { log } = this.#paths;
    const sizeOf = (): number => statSync(log, { throwIfNoEntry: false })?.size ?? 0;
    const from = sizeOf();
    for (const until = clock() + 1500; clock() < until; await delay(1)) {
      if (sizeOf() <= from) continue;
      const pid = /"t":"claim".*"pid":(\d+)/.exec(textFrom(log, from))?.[1];
      if (pid === undefined) continue;
      await delay(this.#pick() * 3);
      this.#seen.excuses.killed++;
      return void signal(Number(pid), 'SIGKILL');
    }
  }

  #later(ms: number, action: () => void | Promise<void>): void {
    const pending = delay(ms).then(action);
    this.#pending.add(pending);
    void pending.finally(() => this.#pending.delete(pending));
  }
}

/** Writes a file until the disk has no byte left. */
function fill(path: string): void {
  for (let kb = 1024; kb >= 1; kb = Math.floor(kb / 4))
    while (attempt(() => appendFileSync(path, Buffer.alloc(kb * 1024))));
}

function attempt(action: () => void): boolean {
  try {
    action();
    return true;
  } catch {
    return false;
  }
}

const signal = (pid: number, name: NodeJS.Signals): boolean => attempt(() => process.kill(pid, name));

/** What was appended to a file beyond a position. */
function textFrom(path: string, from: number): string {
  try {
    return readFileSync(path).toString('utf8', from);
  } catch {
    return '';
  }
}

/** The variables of a process, each as `NAME=value`. */
export function variablesOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
