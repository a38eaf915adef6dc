import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { LoggedSession } from '#extension/sessions/loggedSession.ts';
import { Authority, hasOpenssl } from '#test/lib/authority.ts';
import { DelayingProxy } from '#test/lib/delayingProxy.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { freePort, hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const undo: (() => unknown)[] = [];
// once all have ended: they run side by side
afterAll(async () => {
  for (const action of undo.splice(0).toReversed()) await action();
  removeTempDirs();
});

async function serve(extra = ''): Promise<NatsServer> {
  const server = await NatsServer.start(extra);
  undo.push(() => server.kill());
  return server;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  undo.push(() => server.close());
  const address = server.address();
  return `nats://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

function credentials(text: string): string {
  const file = join(tempDir(), 'creds');
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

interface Bad {
  url: string;
  settings?: Record<string, unknown>;
  /** Happens once the session is shared. */
  afterwards?: () => unknown;
}

/** What is wrong, how it is made, and the sentence for it. */
const CASES: [what: string, make: () => Promise<Bad>, sentence: RegExp][] = [
  [
    'nobody on the port',
    async () => ({ url: `nats://127.0.0.1:${await freePort()}` }),
    /nobody answers at nats:\S+: is nats-server running\?/,
  ],
  [
    'a wrong password',
    async () => {
      const { url } = await serve('authorization { users: [ { user: "laptop", password: "right" } ] }');
      return { url, settings: { 'machines.creds': credentials('user: laptop\npassword: wrong\n') } };
    },
    /does not accept this machine's credentials \(fermata\.machines\.creds\)/,
  ],
  [
    'credentials that others can read',
    async () => {
      const file = credentials('token: abc\n');
      const { url } = await serve('authorization { token: "abc" }');
      return { url, settings: { 'machines.creds': file }, afterwards: () => chmodSync(file, 0o644) };
    },
    /can be read by others \(mode 644\): run chmod 600 on it/,
  ],
  [
    'a server without JetStream',
    async () => ({ url: (await serve('# no jetstream')).url }),
    /has no JetStream for this account: start it with -js/,
  ],
  [
    'a server without room for the stream',
    async () => {
      const store = join(tempDir(), 'store');
      return { url: (await serve(`# no jetstream\njetstream { store_dir: "${store}", max_file: 1MB }`)).url };
    },
    /has no room for the stream/,
  ],
  [
    'a server that is too slow',
    async () => {
      const proxy = await DelayingProxy.start((await serve()).port, 6000);
      undo.push(() => proxy.close());
      return { url: proxy.url };
    },
    /does not answer as a NATS server does/,
  ],
  [
    'a server of web pages',
    async () => ({ url: await listen(createHttpServer((_, response) => void response.end('hello'))) }),
    /another program/,
  ],
  [
    'a socket that is silent',
    async () => ({ url: await listen(createServer((socket) => void socket.on('error', () => {}))) }),
    /does not answer as a NATS server does: is it another program/,
  ],
];
if (hasOpenssl)
  CASES.push([
    'an expired certificate',
    async () => {
      const authority = new Authority();
      const { port } = await serve(authority.serverConfig('IP:127.0.0.1', -1));
      return { url: `tls://127.0.0.1:${port}`, settings: { 'machines.ca': authority.ca } };
    },
    /the certificate of tls:\S+ has expired: its operator must renew it/,
  ]);

describe.skipIf(!hasNatsServer)('a sentence of every verb names', () => {
  test.concurrent.each(CASES)('%s', async (_, make, sentence) => {
    const { url, settings, afterwards } = await make();
    const laptop = new MachineHome('laptop', url, settings);
    undo.push(() => laptop.stop());
    await laptop.seat();
    afterwards?.();
    const patient = (describe: string) => ({ describe, timeoutMs: 100_000, intervalMs: 500 });
    for (const verb of ['machines', 'status', 'doctor'])
      await waitFor(
        async () => {
          const { out, err } = await laptop.run(verb);
          if (sentence.test(out)) return true;
          throw new Error(`${out}${err}`);
        },
        patient(`the sentence of ${verb}`),
      );
    // the panel draws this row
    const session = new LoggedSession(laptop.session, laptop.dir);
    await waitFor(() => {
      session.refresh();
      session.checkLink(laptop.home, Date.now(), false);
      const { text = '', why = '' } = session.view(Date.now(), 60).session.link ?? {};
      if (sentence.test(`${text} ${why}`)) return true;
      throw new Error(`${text} ${why}`);
    }, patient('the sentence of the panel'));
    const tried = await laptop.run('machines', 'test');
    expect([tried.code, tried.err]).toEqual([1, expect.stringMatching(sentence)]);
    // work here goes on
    await laptop.cli('progress', '10', '--worker', 'W1');
    expect(laptop.state.workers.get('W1')?.progress?.pct).toBe(10);
  });
});
