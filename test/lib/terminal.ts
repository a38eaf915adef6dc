import { createRequire } from 'node:module';
import { join } from 'node:path';
import { claudeBinary, claudeEnv } from './claudeHome.ts';
import type { ClaudeOptions } from './claude.ts';
import { runtimeModule } from './runtimes.ts';
import { waitFor } from './waitFor.ts';

/** The parts of node-pty and of xterm's headless terminal that are used here; both come with the runtimes. */
interface Pty {
  pid: number;
  write(text: string): void;
  kill(signal?: string): void;
  onData(listener: (text: string) => void): void;
  onExit(listener: (event: { exitCode: number }) => void): void;
}
interface Screen {
  write(text: string): void;
  buffer: {
    active: { baseY: number; getLine(y: number): { translateToString(trimRight: boolean): string } | undefined };
  };
}

const ROWS = 40;
const COLS = 120;

/** Claude Code's interactive interface in a pseudo-terminal. */
export interface TerminalClaude {
  pid: number;
  /** The text on the screen now. */
  screen(): string;
  /** All that it has sent to its terminal. */
  bytes(): string;
  /** Sends keys; a line break is Enter. */
  type(keys: string): void;
  /** Waits until the screen shows a text (or no longer shows it). */
  shows(text: string | RegExp, timeoutMs?: number): Promise<void>;
  hides(text: string | RegExp, timeoutMs?: number): Promise<void>;
  /** Waits until these bytes were among those. */
  sends(bytes: string, timeoutMs?: number): Promise<void>;
  /** Types a prompt and Enter. */
  ask(prompt: string): Promise<void>;
  /** Leaves by `/exit`, as a person does, and waits for the process to end. */
  exit(timeoutMs?: number): Promise<number>;
  kill(): void;
}

const require = createRequire(import.meta.url);

function spawnInTerminal({ cwd, home, modelUrl, env, version }: ClaudeOptions, args: string[]): Pty {
  const { spawn } = require(runtimeModule('node-pty')) as {
    spawn: (file: string, args: string[], options: object) => Pty;
  };
  return spawn(claudeBinary(version), args, { cwd, env: claudeEnv(home, modelUrl, env), cols: COLS, rows: ROWS });
}

/** Runs `claude -p PROMPT` in a pseudo-terminal to its end, and returns all that it has sent there. */
export async function printInTerminal(options: ClaudeOptions, prompt: string): Promise<string> {
  const pty = spawnInTerminal(options, ['-p', prompt, ...(options.args ?? [])]);
  let bytes = '';
  pty.onData((text) => (bytes += text));
  await new Promise((resolve) => pty.onExit(resolve));
  return bytes;
}

/** Starts `claude` in a pseudo-terminal and waits until it takes prompts. Needs a home of `prepareClaudeHome`. */
export async function openTerminalClaude(options: ClaudeOptions): Promise<TerminalClaude> {
  const { Terminal } = require(join(runtimeModule('@xterm/headless'), 'lib-headless', 'xterm-headless.js')) as {
    Terminal: new (options: object) => Screen;
  };
  const { args = [], resume, allowedTools = [] } = options;
  const allArgs = [...args];
  if (resume !== undefined) allArgs.push('--resume', resume);
  if (allowedTools.length > 0) allArgs.push('--allowedTools', allowedTools.join(','));
  const pty = spawnInTerminal(options, allArgs);
  const terminal = new Terminal({ cols: COLS, rows: ROWS, allowProposedApi: true });
  let ended: number | undefined;
  let bytes = '';
  pty.onData((text) => {
    bytes += text;
    terminal.write(text);
  });
  pty.onExit(({ exitCode }) => (ended = exitCode));

  const screen = (): string => {
    const { active } = terminal.buffer;
    return Array.from({ length: ROWS }, (_, y) => active.getLine(active.baseY + y)?.translateToString(true) ?? '')
      .join('\n')
      .trimEnd();
  };
  const has = (text: string | RegExp): boolean =>
    typeof text === 'string' ? screen().includes(text) : text.test(screen());
  const until = async (condition: () => boolean, describe: string, timeoutMs = 60_000): Promise<void> => {
    try {
      await waitFor(condition, { describe, timeoutMs });
    } catch (error) {
      throw new Error(`${(error as Error).message}; the screen shows\n${screen()}`, { cause: error });
    }
  };
  const claude: TerminalClaude = {
    pid: pty.pid,
    screen,
    bytes: () => bytes,
    sends: (text, timeoutMs) => until(() => bytes.includes(text), `${JSON.stringify(text)} to be sent`, timeoutMs),
    type: (keys) => pty.write(keys.replaceAll('\n', '\r')),
    shows: (text, timeoutMs) => until(() => has(text), `${String(text)} on the screen`, timeoutMs),
    hides: (text, timeoutMs) => until(() => !has(text), `${String(text)} to leave the screen`, timeoutMs),
    async ask(prompt) {
      claude.type(prompt);
      await claude.shows(prompt.slice(0, 40));
      claude.type('\n');
    },
    async exit(timeoutMs) {
      claude.type('/exit');
      await claude.shows('/exit');
      claude.type('\n');
      await until(() => ended !== undefined, 'claude to end', timeoutMs);
      return ended ?? -1;
    },
    kill: () => {
      if (ended === undefined) pty.kill('SIGKILL');
    },
  };
  await claude.shows(/^[│\s]*[❯>]/m);
  return claude;
}
