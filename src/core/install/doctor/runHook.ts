import { spawn } from 'node:child_process';

/** A hook entry of a settings file. */
export interface InstalledEntry {
  event: string;
  command: string;
  args?: string[];
  /** Seconds. */
  timeout?: number;
  asyncRewake?: boolean;
}

interface HookCall {
  entry: InstalledEntry;
  cwd: string;
  env: NodeJS.ProcessEnv;
  payload: string;
  /** After this time the hook is killed, with all processes that it has started. */
  timeoutMs: number;
}

export interface HookRun {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  ms: number;
  timedOut: boolean;
  /** The error code, if the hook could not be started. */
  startError?: string;
}

/** Runs an entry as Claude Code does, in its own session: directly if it has `args`, else by a shell. Never rejects. */
export const runHook = ({ entry, cwd, env, payload, timeoutMs }: HookCall): Promise<HookRun> =>
  new Promise((resolve) => {
    const started = performance.now();
    const isWindows = process.platform === 'win32';
    const options = { cwd, env, detached: !isWindows, windowsHide: true } as const;
    const { command, args } = entry;
    const child = args === undefined ? spawn(command, { ...options, shell: true }) : spawn(command, args, options);
    const run: HookRun = { code: null, signal: null, stdout: '', stderr: '', ms: 0, timedOut: false };
    const end = (): void => {
      run.timedOut = true;
      try {
        if (isWindows || child.pid === undefined) child.kill();
        else process.kill(-child.pid, 'SIGKILL');
      } catch {
        // it has just ended
      }
    };
    const timer = setTimeout(end, timeoutMs);
    const finish = (result: Partial<HookRun>): void => {
      clearTimeout(timer);
      resolve({ ...run, ...result, ms: Math.round(performance.now() - started) });
    };
    child.stdout.on('data', (chunk: Buffer) => (run.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (run.stderr += chunk.toString()));
    child.stdin.on('error', () => {}); // the hook closed it without reading
    child.stdin.end(payload);
    child.once('error', (error: NodeJS.ErrnoException) => finish({ startError: error.code ?? error.message }));
    child.once('close', (code, signal) => finish({ code, signal }));
  });
