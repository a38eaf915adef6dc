import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs';
import { workerPaths } from '../core/paths.ts';
import type { Plan } from '../protocol/ownFiles.ts';
import { workerEnv } from '../core/workerEnv.ts';

export type PlannedCommand = Plan['workers'][number];

/** How a command ended, as the `exit` event tells it. */
export interface Ending {
  code: number | null;
  signal?: string;
  reason?: string;
}

export interface Command {
  /** Undefined if it could not be started; `ended` then says why. */
  pid: number | undefined;
  /** What runs, in words. */
  text: string;
  ended: Promise<Ending>;
}

/** The command of a planned worker in words. */
function commandText({ run, shell }: PlannedCommand): string {
  return run === undefined
    ? (shell ?? '')
    : run.map((word) => (/^[\w./:=@%+,-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
}

/**
 * Starts a planned worker's command as the leader of its own process group, its output in files, its input empty.
 * Never throws for the command's sake: one that cannot be started ends with code 127 (not found) or 126 and a reason.
 */
export function startCommand(planned: PlannedCommand, place: { dir: string; home: string; project: string }): Command {
  const text = commandText(planned);
  const paths = workerPaths(place.dir, planned.worker);
  mkdirSync(paths.out, { recursive: true, mode: 0o700 });
  const [program, ...args] = planned.run ?? ['/bin/sh', '-c', planned.shell ?? ''];
  const failed = (error: NodeJS.ErrnoException): Ending => ({
    code: error.code === 'ENOENT' ? 127 : 126,
    reason: existsSync(planned.cwd)
      ? `cannot start: ${program}: ${error.code ?? error.message}`
      : `cannot start: the folder ${planned.cwd} is gone`,
  });
  const files = [paths.stdout, paths.stderr].map(openOutput);
  try {
    const child = spawn(program ?? '', args, {
      cwd: planned.cwd,
      env: workerEnv(process.env, planned.env, { ...place, worker: planned.worker }),
      detached: true,
      stdio: ['ignore', files[0] ?? 'ignore', files[1] ?? 'ignore'],
      windowsHide: true,
    });
    return { pid: child.pid, text, ended: endingOf(child, failed) };
  } catch (error) {
    return { pid: undefined, text, ended: Promise.resolve(failed(error as NodeJS.ErrnoException)) };
  } finally {
    for (const file of files) closeSync(file);
  }
}

function openOutput(path: string): number {
  return openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
}

function endingOf(child: ChildProcess, failed: (error: NodeJS.ErrnoException) => Ending): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(failed(error)));
    child.once('exit', (code, signal) => resolve({ code, ...(signal === null ? {} : { signal }) }));
  });
}
