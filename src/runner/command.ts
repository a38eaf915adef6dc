import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { startable } from '#core/base/windowsCommand.ts';
import { shellArgv } from '#core/base/shellProgram.ts';
import { formatCommand } from '#core/base/formatCommand.ts';
import { claimFolder } from '#core/base/files/aside.ts';
import { workerPaths } from '#core/base/paths.ts';
import type { Plan } from '#protocol/fileFormats.ts';
import { isAlive } from '#core/base/processes.ts';
import { workerEnv } from '#core/workers/workerEnv.ts';
import { BoundedLog, lastLines } from './boundedLog.ts';
import type { ClaudeTask } from '#core/plans/plannedWorkers.ts';
import { makePipes, OutputPipe } from './outputPipe.ts';

export type PlannedCommand = Plan['workers'][number];

/** The end of a command, with the fields of the `exit` event. */
export interface ExitStatus {
  code: number | null;
  signal?: string;
  reason?: string;
  /** Another runner started the command, so its exit code is unknown. */
  lost?: boolean;
}

export interface RunningCommand {
  /** Undefined if the command could not be started; `exited` then has the reason. */
  pid: number | undefined;
  /** The command line as text. */
  text: string;
  exited: Promise<ExitStatus>;
  /** Waits, after the command's end, for the rest of its output. */
  finish: () => Promise<void>;
  /** The last lines of its standard error. */
  stderrTail: () => string;
}

export interface CommandContext {
  dir: string;
  home: string;
  project: string;
  /** The path of Claude Code, for a Claude worker; undefined where it was not found. */
  claude: string | undefined;
  /** The size limit of its kept output, in bytes. */
  maxOutputBytes: number;
  /** Called with each chunk of its standard output. */
  onOutput: ((data: Buffer) => void) | undefined;
}

/** The poll interval for a process that another runner has started. */
const POLL_MS = 200;
/** The part of standard error that an escalation shows. */
const STDERR_TAIL_LINES = 10;
const STDERR_TAIL_BYTES = 2000;

/** The command line of a Claude worker: it prints JSON lines and has only the tools that its rule allows. */
function claudeCommand(program: string, task: ClaudeTask): string[] {
  const { prompt, allowedTools, permissionMode, model, maxTurns } = task;
  return [
    program,
    '-p',
    // a prompt that begins with a dash is not an option
    prompt.startsWith('-') ? ` ${prompt}` : prompt,
    '--output-format',
    'stream-json',
    '--verbose',
    '--permission-mode',
    permissionMode,
    ...(allowedTools.length === 0 ? [] : ['--allowedTools', allowedTools.join(',')]),
    ...(model === undefined ? [] : ['--model', model]),
    ...(maxTurns === undefined ? [] : ['--max-turns', String(maxTurns)]),
  ];
}

/**
 * Starts a planned worker's command as the leader of its own process group, with its output in files and no input. Does
 * not throw for a command that cannot be started: that one ends with code 127 (not found) or 126 and a reason.
 */
export function startCommand(planned: PlannedCommand, ctx: CommandContext): RunningCommand {
  const { claude, run, shell } = planned;
  const argv = claude === undefined ? (run ?? shellArgv(shell ?? '') ?? []) : claudeCommand(ctx.claude ?? '', claude);
  const [program = ''] = argv;
  const text = shell ?? formatCommand(argv);
  let output: ReturnType<typeof openOutput>;
  try {
    output = openOutput(planned, ctx);
  } catch (error) {
    const exited = Promise.resolve({ code: 126, reason: `its output cannot be kept: ${(error as Error).message}` });
    return { pid: undefined, text, exited, finish: () => Promise.resolve(), stderrTail: () => '' };
  }
  const startFailure = (error: NodeJS.ErrnoException): ExitStatus => ({
    code: error.code === 'ENOENT' || program === '' ? 127 : 126,
    reason: !existsSync(planned.cwd)
      ? `cannot start: the folder ${planned.cwd} is gone`
      : program === ''
        ? `cannot start: ${shell === undefined ? 'Claude Code was not found; set fermata.claudePath' : 'there is no Git Bash for a "shell"'}`
        : `cannot start: ${program}: ${error.code ?? error.message}`,
  });
  try {
    const env = workerEnv(process.env, planned.env, { ...ctx, worker: planned.worker });
    const start = startable(argv, env, planned.cwd);
    const child = spawn(start.program, start.args, {
      ...start.options,
      cwd: planned.cwd,
      detached: true,
      stdio: ['ignore', output.stdout.stdio, output.stderr.stdio],
      windowsHide: true,
    });
    output.read(child);
    const exited = new Promise<ExitStatus>((resolve) => {
      child.once('error', (error) => resolve(startFailure(error)));
      child.once('exit', (code, signal) => resolve({ code, signal: signal ?? undefined }));
    });
    return { pid: child.pid, text, exited, ...output.handle };
  } catch (error) {
    output.read(undefined);
    const exited = Promise.resolve(startFailure(error as NodeJS.ErrnoException));
    return { pid: undefined, text, exited, ...output.handle };
  }
}

/** Takes over a command whose runner was killed: reads the rest of its output and polls for its end. */
export function adoptCommand(
  planned: PlannedCommand,
  ctx: CommandContext,
  pid: number,
  startTime?: string,
): RunningCommand {
  const output = openOutput(planned, ctx);
  output.read(undefined);
  const exited = new Promise<ExitStatus>((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(pid, startTime) !== false) return;
      clearInterval(timer);
      resolve({ code: null, lost: true, reason: 'its first runner was killed, so nobody saw how it ended' });
    }, POLL_MS);
  });
  return { pid, text: '', exited, ...output.handle };
}

function openOutput(planned: PlannedCommand, { dir, maxOutputBytes, onOutput }: CommandContext) {
  const paths = workerPaths(dir, planned.worker);
  claimFolder(paths.out);
  // the limit is for both files together
  const logs = [paths.stdout, paths.stderr].map((path) => new BoundedLog(path, Math.floor(maxOutputBytes / 2)));
  makePipes(paths.stdoutPipe, paths.stderrPipe);
  const stdout = new OutputPipe(paths.stdoutPipe);
  const stderr = new OutputPipe(paths.stderrPipe);
  return {
    stdout,
    stderr,
    read: (child: ChildProcess | undefined): void => {
      stdout.read(child?.stdout ?? null, (data) => {
        logs[0]?.write(data);
        onOutput?.(data);
      });
      stderr.read(child?.stderr ?? null, (data) => logs[1]?.write(data));
    },
    handle: {
      finish: async (): Promise<void> => {
        await Promise.all([stdout.finish(), stderr.finish()]);
        for (const pipe of [stdout, stderr]) pipe.remove();
        for (const file of logs) file.close();
      },
      stderrTail: () => lastLines(paths.stderr, STDERR_TAIL_LINES, STDERR_TAIL_BYTES),
    },
  };
}
