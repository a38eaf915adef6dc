import { createInterface } from 'node:readline';
import { claudeBinary, claudeEnv, type ClaudeVersion } from './claudeHome.ts';
import { killGroup, spawnGroup, type GroupProcess } from './processGroup.ts';
import { waitFor } from './waitFor.ts';

/** One line of the CLI's stream-json output. */
interface ClaudeEvent {
  type: string;
  subtype?: string;
  session_id?: string;
  [key: string]: unknown;
}

/** The line with which a turn ends. */
interface ClaudeResult extends ClaudeEvent {
  type: 'result';
  result?: string;
  is_error: boolean;
  num_turns: number;
}

export interface ClaudeOptions {
  cwd: string;
  /** A home made by `prepareClaudeHome`; never the developer's. */
  home: string;
  /** The address of a `startModelServer`. */
  modelUrl: string;
  env?: Record<string, string>;
  args?: string[];
  /** The pinned one by default. */
  version?: ClaudeVersion;
  /** Session to continue. */
  resume?: string;
  /** Tools that run without a permission prompt; everyday tools by default. */
  allowedTools?: string[];
}

export interface ClaudeRun {
  code: number | null;
  stdout: string;
  stderr: string;
  events: ClaudeEvent[];
  /** The end of the last turn; undefined when the CLI ended before. */
  result: ClaudeResult | undefined;
  sessionId: string;
}

export interface LiveClaude {
  pid: number;
  events: ClaudeEvent[];
  /** Its stderr so far. */
  stderr(): string;
  /** The newest session id: `/clear` changes it within one process. */
  sessionId(): string;
  /** Types a prompt; does not wait. */
  send(prompt: string): void;
  /** Sends a line of the control protocol, as an editor does. */
  control(line: object): void;
  /** The first event from number `from` on (0 by default) that fits, now or later. */
  waitFor(predicate: (event: ClaudeEvent) => boolean, timeoutMs?: number, from?: number): Promise<ClaudeEvent>;
  /** Sends a prompt and waits for the end of its turn. */
  ask(prompt: string, timeoutMs?: number): Promise<ClaudeResult>;
  /** Closes the input, as when the user leaves, and waits for the process to end. */
  end(timeoutMs?: number): Promise<number | null>;
  kill(signal?: NodeJS.Signals): void;
}

const everydayTools = ['Read', 'Write', 'Edit', 'Bash', 'Agent', 'TaskCreate', 'TaskUpdate'];

/** Runs `claude -p PROMPT` to its end. */
export async function runClaude(options: ClaudeOptions & { prompt: string; timeoutMs?: number }): Promise<ClaudeRun> {
  const { prompt, timeoutMs = 150_000 } = options;
  const child = spawnClaude(options, [prompt], false);
  const output = collect(child);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, timeoutMs);
  const code = await output.closed;
  clearTimeout(timer);
  if (timedOut)
    throw new Error(`claude did not end within ${timeoutMs} ms\n${output.stdout().slice(-2000)}\n${output.stderr()}`);
  const { events } = output;
  return {
    code,
    stdout: output.stdout(),
    stderr: output.stderr(),
    events,
    result: events.findLast(isResult),
    sessionId: newestSession(events),
  };
}

/** Starts a `claude` that takes prompts one after another, as an editor or the SDK drives it. */
export function startClaude(options: ClaudeOptions): LiveClaude {
  const child = spawnClaude(options, ['--input-format', 'stream-json'], true);
  const output = collect(child);
  const { events } = output;
  const input = child.stdin;
  input?.on('error', () => undefined); // EPIPE when the process has died: `waitFor` reports it

  const live: LiveClaude = {
    pid: child.pid ?? -1,
    events,
    stderr: output.stderr,
    sessionId: () => newestSession(events),
    send(prompt) {
      input?.write(
        `${JSON.stringify({ type: 'user', message: { role: 'user', content: [{ type: 'text', text: prompt }] } })}\n`,
      );
    },
    control: (line) => void input?.write(`${JSON.stringify(line)}\n`),
    async waitFor(predicate, timeoutMs = 90_000, from = 0) {
      const found = await waitFor(
        () => {
          const event = events.slice(from).find(predicate);
          return event ?? (output.isClosed() ? 'ended' : undefined);
        },
        { describe: `an event of claude; its events are ${events.map((event) => event.type).join(' ')}`, timeoutMs },
      );
      if (found === 'ended') throw new Error(`claude ended while an event was awaited\n${output.stderr()}`);
      return found;
    },
    async ask(prompt, timeoutMs) {
      const from = events.length;
      live.send(prompt);
      return (await live.waitFor(isResult, timeoutMs, from)) as ClaudeResult;
    },
    async end(timeoutMs = 90_000) {
      input?.end();
      const timer = setTimeout(() => killGroup(child), timeoutMs);
      const code = await output.closed;
      clearTimeout(timer);
      return code;
    },
    kill: (signal) => killGroup(child, signal),
  };
  return live;
}

function spawnClaude(options: ClaudeOptions, promptArgs: string[], input: boolean): GroupProcess {
  const { cwd, home, modelUrl, env, args = [], version, resume, allowedTools = everydayTools } = options;
  const allArgs = ['-p', ...promptArgs, '--output-format', 'stream-json', '--verbose'];
  if (resume !== undefined) allArgs.push('--resume', resume);
  if (allowedTools.length > 0) allArgs.push('--allowedTools', allowedTools.join(','));
  return spawnGroup(claudeBinary(version), [...allArgs, ...args], {
    cwd,
    env: claudeEnv(home, modelUrl, env),
    input,
  });
}

function collect(child: GroupProcess) {
  const lines: string[] = [];
  const events: ClaudeEvent[] = [];
  let stderr = '';
  let isClosed = false;
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line);
    if (line.startsWith('{')) events.push(JSON.parse(line) as ClaudeEvent);
  });
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const closed = new Promise<number | null>((resolve) => {
    child.once('close', (code) => {
      isClosed = true;
      resolve(code);
    });
  });
  return { events, closed, isClosed: () => isClosed, stdout: () => lines.join('\n'), stderr: () => stderr };
}

function isResult(event: ClaudeEvent): event is ClaudeResult {
  return event.type === 'result';
}

function newestSession(events: ClaudeEvent[]): string {
  return events.findLast((event) => event.session_id !== undefined)?.session_id ?? '';
}
