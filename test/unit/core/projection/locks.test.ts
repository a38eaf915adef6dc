import { expect, test } from 'vitest';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { fold, started, T0 } from '#test/unit/core/fold/world.ts';

test('a deadlock makes a notice, with the time at which its last worker began to wait', () => {
  const acquire = (worker: string, resource: string): object => ({ t: 'acquire', worker, resource, wait: true });
  const state = fold([
    ...started(2),
    acquire('W1', 'db'),
    acquire('W2', 'disk'),
    acquire('W1', 'disk'),
    acquire('W2', 'db'),
  ]);
  const { notices } = toViewModel(state, { id: 's1', now: T0 + 60_000, live: true, silentSeconds: 600 });
  expect(notices).toMatchObject([{ kind: 'cycle', ts: T0 + 6000, cycle: [{ resource: 'db' }, { resource: 'disk' }] }]);
});

test('a holder has its lock since it was granted, not since it asked for it', () => {
  const state = fold([
    ...started(2),
    { t: 'acquire', worker: 'W1', resource: 'db', id: 'a' },
    { t: 'acquire', worker: 'W2', resource: 'db', wait: true },
    { t: 'release', worker: 'W1', resource: 'db', ts: T0 + 50_000 },
  ]);
  const { locks } = toViewModel(state, { id: 's1', now: T0 + 60_000, live: true, silentSeconds: 600 });
  expect(locks[0]?.holders).toMatchObject([{ worker: 'W2', sinceTs: T0 + 50_000 }]);
});
