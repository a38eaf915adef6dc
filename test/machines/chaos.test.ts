import { afterAll, describe, expect, test } from 'vitest';
import { NatsLink } from '#bridge/natsLink.ts';
import type { StoredMessage } from '#core/machines/link.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { chaos } from '#test/lib/stress/chaos.ts';
import type { Touch } from '#test/lib/stress/guarded.ts';
import { judge } from '#test/lib/stress/locks.ts';
import { endAll } from '#test/lib/stress/program.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

afterAll(() => {
  endAll();
  removeTempDirs();
});

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });

describe.skipIf(!hasNatsServer)('while the carrying of words is killed, wiped and set back', () => {
  test('a lock of three machines has one holder at a time, and every word counts once', async () => {
    const seed = Date.now() % 1_000_000;
    const { faults, story, counts, ...figures } = await chaos(
      { processes: 6, rounds: 48, cluster: false, twice: seed % 2 === 1, paceMs: 400 },
      seed,
    );
    const about = `seed ${seed}:\n${story.join('\n')}`;
    console.log(`seed ${seed}: ${JSON.stringify({ ...figures, ...Object.fromEntries(counts) })}`);
    expect(faults, about).toEqual([]);
    // a place in the queue may be lost while the server is away
    expect(figures.grants, about).toBeGreaterThanOrEqual(24);
    for (const what of ['server killed', 'bridge killed', 'store wiped', 'store set back'])
      expect(counts.get(what), `${what}, ${about}`).toBeGreaterThan(0);
  });

  test('the same judge finds two holders where the stream would decide, and its store is set back', async () => {
    const server = await NatsServer.start();
    const link = (name: string): NatsLink =>
      new NatsLink({ servers: [server.url], encrypted: false, name, space: 't' });
    const [a, b] = [link('gpu1'), link('build1')];
    const subject = 'fermata.t.up.laptop.S1';
    /** The stand-in: whoever is first in the stream's order holds the lock, and its place there is the token. */
    const acquire = async (by: NatsLink, worker: string): Promise<number | undefined> => {
      const stored: StoredMessage[] = [];
      const own = await waitFor(
        () =>
          by.publish(`${subject}.${worker}`, { gen: worker, pos: 0, data: Buffer.from('acquire\n') }).then(() => true),
        patient('the stream to keep the request'),
      ).then(() => by.last(`${subject}.${worker}`));
      const following = by.follow(`${subject}.*`, 0, (message) => void stored.push(message));
      await waitFor(() => stored.some(({ seq }) => seq === own?.seq), patient('the request in the stream’s order'));
      following.stop();
      return stored[0]?.seq === own?.seq ? own?.seq : undefined;
    };
    const touches: Touch[] = [];
    const touch = (worker: string, token: number, phase: Touch['phase']): void =>
      void touches.push({ worker, token, phase, at: touches.length, wall: Date.now(), due: null });

    await waitFor(() => a.check().then(() => true), patient('the stream'));
    await server.kill();
    server.keep();
    await server.start();
    const first = (await acquire(a, 'W1')) ?? NaN;
    touch('W1', first, 'in');
    // without a fault of the store it works
    expect(await acquire(b, 'W2')).toBeUndefined();
    await server.kill();
    expect(server.setBack()).toBe(true);
    await server.start();
    const second = (await acquire(b, 'W2')) ?? NaN;
    touch('W2', second, 'in');
    touch('W1', first, 'still');
    expect([first, second]).toEqual([1, 1]);
    const { overlaps } = judge(touches, [{ token: second, worker: 'W2' }]);
    expect(overlaps).toContain('W1 was never granted 1');
    await Promise.all([a.close(), b.close()]);
    await server.kill();
  });
});
