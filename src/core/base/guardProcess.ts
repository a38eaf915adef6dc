import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Starts a shell that does something should this process be killed, which then cannot do it itself: its standard input ends with
 * this process, or earlier by a line of it. It has a process group of its own. Undefined on Windows. Where it cannot be started
 * there is no guard.
 */
export function startGuard(script: string, ...args: string[]): ChildProcess | undefined {
  if (process.platform === 'win32') return undefined;
  const guard = spawn('/bin/sh', ['-c', script, 'sh', ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] },
    cwd: '/',
  });
  guard.on('error', () => {});
  guard.stdin.on('error', () => {});
  guard.unref();
  return guard;
}
