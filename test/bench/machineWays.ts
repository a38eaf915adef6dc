import { readFileSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { NatsLink } from '#bridge/natsLink.ts';
import type { NatsServer } from '#test/lib/natsServer.ts';
import { waitFor } from '#test/lib/waitFor.ts';

/** Milliseconds on a clock that only goes on. */
export const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export const patient = (describe: string) => ({ describe, timeoutMs: 60_000, intervalMs: 5 });

let nth = 0;

/** From an action that writes a text to a watcher of the file finding that text in it. */
export function timeOf(path: string, write: (text: string) => void): Promise<number> {
  const text = `mark-${nth++}-`;
  return new Promise((resolve) => {
    const started = now();
    const look = (): void => {
      if (!readFileSync(path, 'utf8').slice(-4000).includes(text)) return;
      watcher.close();
      clearInterval(timer);
      resolve(now() - started);
    };
    const watcher = watch(dirname(path), (_event, name) => {
      if (name === basename(path)) look();
    });
    // events may be missing
    const timer = setInterval(look, 500);
    write(text);
  });
}

/** A message from one connection to the stream and to the consumer of another one. */
export async function rawWay(server: NatsServer): Promise<{ time: () => Promise<number>; stop: () => Promise<void> }> {
  const connection = { servers: [server.url], encrypted: false, name: 'bench', space: 'bench' };
  const [from, to] = [new NatsLink(connection), new NatsLink(connection)];
  const subject = 'fermata.bench.log.bench.S1';
  let arrived = (): void => {};
  to.follow(subject, 0, () => arrived());
  const publish = (): Promise<void> =>
    from.publish(subject, { gen: 'g', pos: 0, data: Buffer.from('{"t":"log","message":"mark"}\n') });
  await waitFor(() => publish().then(() => true), patient('the stream of the bench'));
  await delay(500);
  return {
    time: () =>
      new Promise((resolve, reject) => {
        const started = now();
        arrived = () => resolve(now() - started);
        publish().catch(reject);
      }),
    stop: async () => {
      await from.close();
      await to.close();
    },
  };
}
