import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { homePaths, sessionPaths } from '#core/base/paths.ts';
import { LOG_FORMAT } from '#protocol/parseEvent.ts';
import { readSeat } from '#core/session/seat.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });

describe.skipIf(!hasNatsServer)('another version of Fermata at the seat', () => {
  let server: NatsServer;
  let laptop: MachineHome;
  let gpu: MachineHome;

  beforeEach(async () => {
    server = await NatsServer.start();
    laptop = new MachineHome('laptop', server.url);
    gpu = new MachineHome('gpu1', server.url);
  });
  afterEach(async () => {
    await Promise.all([laptop, gpu].map((machine) => machine.stop()));
    await server.kill();
  });
  afterAll(removeTempDirs);

  /** Has the bridge of the laptop publish that its version decides in another way. */
  function decideOtherwise(): void {
    const program = join(dirname(homePaths(laptop.home).bridge), 'programs.cjs');
    const text = readFileSync(program, 'utf8');
    const changed = text.replace(/\bdecides:1,base:0/, 'decides:2,base:0');
    expect(changed).not.toBe(text);
    writeFileSync(program, changed);
  }

  test('that decides otherwise: work and words go on, and nothing is concluded', async () => {
    decideOtherwise();
    await laptop.seat();
    await gpu.follow(laptop);
    expect(readSeat(gpu.dir)?.decides).toBe(2);
    await gpu.cli('progress', '50', '--worker', 'W1');
    await waitFor(() => laptop.state.workers.get('W1')?.progress?.pct === 50, patient('the report at the seat'));
    await gpu.cli('vote', 'proceed', '--ballot', 'ship', '--worker', 'W1');
    for (const words of [
      ['acquire', 'db', '--worker', 'W1'],
      ['with-lock', 'db', '--worker', 'W1', '--', 'touch', 'ran'],
      ['wait', 'free:db', '--worker', 'W1'],
      ['tally', 'ship'],
    ] as const) {
      const { code, err } = await gpu.run(...(words as unknown as [string, ...string[]]));
      expect([words[0], code]).toEqual([words[0], 1]);
      expect(err).toContain('so nothing is concluded here: update Fermata on gpu1');
    }
    expect(laptop.state.locks.size).toBe(0);
    const { link } = JSON.parse((await gpu.cli('status', '--json')).out) as { link: { problem: string } };
    expect(link.problem).toContain('update Fermata on gpu1');
    // at the seat its own version counts
    expect((await laptop.run('acquire', 'db', '--worker', 'W2')).code).toBe(0);
  });

  test('that keeps its log in a newer format: it is shown, and not written to', async () => {
    await laptop.seat();
    const { log } = sessionPaths(laptop.dir);
    const open = `"format":${LOG_FORMAT}`;
    writeFileSync(log, readFileSync(log, 'utf8').replace(open, `"format":${LOG_FORMAT + 1}`));
    await gpu.follow(laptop);
    for (const words of [
      ['progress', '5', '--worker', 'W1'],
      ['acquire', 'db', '--worker', 'W1'],
    ])
      expect(await gpu.run(...(words as [string, ...string[]]))).toMatchObject({ code: 1 });
    expect((await gpu.run('acquire', 'db', '--worker', 'W1')).err).toContain('newer Fermata');
    expect((await gpu.run('status')).code).toBe(0);
    expect(readFileSync(sessionPaths(gpu.dir).log, 'utf8')).toBe('');
  });
});
