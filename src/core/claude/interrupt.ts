import type { SessionState } from '#protocol/state.ts';
import { isAlive } from '#core/base/processes.ts';
import type { SessionInfo } from '#protocol/fileFormats.ts';

/**
 * Whether an aborted session may still be working: Claude was in a turn, and no hook has refused a call since. A model
 * that only thinks and writes runs no hook, and neither does a long call.
 */
export function isAbortPending({ aborted, conductor, blocks }: SessionState): boolean {
  if (aborted === undefined || conductor.state === 'idle' || conductor.state === 'ended') return false;
  return [...blocks.values()].some(
    (b) => b.cause.kind === 'abort' && b.cause.worker === undefined && b.ended === undefined && b.deniedCount === 0,
  );
}

/**
 * Interrupts Claude as Ctrl-C does (SIGINT), if pid, start time and host prove that the recorded process is Claude.
 * Returns the pid, or undefined where this cannot be proven or the process is gone; then nothing is done.
 */
export function interruptClaude(
  info: SessionInfo | undefined,
  send: (pid: number, signal: NodeJS.Signals) => void = process.kill.bind(process),
): number | undefined {
  const { pid, startTime, host } = info ?? {};
  if (pid === undefined || pid <= 1 || startTime === undefined || host === undefined) return undefined;
  if (isAlive(pid, startTime, host) !== true) return undefined;
  send(pid, 'SIGINT');
  return pid;
}
