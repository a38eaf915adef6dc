import { afterEach, expect, test } from 'vitest';
import { raiseFlag } from '#core/session/flags.ts';
import { groupMembers } from '#core/base/processes.ts';
import { Orchestra } from '#test/lib/orchestra.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';

let orchestra: Orchestra;
afterEach(async () => {
  await orchestra?.close();
  removeTempDirs();
});

test('scenario 11: an abort ends a worker and its children for real, and leaves the other at work', async () => {
  let groups: number[] = [];
  orchestra = await Orchestra.open(async (turn) => {
    if (turn.index > 0) return { text: 'done' };
    const both = await orchestra.until('both workers run, with their children', (s) => {
      const pids = ['W1', 'W2'].map((id) => s.workers.get(id)?.pid ?? 0);
      return pids.every((pid) => pid > 0 && groupMembers(pid).length >= 3) ? pids : undefined;
    });
    groups = both;
    // what the panel's Abort raises
    raiseFlag(orchestra.dir, { kind: 'abort', worker: 'W1' });
    await orchestra.until('W1 is aborted', (s) => s.workers.get('W1')?.state === 'aborted');
    expect(groupMembers(both[0] ?? 0)).toEqual([]);
    expect(groupMembers(both[1] ?? 0).length).toBeGreaterThanOrEqual(3);
    return { text: 'aborted one' };
  });
  try {
    orchestra.writeApprovedRules({
      version: 1,
      rules: [
        {
          name: 'two',
          prompt: 'start two',
          workers: [1, 2].map(() => ({ run: ['sh', '-c', "trap '' TERM; sleep 300 & sleep 300 & wait; wait"] })),
        },
      ],
    });
    await orchestra.run('Start two workers');
    expect(orchestra.model.scriptErrors).toEqual([]);
    expect(orchestra.events).toContainEqual(expect.objectContaining({ t: 'abort', worker: 'W1', by: 'user' }));
    expect(orchestra.state.workers.get('W1')).toMatchObject({ state: 'aborted', problem: 'aborted by user' });
    expect(orchestra.state.workers.get('W2')?.state).toBe('running');
  } finally {
    for (const group of groups) {
      try {
        process.kill(-group, 'SIGKILL');
      } catch {
        // ended, as it should
      }
    }
  }
});
