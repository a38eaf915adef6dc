import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sessionPaths } from '#core/base/paths.ts';
import { createLog } from '#core/log/append.ts';
import { HookStage } from '#test/lib/hookStage.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { bundle, Running } from './program.ts';
import { random } from './random.ts';

const HOOKS = 6;
/** So few that often no block is active, and the hooks disarm. */
export const ARMERS = 2;
const clock = (): number => Number(process.hrtime.bigint());

interface Block {
  inForce: number;
  ending?: number;
  missing?: boolean;
}

interface Call {
  path: string;
  began: number;
  ended: number;
  outcome: 'denied' | 'passed' | 'killed' | 'broken';
  output: string;
}

export interface ArmingResult {
  calls: number;
  denied: number;
  passed: number;
  killed: number;
  /** Calls that neither passed nor were refused. */
  broken: string[];
  /** Calls during all of which a block on them was active. */
  tested: number;
  /** The tested calls that passed: each is a fault. */
  slipped: string[];
  /** Calls that were refused although no block on them was ever in force. */
  wronglyDenied: string[];
  blocks: number;
  /** Active blocks during which the event was at some time not armed. */
  unarmed: string[];
  /** Number of calls that began while the event was disarmed, which the gate lets through by itself. */
  disarmedSeen: number;
  /** At the end: active blocks, whether the event is armed and a call refused, and whether it is disarmed after their release. */
  end: { active: number; armed: boolean; denied: boolean; disarmed: boolean };
}

/** A session with the real gate and hook program, short-lived blocks, and hooks that are killed. */
export class ArmingStage {
  readonly #stage = new HookStage();
  readonly #blocks = new Map<string, Block>();
  readonly #calls: Call[] = [];
  #disarmedSeen = 0;

  constructor() {
    const { dir, session, project } = this.#stage;
    createLog(dir, Date.now());
    this.#stage.publish({ t: 'session', session, cwd: project });
  }

  get #isArmed(): boolean {
    return existsSync(join(sessionPaths(this.#stage.dir).armed, 'PreToolUse'));
  }

  /** One call of Read through the installed gate; with `killAfter` its hook is killed after that many ms. */
  async #call(path: string, killAfter?: number): Promise<Call> {
    const file_path = join(this.#stage.project, path);
    const began = clock();
    const hook = this.#stage.run(
      'PreToolUse',
      this.#stage.payload('PreToolUse', { tool_name: 'Read', tool_input: { file_path }, tool_use_id: 't1' }),
    );
    const timer = killAfter === undefined ? undefined : setTimeout(() => hook.kill('SIGKILL'), killAfter);
    const { code, stdout, stderr } = await hook;
    clearTimeout(timer);
    const output = `${stdout}${stderr}`;
    const outcome = output.includes('"deny"')
      ? 'denied'
      : code === null && killAfter !== undefined
        ? 'killed'
        : code === 0 && output === ''
          ? 'passed'
          : 'broken';
    return { path, began, ended: clock(), outcome, output };
  }

  async #armers(seed: number): Promise<Running[]> {
    const program = await bundle('armer');
    return Array.from({ length: ARMERS }, (_, i) => {
      const args = [program, this.#stage.dir, `W${i + 1}`, String(seed + i), i === 0 ? 'slow' : 'quick'];
      return new Running(process.execPath, args, { input: true }, (line) => {
        const { path, ...change } = JSON.parse(line) as Block & { path: string };
        this.#blocks.set(path, { ...this.#blocks.get(path), ...change });
      });
    });
  }

  /** Rounds of hooks that start within 300 ms of each other, as the calls of one message do. */
  async run(rounds: number, seed: number): Promise<ArmingResult> {
    const rnd = random(seed);
    const armers = await this.#armers(seed);
    try {
      await waitFor(() => this.#blocks.size > 0, { describe: 'the first block' });
      for (let round = 0; round < rounds || (round < 10 * rounds && !this.#isConclusive(rounds)); round++) {
        await Promise.all(
          Array.from({ length: HOOKS }, async () => {
            await delay(rnd() * 300);
            if (!this.#isArmed) this.#disarmedSeen++;
            const open = [...this.#blocks].filter(([, b]) => b.ending === undefined).map(([path]) => path);
            const path = open[Math.floor(rnd() * (open.length + 1))] ?? 'free.txt';
            this.#calls.push(await this.#call(path, rnd() < 0.2 ? rnd() * 200 : undefined));
          }),
        );
      }
      for (const armer of armers) armer.child.stdin?.end();
      const ends = await Promise.all(armers.map((a) => a.ended));
      const failed = ends.filter(({ code }) => code !== 0).map(({ stderr }) => stderr);
      if (failed.length > 0) throw new Error(`a writer failed: ${failed.join('\n')}`);
      return { ...this.#judge(), end: await this.#end() };
    } finally {
      for (const armer of armers) armer.kill();
    }
  }

  /** Whether enough calls were covered by a block, killed, and made while disarmed: on a slow machine that takes more rounds. */
  #isConclusive(rounds: number): boolean {
    const { tested, killed, disarmedSeen } = this.#judge();
    return tested > rounds / 4 && killed > 0 && disarmedSeen > 0;
  }

  #judge(): Omit<ArmingResult, 'end'> {
    const counts = { denied: 0, passed: 0, killed: 0, broken: 0 };
    let tested = 0;
    const slipped: string[] = [];
    const wronglyDenied: string[] = [];
    for (const { path, began, ended, outcome } of this.#calls) {
      counts[outcome]++;
      const block = this.#blocks.get(path);
      const covered = block !== undefined && began > block.inForce && ended < (block.ending ?? Infinity);
      if (covered && outcome !== 'killed') tested++;
      if (covered && outcome === 'passed') slipped.push(path);
      if (outcome === 'denied' && block === undefined) wronglyDenied.push(path);
    }
    const broken = this.#calls.filter(({ outcome }) => outcome === 'broken').map(({ output }) => output);
    const unarmed = [...this.#blocks].filter(([, b]) => b.missing === true).map(([path]) => path);
    const { denied, passed, killed } = counts;
    const sizes = { calls: this.#calls.length, blocks: this.#blocks.size, disarmedSeen: this.#disarmedSeen };
    return { ...sizes, tested, denied, passed, killed, broken, slipped, wronglyDenied, unarmed };
  }

  async #end(): Promise<ArmingResult['end']> {
    const activeBlocks = [...this.#stage.state.blocks.values()].filter((b) => b.ended === undefined);
    const armed = this.#isArmed;
    const last = await this.#call(activeBlocks[0]?.match?.path ?? '');
    this.#stage.publish({ t: 'unblock', block: 'all', by: 'user' });
    await this.#call('free.txt');
    return { active: activeBlocks.length, armed, denied: last.outcome === 'denied', disarmed: !this.#isArmed };
  }
}
