import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

/** A running group's leader; `stdin` is null unless `input` was set. */
export type GroupProcess = ChildProcessByStdio<Writable | null, Readable, Readable>;

export interface GroupOptions {
  env: Record<string, string>;
  cwd?: string;
  /** Whether the program gets a stdin pipe; by default its input is empty. */
  input?: boolean;
}

const live = new Set<GroupProcess>();
let guarded = false;

/**
 * Spawns a program as the leader of its own process group, so that `killGroup` ends it with everything it started
 * and nothing else. Groups still running when this process exits or is interrupted are ended with it.
 */
export function spawnGroup(command: string, args: readonly string[], options: GroupOptions): GroupProcess {
  guard();
  const { input = false, ...rest } = options;
  const child: GroupProcess = input
    ? spawn(command, args, { ...rest, detached: true, stdio: ['pipe', 'pipe', 'pipe'] })
    : spawn(command, args, { ...rest, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  live.add(child);
  child.once('exit', () => live.delete(child));
  // Without a listener a failed spawn would be an uncaught exception; callers see it as an exit without a code.
  child.on('error', () => live.delete(child));
  return child;
}

/** Ends a group. Harmless when the group is gone already. */
export function killGroup(child: GroupProcess, signal: NodeJS.Signals = 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: nothing of the group is left.
  }
}

function killAll(): void {
  for (const child of live) killGroup(child);
}

function guard(): void {
  if (guarded) return;
  guarded = true;
  process.once('exit', killAll);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      killAll();
      // this listener replaced the default action: it is restored, unless a test runner handles the signal
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
    });
  }
}
