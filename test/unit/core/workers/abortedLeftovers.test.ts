import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hostIdentity } from '#core/base/machine.ts';
import { sessionDir } from '#core/base/paths.ts';
import { createLog } from '#core/log/append.ts';
import { publish } from '#core/session/publish.ts';
import { openLog } from '#core/session/sessionLog.ts';
import { reportLost } from '#core/workers/lostWorkers.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(removeTempDirs);

/** A number that no process has. */
const freePid = (): number => {
  const used = new Set(readdirSync('/proc'));
  for (let pid = 2 ** 21; ; pid++) if (!used.has(String(pid))) return pid;
};

test.runIf(process.platform === 'linux')(
  'an aborted worker whose runner and whose first process were killed has ended once all that it has left was killed, too',
  async () => {
    const dir = sessionDir(join(tempDir(), '.fermata'), 's1');
    createLog(dir, Date.now());
    const left = spawn('sleep', ['600'], {
      env: { ...process.env, FERMATA_WORKER: 'W1', FERMATA_SESSION_DIR: dir },
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => left.on('exit', (_code, signal) => resolve(signal)));
    const spawned = { t: 'spawn', worker: 'W1', pid: freePid(), startTime: '1', host: hostIdentity() } as const;
    publish(dir, Date.now(), spawned, { t: 'abort', worker: 'W1', by: 'user' });
    const log = openLog(dir);
    // the first look ends what is left, and reports nothing
    expect(reportLost(log, Date.now())).toEqual(['W1']);
    expect(log.state.workers.get('W1')?.state).toBe('running');
    expect(await ended).toBe('SIGKILL');
    await waitFor(() => (reportLost(log, Date.now()), log.state.workers.get('W1')?.state === 'aborted'), {
      describe: 'W1 to be aborted',
    });
  },
);
