import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { commandText } from '../core/rules/commandWords.ts';
import { workerPaths } from '../core/paths.ts';
import type { Plan } from '../protocol/ownFiles.ts';
import { isAlive } from '../core/processes.ts';
import { workerEnv } from '../core/workers/workerEnv.ts';
import { BoundedLog, lastLines } from './boundedLog.ts';
import { claudeCommand } from './claudeCommand.ts';
import { makePipes, OutputPipe } from './outputPipe.ts';

export type PlannedCommand = Plan['workers'][number];

/** How a command ended, as the `exit` event tells it. */
export interface Ending {
  code: number | null;
  signal?: string;
  reason?: string;
  /** It was started by another runner, so nobody saw how it ended. */
  lost?: boolean;
}

export interface Command {
  /** Undefined if it could not be started; `ended` then says why. */
  pid: number | undefined;
  /** What runs, in words. */
  text: string;
  ended: Promise<Ending>;
  /** After its end: waits for the last of its output. */
  finish: () => Promise<void>;
  /** The last lines of what it wrote to standard error. */
  lastWords: () => string;
}

export interface CommandPlace {
  dir: string;
  home: string;
  project: string;
  /** The Claude Code to run, where the worker is one. */
  claude: string;
  /** How much of its output is kept, in bytes. */
  keep: number;
  /** Called with what it writes to standard output, besides that being kept. */
  onOutput: ((data: Buffer) => void) | undefined;
}

/** How often a process that somebody else started is looked at. */
const LOOK_MS = 200;
/** What an escalation shows of standard error. */
const LAST_LINES = 10;
const LAST_BYTES = 2000;

function wordsOf(planned: PlannedCommand, claude: string): string[] {
  if (planned.claude !== undefined) return claudeCommand(claude, planned.claude);
  return planned.run ?? ['/bin/sh', '-c', planned.shell ?? ''];
}

/**
 * Starts a planned worker's command as the leader of its own process group, its output kept in files, its input empty.
 * Never throws for the command's sake: one that cannot be started ends with code 127 (not found) or 126 and a reason.
 */
export function startCommand(planned: PlannedCommand, place: CommandPlace): Command {
  const words = wordsOf(planned, place.claude);
  const [program, ...args] = words;
  const text = planned.shell ?? commandText(words);
  let output: ReturnType<typeof openOutput>;
  try {
    output = openOutput(planned, place);
  } catch (error) {
    const ended = Promise.resolve({ code: 126, reason: `its output cannot be kept: ${(error as Error).message}` });
    return { pid: undefined, text, ended, finish: () => Promise.resolve(), lastWords: () => '' };
  }
  const failed = (error: NodeJS.ErrnoException): Ending => ({
    code: error.code === 'ENOENT' ? 127 : 126,
    reason: existsSync(planned.cwd)
      ? `cannot start: ${program}: ${error.code ?? error.message}`
      : `cannot start: the folder ${planned.cwd} is gone`,
  });
  try {
    const child = spawn(program ?? '', args, {
      cwd: planned.cwd,
      env: workerEnv(process.env, planned.env, { ...place, worker: planned.worker }),
      detached: true,
      stdio: ['ignore', output.stdout.stdio, output.stderr.stdio],
      windowsHide: true,
    });
    output.read(child);
    return { pid: child.pid, text, ended: endingOf(child, failed), ...output.handle };
  } catch (error) {
    output.read(undefined);
    const ended = Promise.resolve(failed(error as NodeJS.ErrnoException));
    return { pid: undefined, text, ended, ...output.handle };
  }
}

/** Takes over a command whose own runner is gone: reads on from its output, and sees when it has ended, not how. */
export function adoptCommand(
  planned: PlannedCommand,
  place: CommandPlace,
  { pid, startTime }: { pid: number; startTime: string | undefined },
): Command {
  const output = openOutput(planned, place);
  output.read(undefined);
  const ended = new Promise<Ending>((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(pid, startTime) !== false) return;
      clearInterval(timer);
      resolve({ code: null, lost: true, reason: 'its first runner was killed, so nobody saw how it ended' });
    }, LOOK_MS);
  });
  return { pid, text: '', ended, ...output.handle };
}

function openOutput(planned: PlannedCommand, { dir, keep, onOutput }: CommandPlace) {
  const paths = workerPaths(dir, planned.worker);
  mkdirSync(paths.out, { recursive: true, mode: 0o700 });
  // both together are what is kept for a worker
  const kept = [paths.stdout, paths.stderr].map((path) => new BoundedLog(path, Math.floor(keep / 2)));
  makePipes(paths.stdoutPipe, paths.stderrPipe);
  const stdout = new OutputPipe(paths.stdoutPipe);
  const stderr = new OutputPipe(paths.stderrPipe);
  return {
    stdout,
    stderr,
    read: (child: ChildProcess | undefined): void => {
      stdout.read(child?.stdout ?? null, (data) => {
        kept[0]?.write(data);
        onOutput?.(data);
      });
      stderr.read(child?.stderr ?? null, (data) => kept[1]?.write(data));
    },
    handle: {
      finish: async (): Promise<void> => {
        await Promise.all([stdout.finish(), stderr.finish()]);
        for (const pipe of [stdout, stderr]) pipe.remove();
        for (const file of kept) file.close();
      },
      lastWords: () => lastLines(paths.stderr, LAST_LINES, LAST_BYTES),
    },
  };
}

function endingOf(child: ChildProcess, failed: (error: NodeJS.ErrnoException) => Ending): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(failed(error)));
    child.once('exit', (code, signal) => resolve({ code, ...(signal === null ? {} : { signal }) }));
  });
}
