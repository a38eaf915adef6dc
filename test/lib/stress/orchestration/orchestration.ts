import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded } from '#core/fold/conditions.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { SessionState } from '#protocol/state.ts';
import { violations } from '#test/lib/invariants/all.ts';
import { staleCaches } from '#test/lib/invariants/caches.ts';
import { noObservations, type SeenBlock } from '#test/lib/invariants/observations.ts';
import { writeApprovedRules } from '#test/lib/approvedRules.ts';
import { sendSignal } from '#test/lib/sendSignal.ts';
import { processesOf } from '#test/lib/stress/plans.ts';
import { random } from '#test/lib/stress/random.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { Actors } from './actors.ts';
import { ScriptedConductor } from './conductor.ts';
import { LogSampler } from './logSampler.ts';
import { Mischief, variablesOf, type MischiefKind } from './mischief.ts';
import { canMoveClock } from './movedClock.ts';
import { Outside } from './outside.ts';
import { clock, RealStage } from './realStage.ts';
import { readTruth, workerScript } from './workerScript.ts';

export interface OrchestrationResult {
  seed: number;
  violations: string[];
  /** How often what went wrong. */
  mischief: Map<MischiefKind | 'clock', number>;
  /** How many planned workers ended how. */
  ended: Map<string, number>;
  hooks: number;
  commands: number;
  seconds: number;
}

const PROMPT = 'play the whole piece';
/** A worker that only the person ends: it takes no notice of SIGTERM, and a part of it leaves its group and its parent. */
const STUBBORN = 'W5';
const STUBBORN_SCRIPT = `trap '' TERM; echo "begin $FERMATA_WORKER" >>truth; (setsid sleep 600 &); sleep 600; sleep 600`;
const SETTLE_MS = 180_000;
const SETTLE_ROUNDS = 60;
/** The disk of a home that can be filled. */
const DISK_KB = 8 * 1024;
/** So many things go wrong in one session at most. */
const MISCHIEFS = 8;

/**
 * One session, played by chance of a seed: a plan of workers, other workers, the person and a Conductor, all of them real
 * programs, while processes are killed and stopped and files are taken away. Returns what no such thing excuses.
 * @param dist the built programs; by default those of the repository
 */
export async function orchestrate(seed: number, dist?: string): Promise<OrchestrationResult> {
  const orchestration = new Orchestration(seed, dist);
  try {
    await orchestration.play();
  } finally {
    await orchestration.close();
  }
  return orchestration.result();
}

class Orchestration {
  readonly #seed: number;
  readonly #started = clock();
  readonly #pick: () => number;
  readonly #stage: RealStage;
  readonly #seen = noObservations();
  readonly #outside: Outside;
  readonly #mischief: Mischief;
  readonly #conductor: ScriptedConductor;
  readonly #actors: Actors;
  readonly #kinds: MischiefKind[];
  readonly #guards: SeenBlock[] = [];
  #sampler: LogSampler | undefined;
  #programsWithWrongClock = 0;
  readonly #faults: string[] = [];
  readonly #ended = new Map<string, number>();

  constructor(seed: number, dist?: string) {
    this.#seed = seed;
    this.#pick = random(seed);
    const settings = {
      'workers.maxParallel': 3,
      'workers.abortGraceSeconds': 1,
      'hold.seconds': this.#chance(0.3) ? 1 : 0,
    };
    this.#stage = new RealStage(settings, this.#chance(0.3) ? DISK_KB : undefined, dist);
    this.#outside = new Outside([this.#stage.outside, join(this.#stage.person, '.claude')]);
    this.#mischief = new Mischief(this.#stage, this.#seen, random(seed + 1));
    this.#conductor = new ScriptedConductor(this.#stage, this.#seen, random(seed + 2));
    this.#actors = new Actors(this.#stage, this.#seen, random(seed + 3));
    this.#kinds = this.#chooseKinds();
  }

