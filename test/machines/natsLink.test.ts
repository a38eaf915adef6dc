import { connect } from '@nats-io/transport-node';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { NatsLink } from '#bridge/natsLink.ts';
import { readConnection, type ConnectionSettings } from '#core/machines/connection.ts';
import type { LinkChange, StoredMessage } from '#core/machines/link.ts';
import { streamName } from '#core/machines/subjects.ts';
import { Authority } from '#test/lib/authority.ts';
import { freePort, hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const LOG = 'fermata.t.log.laptop.S1';
const links: NatsLink[] = [];
const servers: NatsServer[] = [];

afterEach(async () => {
  await Promise.all(links.splice(0).map((link) => link.close()));
  await Promise.all(servers.splice(0).map((each) => each.kill()));
});
afterAll(removeTempDirs);

test.skipIf(hasNatsServer || process.env['CI'] === undefined)('nats-server is installed, as .ci/run does it', () => {
  expect(hasNatsServer, 'without nats-server nothing of several machines is tested').toBe(true);
});

async function serve(extra = ''): Promise<NatsServer> {
  const server = await NatsServer.start(extra);
  servers.push(server);
  return server;
}

function link(url: string, more: Partial<ConnectionSettings> = {}): NatsLink {
  const settings = { 'machines.url': url, 'machines.creds': '', 'machines.ca': '', 'machines.name': 'laptop' };
  const connection = readConnection({ ...settings, 'machines.space': 't', ...more });
  if (connection === undefined) throw new Error('no URL');
  const made = new NatsLink(connection);
  links.push(made);
  return made;
}

const bytes = (pos: number, text: string, gen = 'g1') => ({ gen, pos, data: new TextEncoder().encode(text) });
const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });
/** Until the stream is made nobody keeps what passes by, so whoever listens may have the first message more than once. */
const published = (from: NatsLink, pos: number, text: string) =>
  waitFor(() => from.publish(LOG, bytes(pos, text)).then(() => true), patient('the stream to keep a message'));
const problemOf = (of: NatsLink): Promise<string> => waitFor(() => of.problem, patient('a problem'));
const textOf = ({ message }: Pick<StoredMessage, 'message'>): string =>
  'mark' in message ? `mark ${message.mark}` : `${message.pos} ${Buffer.from(message.data).toString('utf8')}`;

