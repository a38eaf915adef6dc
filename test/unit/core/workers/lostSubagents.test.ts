import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createLog } from '#core/log/append.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { hostIdentity } from '#core/base/machine.ts';
import { startTimeOf } from '#core/base/processes.ts';
import { publish } from '#core/session/publish.ts';
import { writeSessionInfo } from '#core/session/info.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

test('a subagent is lost when Claude Code was killed, and not while it lives or nobody knows', async () => {
  const dir = join(tempDir(), 's1');
  createLog(dir, Date.now());
  publish(dir, Date.now(), { t: 'spawn', worker: 'a1', kind: 'subagent', parent: 'conductor' });
  const log = new SessionLog(dir);
  log.refresh();
  expect(reportLost(log, Date.now())).toEqual([]);

  const claude = spawn('sleep', ['60'], { stdio: 'ignore' });
  const ended = once(claude, 'exit');
  const pid = claude.pid ?? -1;
  const startTime = startTimeOf(pid) ?? '';
  writeSessionInfo(dir, { session: 's1', project: '/p', started: 0, pid, startTime, host: hostIdentity() });
  expect(reportLost(log, Date.now())).toEqual([]);
  claude.kill('SIGKILL');
  await ended;
  expect(reportLost(log, Date.now())).toEqual(['a1']);
  expect(log.state.workers.get('a1')).toMatchObject({
    state: 'lost',
    problem: 'Claude Code ended without a word about it',
  });
});
