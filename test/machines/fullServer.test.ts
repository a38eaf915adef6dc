import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { MachineHome } from '#test/lib/machineHome.ts';
import { mountTmpfs } from '#test/lib/mounts.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { canMount } from '#test/lib/stress/fullDisk.ts';
import { removeTempDirs } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 100_000, intervalMs: 500 });

describe.skipIf(!hasNatsServer || !canMount())('a server whose disk fills up while it is used', () => {
  let server: NatsServer;
  let machines: MachineHome[] = [];

  // before the disk is taken away
  afterEach(async () => {
    await Promise.all(machines.map((machine) => machine.stop()));
    await server?.kill();
  });
  afterAll(removeTempDirs);

  test('is named by every verb, machines hear each other meanwhile, and all of it is there once there is room', async () => {
    const mounted = mountTmpfs('size=24m');
    if (!('folder' in mounted)) throw new Error(mounted.why);
    const filler = join(mounted.folder, 'filler');
    server = await NatsServer.start(
      (port) =>
        `listen: "127.0.0.1:${port}"\nmax_payload: 1MB\n` +
        `jetstream { store_dir: "${join(mounted.folder, 'store')}", max_mem: 64MB, max_file: 2GB }\n`,
    );
    const laptop = new MachineHome('laptop', server.url);
    const build = new MachineHome('build1', server.url);
    machines = [laptop, build];
    await laptop.seat();
    await build.follow(laptop);
    fill(filler);
    for (let n = 0; n < 400; n++)
      laptop.publish({ t: 'log', level: 'info', worker: 'W1', message: `${n} ${'x'.repeat(8000)}` });
    for (const verb of ['machines', 'status', 'doctor'])
      await waitFor(
        async () => {
          const { out, err } = await laptop.run(verb);
          if (/does not answer: is the server.s disk full|no room for the stream/.test(out)) return true;
          throw new Error(`${verb}: ${out}${err}${JSON.stringify(laptop.status)} ${server.log.slice(-3000)}`);
        },
        patient(`the sentence of ${verb}`),
      );
    await laptop.cli('progress', '10', '--worker', 'W1');
    expect(laptop.state.workers.get('W1')?.progress?.pct).toBe(10);
    rmSync(filler);
    await server.kill();
    await server.start();
    await build.has(laptop);
  });
});

/** Leaves no room. */
function fill(filler: string): void {
  for (const size of [1 << 20, 4096, 1])
    for (let full = false; !full;)
      try {
        writeFileSync(filler, Buffer.alloc(size), { flag: 'a' });
      } catch {
        full = true;
      }
}