  async play(): Promise<void> {
    try {
      await this.#begin();
      this.#sampler = new LogSampler(this.#stage.dir, this.#guards);
      if (canMoveClock && this.#chance(0.25)) this.#moveClocks();
      const actors = this.#actors;
      const playing = Promise.all([
        this.#conductor.work(4),
        this.#conductor.work(4),
        actors.block('b1', 2),
        actors.block('b2', 2),
        actors.inform('i1', 3),
        this.#chance(0.5) ? actors.lock('L1') : actors.vote('ship'),
        this.#chance(0.5) ? actors.mail('M2') : actors.lock('L2'),
        delay(this.#pick() * 2000).then(() => this.#abortStubborn()),
      ]);
      await Promise.allSettled([playing, this.#disturb(playing)]);
      await playing;
      await this.#mischief.end();
      this.#stage.clockShift = () => 0;
      await this.#settle();
      await this.#finish();
    } catch (error) {
      this.#faults.push(`it did not come to its end: ${(error as Error).message}`);
    }
  }

  /** Ends all that is left; what is left is a fault. */
  async close(): Promise<void> {
    this.#sampler?.stop();
    await this.#mischief.end();
    const running = () => processesOf(this.#stage.home);
    await waitFor(() => running().length === 0, {
      describe: 'all processes to end',
      timeoutMs: 100_000,
      intervalMs: 200,
    }).catch(() => {});
    for (const { pid, command } of running()) {
      this.#seen.remaining.push({ command, worker: plannedWorkerOf(pid, command) });
      sendSignal(pid, 'SIGKILL');
    }
    try {
      this.#seen.changedOutside.push(...this.#outside.changes());
      this.#seen.staleCaches.push(...staleCaches(this.#stage.dir, !this.#mischief.counts.has('spoiltSnapshot')));
      this.#faults.push(...this.#judge());
      this.#countEnds();
    } catch (error) {
      this.#faults.push(`it could not be judged: ${(error as Error).message}`);
    } finally {
      this.#stage.close();
    }
  }

  result(): OrchestrationResult {
    return {
      seed: this.#seed,
      violations: this.#faults,
      mischief: new Map<MischiefKind | 'clock', number>([
        ...this.#mischief.counts,
        ...(this.#programsWithWrongClock > 0 ? [['clock', this.#programsWithWrongClock] as const] : []),
      ]),
      ended: this.#ended,
      hooks: this.#conductor.hooks,
      commands: this.#actors.commands,
      seconds: (clock() - this.#started) / 1000,
    };
  }

  #chance(share: number): boolean {
    return this.#pick() < share;
  }

  /** What may go wrong in this session, as often as it is in the list. What loses the truth is in few sessions. */
  #chooseKinds(): MischiefKind[] {
    const kinds: MischiefKind[] = ['kill', 'kill', 'kill', 'killAtClaim', 'stop', 'stop', 'tear', 'snapshot', 'armed'];
    if (this.#chance(0.3)) kinds.push('spoiltSnapshot');
    if (this.#chance(0.3)) kinds.push('forbid');
    if (this.#chance(0.3)) kinds.push('replace');
    if (this.#stage.hasOwnDisk) kinds.push('fullDisk', 'fullDisk');
    if (this.#chance(0.15)) kinds.push('flags');
    if (this.#chance(0.12)) kinds.push('log');
    else if (this.#chance(0.1)) kinds.push('session');
    return kinds;
  }

  /** The session starts, and a prompt plans its workers. Nothing goes wrong here. */
  async #begin(): Promise<void> {
    const stage = this.#stage;
    await this.#conductor.fire('SessionStart', { source: 'startup' });
    // so much that snapshots are written
    for (let n = 0; n < 12; n++) stage.publish({ t: 'log', level: 'debug', message: `${n} `.padEnd(3000, 'x') });
    const workers = Array.from({ length: 4 }, (_, i) => ({
      name: `w${i}`,
      run: { shell: workerScript(this.#pick) },
      after: i >= 2 && this.#chance(0.6) ? [`w${i - 2}`] : [],
      guard: [{ tool: 'Read', path: `guarded-${i}.txt`, reason: `not-guard-${i}` }],
    }));
    const stubborn = { name: 'stubborn', run: { shell: STUBBORN_SCRIPT }, after: [], guard: [] };
    writeApprovedRules(stage.home, stage.project, {
      version: 1,
      rules: [{ name: 'piece', prompt: PROMPT, workers: [...workers, stubborn] }],
    });
    const asked = clock();
    await this.#conductor.fire('UserPromptSubmit', { prompt: PROMPT });
    const inForce = clock();
    for (let i = 0; i < workers.length; i++)
      this.#guards.push({ word: `not-guard-${i}`, path: `guarded-${i}.txt`, asked, inForce, ending: inForce });
    this.#seen.blocks.push(...this.#guards);
  }

  /** Gives some of the programs a clock that is an hour or a day wrong. */
  #moveClocks(): void {
    const pick = random(this.#seed + 4);
    this.#seen.excuses.clockMoved = true;
    this.#stage.clockShift = () => {
      if (pick() > 0.3) return 0;
      this.#programsWithWrongClock++;
      return [-26, -1, 1, 26][Math.floor(pick() * 4)] ?? 0;
    };
  }

  /** Lets things go wrong until the actors are done. */
  async #disturb(playing: Promise<unknown>): Promise<void> {
    const state = { isPlaying: true };
    void playing.finally(() => (state.isPlaying = false)).catch(() => {});
    const lost = new Set<MischiefKind>(['log', 'session', 'flags']);
    const kinds = [...this.#kinds];
    for (let n = 0; n < MISCHIEFS && state.isPlaying; n++) {
      await delay(50 + this.#pick() * 250);
      const at = Math.floor(this.#pick() * kinds.length);
      const [kind = 'kill'] = kinds.slice(at);
      this.#mischief.do(kind);
      // the truth is lost once
      if (lost.has(kind)) kinds.splice(at, 1);
    }
  }

  /** The person ends the worker that does not end by itself, by a flag. */
  #abortStubborn(): void {
    if (hasEnded(this.#lastState.workers.get(STUBBORN))) return;
    try {
      writeFileSync(join(sessionPaths(this.#stage.dir).flags, `abort-${STUBBORN}`), '');
    } catch {
      // no room for it, or the folder was taken away: it is raised again in the end
    }
  }

  /** Nothing goes wrong any more: the hooks go on until every worker has ended and everything is told. */
  async #settle(): Promise<void> {
    let rounds = 0;
    const isSettled = async (): Promise<boolean> => {
      rounds++;
      this.#abortStubborn();
      await this.#conductor.fire('Notification', { message: 'look', notification_type: 'idle_prompt' });
      await this.#conductor.fire('PostToolBatch', { tool_calls: [] });
      const missing = unsettledOf(this.#lastState);
      // on a machine that is very busy a round takes long: what counts is that so many have changed nothing
      if (missing.length > 0 && rounds > SETTLE_ROUNDS && clock() > endMs)
        throw new Error(`after ${rounds} rounds of hooks is not settled: ${missing.join(', ')}`);
      return missing.length === 0;
    };
    const endMs = clock() + SETTLE_MS;
    while (!(await isSettled())) await delay(200);
    for (const { to } of this.#seen.information.filter((each) => each.to !== CONDUCTOR))
      await this.#actors.readInbox(to);
  }

  /** The person releases everything, a last call passes, and the session ends. */
  async #finish(): Promise<void> {
    this.#sampler?.stop();
    writeFileSync(join(sessionPaths(this.#stage.dir).flags, 'release-all'), '');
    const over = clock();
    for (const block of this.#seen.blocks) {
      block.ending ??= over;
      block.over ??= over;
    }
    for (const { path } of this.#seen.blocks.slice(0, 2)) await this.#conductor.call(path);
    await this.#conductor.fire('SessionEnd', { reason: 'other' });
  }

  /** The state of the log, an empty one where it was taken away. */
  get #lastState(): SessionState {
    const log = new SessionLog(this.#stage.dir, false);
    if (existsSync(sessionPaths(this.#stage.dir).log)) log.refresh();
    return log.state;
  }

  #countEnds(): void {
    for (const { run, state } of this.#lastState.workers.values())
      if (run !== undefined) this.#ended.set(state, (this.#ended.get(state) ?? 0) + 1);
  }

  /** Compares what was seen with the log. */
  #judge(): string[] {
    const seen = this.#seen;
    const truth = readTruth(textOf(join(this.#stage.project, 'truth')));
    for (const worker of new Set([...truth.begins.keys(), ...truth.ends.keys()]))
      seen.workers.push({ worker, began: truth.begins.get(worker) ?? 0, ended: truth.ends.get(worker) ?? 0 });
    seen.information.push(...truth.told.map((each) => ({ ...each, to: CONDUCTOR })));
    for (const line of textOf(join(this.#stage.project, 'guarded')).split('\n').filter(Boolean)) {
      const [phase, token, worker = ''] = line.split(' ');
      seen.guardedWrites.push({ phase: phase === 'in' ? 'in' : 'out', token: Number(token), worker });
    }
    const logs = [...this.#mischief.lostLogs, sessionPaths(this.#stage.dir).log].map(linesOf);
    return violations(logs, seen);
  }
}

/** The planned worker that has started a process; undefined for Fermata's own programs. */
function plannedWorkerOf(pid: number, command: string): string | undefined {
  const variables = Object.fromEntries(variablesOf(pid).map((text) => text.split('=', 2) as [string, string]));
  return variables['FERMATA_OUT'] === undefined || command.includes('.cjs') ? undefined : variables['FERMATA_WORKER'];
}

/** The planned workers that have not ended, and the notes that the Conductor has not got. */
const unsettledOf = ({ workers, notes }: SessionState): string[] => [
  ...[...workers.values()]
    .filter((worker) => worker.run !== undefined && !hasEnded(worker))
    .map(({ id, state, pid }) => `${id} ${state} ${pid ?? 'without a process'}`),
  ...[...notes.values()]
    .filter(({ to, deliveredBy }) => to === CONDUCTOR && deliveredBy === undefined)
    .map(({ pos, text, claim }) => `${text} at ${pos}, claimed by ${JSON.stringify(claim)}`),
];

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // nothing was written there
    return '';
  }
}

function linesOf(path: string): Line[] {
  const lines: Line[] = [];
  new LineReader().push(Buffer.from(textOf(path), 'utf8'), (line) => lines.push(line));
  return lines;
}
