import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLog } from '#core/log/append.ts';
import { homePaths, sessionDir, sessionPaths } from '#core/base/paths.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { cleanEnv } from '#test/lib/cleanEnv.ts';
import { cliProgram } from '#test/lib/fermata.ts';
import { tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';
import { bundle, Running } from './program.ts';
import { random } from './random.ts';

const SESSION = 'stress-1';
const HOOKS = 6;
/** Few enough that often nothing stands at all, and the hooks disarm. */
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
  how: 'denied' | 'passed' | 'killed' | 'broken';
  output: string;
}

export interface ArmingResult {
  calls: number;
  denied: number;
  passed: number;
  killed: number;
  /** Calls that neither passed nor were refused. */
  broken: string[];
  /** Calls on which a block stood from before they began until after they ended. */
  tested: number;
  /** Those of them that passed all the same. */
  slipped: string[];
  /** Refused although nothing of the kind was ever in force. */
  wronglyDenied: string[];
  blocks: number;
  /** Blocks during which the event was once not armed. */
  unarmed: string[];
  /** How often a call began while the event was disarmed: the gate's short way. */
  disarmedSeen: number;
  /** In the end: the standing blocks, whether armed, whether refused; and whether disarmed once they were released. */
  end: { active: number; armed: boolean; denied: boolean; disarmed: boolean };
}

/** A session with the real gate and hook program, blocks that come and go, and hooks that are killed. */
export class ArmingStage {
  readonly root = tempDir();
  readonly home = join(this.root, '.fermata');
  readonly dir = sessionDir(this.home, SESSION);
  readonly #blocks = new Map<string, Block>();
  readonly #calls: Call[] = [];
  #disarmedSeen = 0;

  constructor() {
    mkdirSync(join(this.home, 'hooks'), { recursive: true });
    const dist = dirname(cliProgram);
    for (const file of ['gate.sh', 'hook.cjs', 'turn.cjs'])
      cpSync(join(dist, 'hooks', file), join(this.home, 'hooks', file));
    writeFileSync(homePaths(this.home).runtime, `${process.execPath}\n`);
    writeFileSync(homePaths(this.home).settings, '{"hold.seconds": 0}');
    createLog(this.dir, Date.now());
    publish(this.dir, Date.now(), { t: 'session', session: SESSION, cwd: this.root });
  }

  get #isArmed(): boolean {
    return existsSync(join(sessionPaths(this.dir).armed, 'PreToolUse'));
  }

  /** One call of Read through the installed gate; killed after `killAfter` ms if that is given. */
  async #call(path: string, killAfter?: number): Promise<Call> {
    const env = cleanEnv(this.root, { CLAUDE_CODE_SESSION_ID: SESSION, CLAUDE_PROJECT_DIR: this.root });
    const began = clock();
    const hook = new Running(join(this.home, 'hooks/gate.sh'), ['PreToolUse', '60'], {
      env,
      cwd: this.root,
      input: true,
    });
    const tool = { tool_name: 'Read', tool_input: { file_path: join(this.root, path) }, tool_use_id: 't1' };
    const payload = {
      session_id: SESSION,
      hook_event_name: 'PreToolUse',
      cwd: this.root,
      transcript_path: '/t',
      ...tool,
    };
    hook.child.stdin?.end(JSON.stringify(payload));
    const timer = killAfter === undefined ? undefined : setTimeout(() => hook.kill(), killAfter);
    const { code, signal, stderr } = await hook.ended;
    clearTimeout(timer);
    const output = `${hook.lines.join('\n')}${stderr}`;
    const how = output.includes('"deny"')
      ? 'denied'
      : signal === 'SIGKILL'
        ? 'killed'
        : code === 0 && output === ''
          ? 'passed'
          : 'broken';
    return { path, began, ended: clock(), how, output };
  }

  async #armers(seed: number): Promise<Running[]> {
    const program = await bundle('armer');
    return Array.from({ length: ARMERS }, (_, i) => {
      const args = [program, this.dir, `W${i + 1}`, String(seed + i), i === 0 ? 'slow' : 'quick'];
      return new Running(process.execPath, args, { input: true }, (line) => {
        const { path, ...what } = JSON.parse(line) as Block & { path: string };
        this.#blocks.set(path, { ...this.#blocks.get(path), ...what });
      });
    });
  }

  /** Rounds of hooks that start within 300 ms of each other, as the calls of one message do. */
  async run(rounds: number, seed: number): Promise<ArmingResult> {
    const rnd = random(seed);
    const armers = await this.#armers(seed);
    try {
      await waitFor(() => this.#blocks.size > 0, { describe: 'the first block' });
      for (let round = 0; round < rounds; round++) {
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

  #judge(): Omit<ArmingResult, 'end'> {
    const counts = { denied: 0, passed: 0, killed: 0, broken: 0 };
    let tested = 0;
    const slipped: string[] = [];
    const wronglyDenied: string[] = [];
    for (const { path, began, ended, how } of this.#calls) {
      counts[how]++;
      const block = this.#blocks.get(path);
      const covered = block !== undefined && began > block.inForce && ended < (block.ending ?? Infinity);
      if (covered && how !== 'killed') tested++;
      if (covered && how === 'passed') slipped.push(path);
      if (how === 'denied' && block === undefined) wronglyDenied.push(path);
    }
    const broken = this.#calls.filter(({ how }) => how === 'broken').map(({ output }) => output);
    const unarmed = [...this.#blocks].filter(([, b]) => b.missing === true).map(([path]) => path);
    const { denied, passed, killed } = counts;
    const sizes = { calls: this.#calls.length, blocks: this.#blocks.size, disarmedSeen: this.#disarmedSeen };
    return { ...sizes, tested, denied, passed, killed, broken, slipped, wronglyDenied, unarmed };
  }

  async #end(): Promise<ArmingResult['end']> {
    const log = new SessionLog(this.dir);
    log.refresh();
    const activeBlocks = [...log.state.blocks.values()].filter((b) => b.ended === undefined);
    const armed = this.#isArmed;
    const last = await this.#call(activeBlocks[0]?.match?.path ?? '');
    publish(this.dir, Date.now(), { t: 'unblock', block: 'all', by: 'user' });
    await this.#call('free.txt');
    return { active: activeBlocks.length, armed, denied: last.how === 'denied', disarmed: !this.#isArmed };
  }
}
