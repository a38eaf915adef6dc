import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { cleanEnv } from './cleanEnv.ts';
import type { CommandResult, Stage } from './fermata.ts';
import { killGroup, spawnGroup, type GroupProcess } from './processGroup.ts';
import { repoRoot } from './runtimes.ts';

const PROGRAM = join(repoRoot, 'test/processes/programs/standInClaude.mjs');

/** What a program below Claude is started with. */
interface BelowOptions {
  env?: Record<string, string>;
  input?: string;
}

/** A process that plays the Claude of a session: its hooks and its tool calls run below it. */
export class StandInClaude {
  readonly session: string;
  readonly #stage: Pick<Stage, 'root' | 'home' | 'project'>;
  readonly #process: GroupProcess;
  readonly #waiting = new Map<number, (result: CommandResult) => void>();
  #calls = 0;

  constructor(stage: Pick<Stage, 'root' | 'home' | 'project'>, session: string, env: Record<string, string> = {}) {
    this.#stage = stage;
    this.session = session;
    this.#process = spawnGroup(process.execPath, [PROGRAM], { env: cleanEnv(stage.root, env), input: true });
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      const { id, ...result } = JSON.parse(line) as CommandResult & { id: number };
      this.#waiting.get(id)?.(result);
    });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  /** The variables that Claude Code sets, and those of its environment file. */
  get env(): Record<string, string> {
    const { home } = this.#stage;
    return {
      CLAUDECODE: '1',
      CLAUDE_CODE_SESSION_ID: this.session,
      FERMATA_SESSION_DIR: join(home, 'sessions', this.session),
      FERMATA_PARENT: this.session,
    };
  }

  /** Runs a program below it, with nothing of its environment but a home. */
  run(file: string, args: readonly string[], { env = {}, input = '' }: BelowOptions = {}): Promise<CommandResult> {
    const { root, home, project } = this.#stage;
    const id = this.#calls++;
    const call = { id, file, args, cwd: project, env: cleanEnv(root, { FERMATA_HOME: home, ...env }), input };
    this.#process.stdin?.write(`${JSON.stringify(call)}\n`);
    return new Promise((resolve) => this.#waiting.set(id, resolve));
  }

  /** Runs the installed command below it. */
  fermata(args: readonly string[], options?: BelowOptions): Promise<CommandResult> {
    return this.run(join(this.#stage.home, 'bin/fermata'), args, options);
  }

  /** Fires a hook as Claude Code does; `env` is what it inherited itself. */
  hook(event: string, more: object = {}, env: Record<string, string> = {}): Promise<CommandResult> {
    const { home, project } = this.#stage;
    const payload = { session_id: this.session, hook_event_name: event, cwd: project, ...more };
    const own = { CLAUDECODE: '1', CLAUDE_CODE_SESSION_ID: this.session, CLAUDE_PROJECT_DIR: project };
    const options = { env: { ...env, ...own }, input: JSON.stringify(payload) };
    return this.run(join(home, 'hooks/gate.sh'), [event, '60'], options);
  }

  end(): void {
    killGroup(this.#process);
  }
}
