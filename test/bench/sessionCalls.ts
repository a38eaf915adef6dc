import { join } from 'node:path';
import { print, printRatio, printSpread } from './figure.ts';
import { processTime } from './processTime.ts';

/** Hooks of sessions that are called in turn, beside what the system itself takes to start a shell or a Node. */
export class SessionCalls {
  readonly #home: string;
  readonly #project: string;
  readonly #times = { gate: [] as number[], shell: [] as number[], hook: [] as number[], node: [] as number[] };

  constructor(home: string, project: string) {
    this.#home = home;
    this.#project = project;
  }

  /** One gate at which nothing is armed and one refusal, of that session; each with its base just before. */
  async round(session: string): Promise<void> {
    this.#times.shell.push(await processTime({ file: '/bin/sh', args: ['-c', ':'], env: {} }));
    this.#times.gate.push(await this.#gate(session, 'PostToolUse'));
    this.#times.node.push(await processTime({ file: process.execPath, args: ['-e', '0'], env: {} }));
    this.#times.hook.push(await this.#gate(session, 'PreToolUse'));
  }

  #gate(session: string, event: string): Promise<number> {
    const env = {
      PATH: process.env['PATH'] ?? '',
      HOME: this.#home,
      CLAUDE_CODE_SESSION_ID: session,
      CLAUDE_PROJECT_DIR: this.#project,
    };
    const stdin = JSON.stringify({
      session_id: session,
      hook_event_name: event,
      cwd: this.#project,
      tool_name: 'Read',
      tool_input: { file_path: '/a' },
      tool_use_id: 't1',
    });
    return processTime({ file: join(this.#home, 'hooks/gate.sh'), args: [event, '60'], env, stdin });
  }

  /** Prints the ratios beside their limits, and the times themselves. */
  report(name: string, limits: { gate: number; hook: number }): void {
    const { gate, shell, hook, node } = this.#times;
    printRatio(`${name}-gate`, gate, ['sh -c :', shell], limits.gate);
    printRatio(`${name}-refusal`, hook, ['node -e 0', node], limits.hook);
    printSpread(`${name}-gate-time`, gate, 'ms');
    printSpread(`${name}-refusal-time`, hook, 'ms');
    print({ name: `${name}-rounds`, value: gate.length, unit: 'rounds' });
  }
}
