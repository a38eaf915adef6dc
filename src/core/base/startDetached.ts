import { spawn } from 'node:child_process';

/**
 * Starts a process that outlives this one: a grandchild in its own session with all files closed. Claude Code waits for
 * a hook until its output is closed, and kills a hook with its process tree. A failure shows in what the process does not do.
 */
export function startDetached(program: string, args: string[], env: NodeJS.ProcessEnv): void {
  const options = { detached: true, stdio: 'ignore', env, cwd: '/' } as const;
  const child =
    process.platform === 'win32'
      ? spawn(program, args, { ...options, cwd: undefined, windowsHide: true })
      : spawn('/bin/sh', ['-c', '"$@" </dev/null >/dev/null 2>&1 &', 'sh', program, ...args], options);
  child.on('error', () => {});
  child.unref();
}
