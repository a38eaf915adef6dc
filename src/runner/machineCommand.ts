import { spawn } from 'node:child_process';
import { ATTACHED } from '#protocol/handover.ts';
import type { Handover } from '#protocol/fileFormats.ts';
import { runnerEnv } from '#core/workers/workerEnv.ts';
import { signalAll } from '#core/base/processTree.ts';

/** The end of its standard error that is kept: the reason why a machine could not be reached. */
const STDERR_CHARS = 2000;

/** How the command that reaches another machine ended. */
export interface MachineExit {
  /** Null where a signal ended it. */
  code: number | null;
  /** The end of what it wrote to standard error, or why it could not be started. */
  words: string;
}

export interface MachineCommand {
  exited: Promise<MachineExit>;
  /** Resolves once the worker has a runner over there; stays pending where that does not come about. */
  attached: Promise<void>;
  /** Ends the command with its processes here. What it started over there goes on. */
  stop: () => void;
}

/**
 * Runs the command of a machine without a shell, as the leader of a process group, and hands over a worker on its standard input:
 * what is secret in it stands in no argument, variable or log. Does not throw.
 */
export function runMachineCommand(command: readonly string[], handover: Handover, home: string): MachineCommand {
  const [program = '', ...args] = command;
  let words = '';
  let notifyAttached: () => void = () => undefined;
  const attached = new Promise<void>((resolve) => {
    notifyAttached = resolve;
  });
  try {
    const child = spawn(program, args, {
      env: runnerEnv(process.env, home),
      detached: true,
      stdio: 'pipe',
      windowsHide: true,
    });
    let head = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (head.length < 1000) head += text;
      if (head.split('\n').includes(ATTACHED)) notifyAttached();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-STDERR_CHARS);
    });
    // it may end before it has read all
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${JSON.stringify(handover)}\n`);
    const exited = new Promise<MachineExit>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => resolve(notStarted(program, error)));
      child.once('close', (code) => resolve({ code, words: words.trim() }));
    });
    return { exited, attached, stop: () => child.pid !== undefined && signalAll([-child.pid, child.pid], 'SIGTERM') };
  } catch (error) {
    const exited = Promise.resolve(notStarted(program, error as NodeJS.ErrnoException));
    return { exited, attached, stop: () => undefined };
  }
}

const notStarted = (program: string, error: NodeJS.ErrnoException): MachineExit => ({
  code: error.code === 'ENOENT' ? 127 : 126,
  words: error.code === 'ENOENT' ? `${program} is not there` : `${program}: ${error.message}`,
});
