import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { homePaths } from '#core/base/paths.ts';
import { shellQuote } from '#core/base/shellQuote.ts';
import { MachineStage } from '#test/lib/darwin.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

/** A pid namespace of one's own, which only root may make, is what a container has. */
const mayIsolate = spawnSync('unshare', ['-pf', '--mount-proc', 'true']).status === 0;

let container: ChildProcess | undefined;
afterEach(() => container?.kill('SIGKILL'));
afterAll(removeTempDirs);

test.runIf(mayIsolate)(
  'a worker of a container is seen to run, and to be lost once the container has ended',
  async () => {
    const stage = new MachineStage('linux');
    const end = join(stage.root, 'end');
    const { cli } = homePaths(stage.home);
    writeFileSync(end, '');
    const script = `${shellQuote(cli)} spawn --task long -- sleep 300; while [ -e ${shellQuote(end)} ]; do sleep 0.2; done`;
    container = spawn('unshare', ['-pf', '--kill-child', '--mount-proc', 'sh', '-c', script], {
      env: stage.env(),
      cwd: stage.project,
      stdio: 'ignore',
    });
    const state = async (): Promise<string | undefined> => {
      await stage.fermata('status');
      return stage.state().workers.get('W1')?.state;
    };
    await waitFor(async () => (await state()) === 'running', { describe: 'the worker to run', timeoutMs: 30_000 });
    // longer than it takes to be taken for silent
    const begun = performance.now();
    await waitFor(
      async () => {
        expect(await state()).toBe('running');
        return performance.now() - begun > 20_000;
      },
      { describe: 'twenty seconds', timeoutMs: 60_000, intervalMs: 2000 },
    );
    container.kill('SIGKILL');
    await waitFor(async () => (await state()) === 'lost', {
      describe: 'it to be lost',
      timeoutMs: 60_000,
      intervalMs: 2000,
    });
    expect(JSON.stringify(stage.events('exit'))).toContain('gives no sign of life');
  },
);
