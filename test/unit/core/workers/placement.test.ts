import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { makeCopy, shareSession } from '#core/session/seat.ts';
import { placementOf } from '#core/workers/placement.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';

afterAll(removeTempDirs);

function sessionFolder(): string {
  const dir = join(tempDir(), '.fermata/sessions/s1');
  mkdirSync(dir, { recursive: true });
  return dir;
}

describe('a worker runs', () => {
  test('here, where the session is of this machine alone; one with a machine is started from here', () => {
    const place = placementOf(sessionFolder());
    expect([place.isHere({}), place.starts({})]).toEqual([true, true]);
    expect([place.isHere({ machine: 'gpu1' }), place.starts({ machine: 'gpu1' })]).toEqual([false, true]);
  });

  test('at the seat: its own, and it starts those of other machines', () => {
    const dir = sessionFolder();
    shareSession(dir, { space: 't', machine: 'laptop' });
    const place = placementOf(dir);
    expect([{}, { machine: 'laptop' }, { machine: 'gpu1' }].map(place.isHere)).toEqual([true, true, false]);
    expect(place.starts({ machine: 'gpu1' })).toBe(true);
    expect(place.machineOf({})).toBe('laptop');
  });

  test('at the seat: none of a run that another machine has planned for itself', () => {
    const dir = sessionFolder();
    shareSession(dir, { space: 't', machine: 'laptop' });
    const place = placementOf(dir);
    expect([{}, { via: 'gpu1/a' }].map((run) => place.starts({ machine: 'gpu1' }, run))).toEqual([true, false]);
  });

  test('on a copy: only those of that machine, and no other is started', () => {
    const dir = sessionFolder();
    makeCopy(dir, { space: 't', seat: 'laptop', machine: 'gpu1' });
    const place = placementOf(dir);
    expect([{}, { machine: 'gpu1' }, { machine: 'build1' }].map(place.isHere)).toEqual([false, true, false]);
    expect([{}, { machine: 'gpu1' }, { machine: 'build1' }].map((worker) => place.starts(worker))).toEqual([
      false,
      true,
      false,
    ]);
  });
});