describe.skipIf(!hasNatsServer)('a link over a real nats-server', () => {
  test('a text that is longer than the server takes is dropped', async () => {
    const { url } = await serve();
    const [laptop, gpu] = [link(url), link(url, { 'machines.name': 'gpu1' })];
    const heard: string[] = [];
    gpu.live('fermata.t.here.*', (_, message) => void ('text' in message && heard.push(message.text)));
    await waitFor(() => laptop.connected && gpu.connected, patient('both to be connected'));
    await waitFor(() => {
      laptop.send('fermata.t.here.laptop', 'x'.repeat(2 << 20));
      laptop.send('fermata.t.here.laptop', 'short');
      return heard.length > 0;
    }, patient('the short text'));
    expect(new Set(heard)).toEqual(new Set(['short']));
  });

  test('what is published is kept, passes by live, and is followed from any place', async () => {
    const { url } = await serve();
    const [laptop, gpu] = [link(url), link(url, { 'machines.name': 'gpu1' })];
    const [heard, followed, later]: [string[], string[], string[]] = [[], [], []];
    gpu.live('fermata.t.log.laptop.>', (subject, message) =>
      heard.push(`${subject} ${'text' in message ? message.text : textOf({ message })}`),
    );
    gpu.follow('fermata.t.log.>', 0, (stored) => void followed.push(textOf(stored)));
    await waitFor(() => gpu.connected, patient('a connection'));
    await gpu.roundTrip();
    await published(laptop, 0, 'one\n');
    await laptop.publish(LOG, bytes(4, 'two\n'));
    await laptop.publish('fermata.t.up.laptop._.laptop', { mark: 'm1' });
    await waitFor(() => new Set(heard).size === 2 && followed.length === 2, patient('both messages'));
    expect([...new Set(heard)]).toEqual([`${LOG} 0 one\n`, `${LOG} 4 two\n`]);
    expect(followed).toEqual(['0 one\n', '4 two\n']);
    expect(await laptop.last(LOG)).toEqual({ gen: 'g1', end: 8, seq: 2 });
    expect(await laptop.last('fermata.t.log.laptop.S2')).toBeUndefined();
    laptop.follow('fermata.t.>', 1, (stored) => void later.push(textOf(stored)));
    await waitFor(() => later.length === 2, patient('what comes after the first'));
    expect(later).toEqual(['4 two\n', 'mark m1']);
  });

  test('whoever looks up what a new server has need not wait: the stream is made first', async () => {
    const { url } = await serve();
    const laptop = link(url);
    const found = await new Promise<unknown>((resolve) =>
      laptop.onChange((change) => {
        if (change === 'connected') laptop.last(LOG).then(resolve, resolve);
      }),
    );
    expect(found).toBeUndefined();
  });

  test('a text is kept by nobody', async () => {
    const { url } = await serve();
    const [laptop, gpu] = [link(url), link(url)];
    const heard: unknown[] = [];
    gpu.live('fermata.t.ask.*.*', (_, message) => heard.push(message));
    await waitFor(() => laptop.connected && gpu.connected, patient('both connections'));
    await gpu.roundTrip();
    laptop.send('fermata.t.ask.laptop.S1', '17');
    await waitFor(() => heard.length > 0, patient('the text'));
    expect(heard).toEqual([{ text: '17' }]);
    expect(await laptop.last('fermata.t.ask.laptop.S1')).toBeUndefined();
  });

  test('what is no message of Fermata is dropped', async () => {
    const { url } = await serve();
    const laptop = link(url);
    const followed: string[] = [];
    laptop.follow('fermata.t.log.>', 0, (stored) => void followed.push(textOf(stored)));
    await published(laptop, 0, 'good\n');
    for (const pos of [-1, 1.5, NaN, 1e20]) await laptop.publish(LOG, bytes(pos, 'bad\n'));
    await laptop.publish(LOG, bytes(0, 'bad\n', 'a.b'));
    await laptop.publish(LOG, bytes(5, 'end\n'));
    await waitFor(() => followed.includes('5 end\n'), patient('the last message'));
    expect(followed).toEqual(['0 good\n', '5 end\n']);
  });

  test('a server that is killed and started again has all, and the link goes on by itself', async () => {
    const server = await serve();
    const [laptop, gpu] = [link(server.url), link(server.url)];
    const changes: LinkChange[] = [];
    const [heard, followed]: [string[], string[]] = [[], []];
    laptop.onChange((change) => changes.push(change));
    gpu.live(LOG, (_, message) => heard.push('text' in message ? '' : textOf({ message })));
    gpu.follow(LOG, 0, (stored) => void followed.push(textOf(stored)));
    await waitFor(() => gpu.connected, patient('a connection'));
    await published(laptop, 0, 'one\n');
    await waitFor(() => followed.length === 1, patient('the first message'));
    await server.kill();
    await waitFor(() => !laptop.connected && !gpu.connected, patient('the loss to be seen'));
    await expect(laptop.publish(LOG, bytes(4, 'two\n'))).rejects.toThrow(/connection|answers/);
    await server.start();
    await waitFor(() => gpu.connected, patient('the connection again'));
    await gpu.roundTrip();
    await published(laptop, 4, 'two\n');
    await waitFor(() => heard.length >= 2 && followed.length >= 2, patient('the second message'));
    expect(followed).toEqual(['0 one\n', '4 two\n']);
    expect(changes.filter((change) => change === 'disconnected')).toHaveLength(1);
    expect(changes.filter((change) => change === 'otherStream')).toEqual([]);
  });

  test('a consumer that gives no sign of life is made anew, and nothing is read twice', async () => {
    const server = await serve();
    const [laptop, gpu] = [link(server.url), link(server.url)];
    const followed: string[] = [];
    gpu.follow(LOG, 0, (stored) => void followed.push(textOf(stored)));
    await published(laptop, 0, 'one\n');
    await waitFor(() => followed.length === 1, patient('the first message'));
    const nc = await connect({ servers: server.url });
    const consumers = async (): Promise<unknown> =>
      (await nc.request(`$JS.API.CONSUMER.NAMES.${streamName('t')}`, '', { timeout: 20_000 })).json<{
        consumers: unknown;
      }>().consumers;
    const before = await consumers();
    // longer than two heartbeats, and shorter than a connection takes to be given up
    await server.standStill(7000);
    await waitFor(async () => {
      const after = await consumers();
      return Array.isArray(after) && after.length > 0 && JSON.stringify(after) !== JSON.stringify(before);
    }, patient('another consumer'));
    await nc.close();
    await published(laptop, 4, 'two\n');
    await waitFor(() => followed.length >= 2, patient('the second message'));
    expect(followed).toEqual(['0 one\n', '4 two\n']);
  });

  test('a wiped store is another stream, which counts from the beginning', async () => {
    const server = await serve();
    const laptop = link(server.url);
    const changes: LinkChange[] = [];
    const followed: StoredMessage[] = [];
    laptop.onChange((change) => changes.push(change));
    laptop.follow(LOG, 0, (stored) => void followed.push(stored));
    await published(laptop, 0, 'one\n');
    await published(laptop, 4, 'two\n');
    await waitFor(() => followed.length === 2, patient('both messages'));
    await server.kill();
    server.wipe();
    await server.start();
    await waitFor(() => changes.includes('otherStream'), patient('the other stream to be seen'));
    expect(await waitFor(() => laptop.last(LOG).then((last) => [last]), patient('an answer'))).toEqual([undefined]);
    await published(laptop, 0, 'one\n');
    await waitFor(() => followed.length === 3, patient('the message of the new stream'));
    expect(followed[2]?.seq).toBe(1);
  });

  test('a store that was set back, behind what was read of it, is read from the beginning', async () => {
    const { url } = await serve();
    const laptop = link(url);
    await published(laptop, 0, 'one\n');
    await laptop.publish(LOG, bytes(4, 'two\n'));
    const gpu = link(url);
    const [changes, followed]: [LinkChange[], string[]] = [[], []];
    gpu.onChange((change) => changes.push(change));
    gpu.follow(LOG, 100, (stored) => void followed.push(textOf(stored)));
    await waitFor(() => followed.length === 2, patient('what the stream has'));
    expect(changes).toContain('otherStream');
    expect(followed).toEqual(['0 one\n', '4 two\n']);
  });

  test('without JetStream it says so, and goes on once there is one', async () => {
    const server = await serve('# no jetstream');
    const laptop = link(server.url);
    await waitFor(() => laptop.connected, patient('a connection'));
    expect(await problemOf(laptop)).toMatch(/has no JetStream for this account: start it with -js/);
    await server.kill();
    await server.start('#');
    await published(laptop, 0, 'one\n');
    await waitFor(() => laptop.problem === undefined, patient('the problem to be over'));
  });
});

