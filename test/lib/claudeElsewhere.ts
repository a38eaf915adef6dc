import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { readSessionInfo, writeSessionInfo } from '#core/session/info.ts';
import { spawnGroup } from './processGroup.ts';

/**
 * Records a process of its own as a session's Claude, as when it runs in another terminal: what the test starts then is
 * not below it. Returns its pid.
 */
export function claudeElsewhere(dir: string): number {
  const { pid = -1 } = spawnGroup('sleep', ['600'], { env: {} });
  const info = readSessionInfo(dir);
  if (info === undefined) throw new Error('no session.json');
  writeSessionInfo(dir, { ...info, pid, startTime: startTimeOf(pid) ?? '', host: hostIdentity() });
  return pid;
}
