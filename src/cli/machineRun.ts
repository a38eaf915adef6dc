import { spawn } from 'node:child_process';
import { signalAll } from '#core/base/processTree.ts';

/** What is kept of each stream: whatever greets comes first. */
const KEPT_CHARS = 20_000;

/** How a command that reaches another machine ended. */
export interface MachineRun {
  /** Null where a signal or the time ended it. */
  code: number | null;
  out: string;
  err: string;
}

/**
 * Runs a command without a shell and without a terminal, as the workers of a machine are started: what would wait for a password fails.
 * Hands over bytes on its standard input. Does not throw.
 */
export function runOnMachine(
  command: readonly string[],
  { input, env, timeoutMs }: { input: Uint8Array; env: NodeJS.ProcessEnv; timeoutMs: number },
): Promise<MachineRun> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const run: MachineRun = { code: null, out: '', err: '' };
    try {
      const child = spawn(program, args, { env, detached: true, stdio: 'pipe', windowsHide: true });
      const timer = setTimeout(() => {
        run.err += `\nno end after ${timeoutMs / 1000} s`;
        if (child.pid !== undefined) signalAll([-child.pid, child.pid], 'SIGTERM');
      }, timeoutMs);
      for (const name of ['stdout', 'stderr'] as const)
        child[name].setEncoding('utf8').on('data', (text: string) => {
          const key = name === 'stdout' ? 'out' : 'err';
          run[key] = (run[key] + text).slice(-KEPT_CHARS);
        });
      // it may end before it has read all
      child.stdin.on('error', () => undefined);
      child.stdin.end(input);
      child.once('error', (error: NodeJS.ErrnoException) => {
        clearTimeout(timer);
        const err = error.code === 'ENOENT' ? `${program} is not there` : `${program}: ${error.message}`;
        resolve({ ...run, code: 127, err });
      });
      child.once('close', (code) => {
        clearTimeout(timer);
        resolve({ ...run, code });
      });
    } catch (error) {
      resolve({ ...run, code: 126, err: `${program}: ${(error as Error).message}` });
    }
  });
}
