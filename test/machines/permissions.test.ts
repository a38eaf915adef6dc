import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NatsLink } from '#bridge/natsLink.ts';
import type { StoredMessage } from '#core/machines/link.ts';
import { serverConfig } from '#core/machines/serverConfig.ts';
import { freePort, hasNatsServer, serverPath } from '#test/lib/natsServer.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 30_000 });
const LOG = 'fermata.t.log.laptop.S1';
const STREAM = 'FERMATA_t';
const bytes = (pos: number, text: string) => ({ gen: 'g1', pos, data: new TextEncoder().encode(text) });

describe.skipIf(!hasNatsServer)('what the configuration of "machines serve" lets a stolen password do', () => {
  let server: ChildProcess;
  let url: string;
  let laptop: NatsLink;
  let gpu: NatsLink;
  let stolen: NatsConnection;
  const [toSeat, refused]: [string[], string[]] = [[], []];

  const link = (name: string): NatsLink =>
    new NatsLink({
      servers: [url],
      encrypted: false,
      credentials: { kind: 'password', user: name, password: `of-${name}` },
      name,
      space: 't',
    });

  beforeAll(async () => {
    const port = await freePort();
    url = `nats://127.0.0.1:${port}`;
    const root = tempDir();
    const machines = ['laptop', 'gpu1', 'build1'].map((name) => ({ name, password: `of-${name}` }));
    const config = join(root, 'nats.conf');
    writeFileSync(config, serverConfig({ port, space: 't', store: join(root, 'store'), machines }));
    server = spawn('nats-server', ['-c', config], { stdio: 'ignore', env: serverPath });
    laptop = link('laptop');
    gpu = link('gpu1');
    laptop.live('fermata.t.up.laptop.>', (subject) => toSeat.push(subject));
    await waitFor(() => laptop.publish(LOG, bytes(0, 'one\n')).then(() => true), patient('the server'));
    await waitFor(() => gpu.connected, patient('the connection of gpu1'));
    stolen = await connect({
      servers: url,
      user: 'gpu1',
      pass: 'of-gpu1',
      inboxPrefix: '_INBOX_gpu1',
      reconnect: false,
    });
    void (async () => {
      for await (const status of stolen.status())
        if (status.type === 'error' && /permissions violation/i.test(status.error.message))
          refused.push(status.error.message);
    })();
  });

  afterAll(async () => {
    await Promise.all([stolen?.close(), laptop?.close(), gpu?.close()]);
    server?.kill('SIGKILL');
    if (server !== undefined) await once(server, 'exit');
    removeTempDirs();
  });

  test('a machine speaks in its own name, reads logs and what concerns it', async () => {
    const [log, nacks]: [StoredMessage[], string[]] = [[], []];
    gpu.follow(LOG, 0, (message) => void log.push(message));
    gpu.live('fermata.t.nack.*.*.gpu1', (_, message) => void ('text' in message && nacks.push(message.text)));
    await waitFor(() => log.length > 0, patient('the log on gpu1'));
    await gpu.publish('fermata.t.up.laptop.S1.gpu1', bytes(0, 'word\n'));
    expect(await gpu.last('fermata.t.up.laptop.S1.gpu1')).toMatchObject({ end: 5 });
    expect(await gpu.last(LOG)).toMatchObject({ end: 4 });
    await waitFor(() => toSeat.length > 0, patient('the word at the seat'));
    laptop.send('fermata.t.nack.laptop.S1.gpu1', '5');
    await waitFor(() => nacks.includes('5'), patient('what the seat has'));
  });

  test.each([
    ['the seat', LOG],
    ['another machine', 'fermata.t.up.laptop.S1.build1'],
    ['the marks of the seat', 'fermata.t.up.laptop._.laptop'],
    ['the seat, to another machine', 'fermata.t.nack.laptop.S1.build1'],
    ['another machine that asks', 'fermata.t.nudge.laptop.S1.build1'],
    ['another machine that is there', 'fermata.t.here.build1'],
  ])('it cannot publish as %s', async (_, subject) => {
    const before = refused.length;
    const head = headers();
    head.set('Gen', 'g1');
    head.set('Pos', '4');
    stolen.publish(subject, 'forged\n', { headers: head });
    await waitFor(() => refused.length > before, patient('the refusal'));
    expect(refused.at(-1)).toContain(subject);
  });

  test.each([
    ['purge the stream', `STREAM.PURGE.${STREAM}`],
    ['delete it', `STREAM.DELETE.${STREAM}`],
    ['change it', `STREAM.UPDATE.${STREAM}`],
    ['get any message', `STREAM.MSG.GET.${STREAM}`],
    ['delete a message', `STREAM.MSG.DELETE.${STREAM}`],
    ['get what others send to the seat', `DIRECT.GET.${STREAM}.fermata.t.up.laptop.S1.build1`],
    ['consume it', `CONSUMER.CREATE.${STREAM}.thief.fermata.t.up.laptop.>`],
    ['consume everything', `CONSUMER.CREATE.${STREAM}.thief`],
    ['make a durable consumer', `CONSUMER.DURABLE.CREATE.${STREAM}.thief`],
  ])('it cannot %s', async (_, call) => {
    const before = refused.length;
    stolen.publish(`$JS.API.${call}`, '{}');
    await waitFor(() => refused.length > before, patient('the refusal'));
    expect(refused.at(-1)).toContain(call);
  });

  test.each([
    'fermata.t.up.>',
    'fermata.t.up.laptop.>',
    'fermata.t.nack.laptop.S1.build1',
    '_INBOX_laptop.>',
    '>',
    '$JS.>',
  ])('it cannot listen to %s', async (subject) => {
    const heard: string[] = [];
    const denied = new Promise<string>((resolve) =>
      stolen.subscribe(subject, {
        callback: (error, message) => {
          if (error === null) heard.push(message.subject);
          else resolve(error.message);
        },
      }),
    );
    expect(await denied).toMatch(/permissions violation/i);
    expect(heard).toEqual([]);
  });

  test('after all of that the log is what the seat made of it', async () => {
    expect(await laptop.last(LOG)).toMatchObject({ gen: 'g1', end: 4 });
    expect(new Set(toSeat)).toEqual(new Set(['fermata.t.up.laptop.S1.gpu1']));
  });

  test('a consumer’s name cannot be guessed', async () => {
    const names = new Set<string>();
    laptop.follow(LOG, 0, () => {});
    await waitFor(async () => {
      const reply = await stolen
        .request(`$JS.API.CONSUMER.NAMES.${STREAM}`, '{}', { timeout: 300 })
        .catch(() => undefined);
      names.add(reply?.string() ?? 'refused');
      return names.has('refused');
    }, patient('the list to be refused'));
    expect([...names]).toEqual(['refused']);
  });
});