describe.skipIf(!hasNatsServer)('a server that cannot be used', () => {
  const users = 'authorization { users: [ { user: "gpu1", password: "right" } ] }';
  const credentials = (text: string): string => {
    const file = join(tempDir(), 'creds');
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };

  test('a wrong password is named, without the password; the right one works', async () => {
    const { url } = await serve(users);
    const wrong = link(url, { 'machines.creds': credentials('user: gpu1\npassword: wrong\n') });
    const problem = await problemOf(wrong);
    expect(problem).toBe(`${url} does not accept this machine's credentials (fermata.machines.creds)`);
    expect(wrong.connected).toBe(false);
    expect(await problemOf(link(url))).toMatch(/does not accept/);
    await published(link(url, { 'machines.creds': credentials('user: gpu1\npassword: right\n') }), 0, 'one\n');
  });

  test('a token works as well', async () => {
    const { url } = await serve('authorization { token: "abc" }');
    await published(link(url, { 'machines.creds': credentials('token: abc') }), 0, 'one\n');
  });

  test('nobody on the port', async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    expect(await problemOf(link(url))).toBe(`nobody answers at ${url}: is nats-server running?`);
  });

  test.each([
    ['that greets in its own way', 'SSH-2.0-OpenSSH_9.9\r\n', /another program, no NATS server/],
    ['that hangs up', undefined, /another program|is it/],
  ])('another program on the port %s', async (_, greeting, expected) => {
    const other = createServer((socket) => {
      socket.on('error', () => {});
      if (greeting === undefined) socket.destroy();
      else socket.write(greeting);
    }).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const url = `nats://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    expect(await problemOf(link(url))).toMatch(expected);
    other.close();
  });

  describe('with TLS', () => {
    const tls = ({ port }: NatsServer): string => `tls://127.0.0.1:${port}`;

    test('the authority is named in the settings, and whoever else signs does not count', async () => {
      const authority = new Authority();
      const server = await serve(authority.serverConfig());
      await published(link(tls(server), { 'machines.ca': authority.ca }), 0, 'one\n');
      const signed = /signed by nobody whom this machine trusts: name the authority in fermata.machines.ca/;
      expect(await problemOf(link(tls(server)))).toMatch(signed);
      expect(await problemOf(link(tls(server), { 'machines.ca': new Authority().ca }))).toMatch(signed);
    });

    test('an expired certificate, one of another host, and no TLS at all', async () => {
      const authority = new Authority();
      const ca = { 'machines.ca': authority.ca };
      const expired = await serve(authority.serverConfig('IP:127.0.0.1', -1));
      expect(await problemOf(link(tls(expired), ca))).toMatch(/has expired: its operator must renew it/);
      const foreign = await serve(authority.serverConfig('DNS:elsewhere'));
      expect(await problemOf(link(tls(foreign), ca))).toMatch(/is of another host/);
      expect(await problemOf(link(tls(await serve()), ca))).toMatch(/offers no encryption/);
    });
  });

  test('a credentials file that others can read is refused before anything is sent', () => {
    const file = credentials('token: abc');
    chmodSync(file, 0o640);
    expect(() => link('nats://127.0.0.1:4222', { 'machines.creds': file })).toThrow(
      `the credentials file ${file} can be read by others (mode 640): run chmod 600 on it`,
    );
  });
});
