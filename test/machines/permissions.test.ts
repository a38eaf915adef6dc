import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NatsLink } from '#bridge/natsLink.ts';
import type { StoredMessage } from '#core/machines/link.ts';
import { serverConfig } from '#core/machines/serverConfig.ts';
import { Authority, hasOpenssl } from '#test/lib/authority.ts';
import { pageAt } from '#test/lib/docsPages.ts';
import { MachineHome } from '#test/lib/machineHome.ts';
import { hasNatsServer, NatsServer } from '#test/lib/natsServer.ts';
import { removeTempDirs, tempDir } from '#test/lib/tempDir.ts';
import { waitFor } from '#test/lib/waitFor.ts';

const patient = (describe: string) => ({ describe, timeoutMs: 100_000 });
const LOG = 'fermata.t.log.laptop.S1';
const STREAM = 'FERMATA_t';
const bytes = (pos: number, text: string) => ({ gen: 'g1', pos, data: new TextEncoder().encode(text) });

/** A server that has exactly the configuration that `machines serve` writes, and a certificate. */
async function serveWithTls(authority: Authority): Promise<NatsServer> {
  const machines = ['laptop', 'gpu1', 'build1'].map((name) => ({ name, password: `of-${name}` }));
  const tls = authority.serverConfig();
  return NatsServer.start((port, store) => `${serverConfig({ port, space: 't', store, machines })}${tls}\n`);
}

describe.skipIf(!hasNatsServer || !hasOpenssl)(
  'what the configuration of "machines serve" lets a stolen password do',
  () => {
    let server: NatsServer;
    let laptop: NatsLink;
    let gpu: NatsLink;
    let stolen: NatsConnection;
    /** Asks the server as the thief. */
    const ask = (subject: string, text?: string) => stolen.request(subject, text, { timeout: 20_000 });
    const links = new Map<string, NatsLink>();
    const [toSeat, refused]: [string[], string[]] = [[], []];

    beforeAll(async () => {
      const authority = new Authority();
      server = await serveWithTls(authority);
      const ca = readFileSync(authority.ca, 'utf8');
      const link = (name: string): NatsLink => {
        const made = new NatsLink({
          servers: [`tls://127.0.0.1:${server.port}`],
          encrypted: true,
          ca,
          credentials: { kind: 'password', user: name, password: `of-${name}` },
          name,
          space: 't',
        });
        links.set(name, made);
        return made;
      };
      laptop = link('laptop');
      gpu = link('gpu1');
      link('build1');
      laptop.live('fermata.t.up.laptop.>', (subject) => toSeat.push(subject));
      await waitFor(() => laptop.publish(LOG, bytes(0, 'one\n')).then(() => true), patient('the server'));
      const all = [...links.values()];
      await waitFor(() => all.every(({ connected }) => connected), patient('every connection'));
      stolen = await connect({
        servers: `127.0.0.1:${server.port}`,
        // the library's type leaves out what it hands on to Node
        tls: { ca, host: '127.0.0.1' } as { ca: string },
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
      await Promise.all([stolen?.close(), ...Array.from(links.values(), (each) => each.close())]);
      await server?.kill();
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

    test('a seat requests output of a machine, which sends it and what its workers have left', async () => {
      const [gets, pieces, left]: [string[], string[], StoredMessage[]] = [[], [], []];
      gpu.live('fermata.t.get.*.*.gpu1', (_, message) => void ('text' in message && gets.push(message.text)));
      laptop.live('fermata.t.piece.laptop.>', (_, message) => void ('text' in message && pieces.push(message.text)));
      laptop.follow('fermata.t.out.laptop.>', 0, (message) => void left.push(message));
      await waitFor(() => {
        laptop.send('fermata.t.get.laptop.S1.gpu1', 'more');
        return gets.length > 0;
      }, patient('what the seat wants to have'));
      await waitFor(() => {
        gpu.send('fermata.t.piece.laptop.S1.gpu1', 'a piece');
        return pieces.length > 0;
      }, patient('a piece at the seat'));
      await gpu.publish('fermata.t.out.laptop.S1.gpu1', bytes(0, 'result\n'));
      await waitFor(() => left.length > 0, patient('a result at the seat'));
    });

    test.each([
      ['the seat', LOG],
      ['another machine', 'fermata.t.up.laptop.S1.build1'],
      ['the marks of the seat', 'fermata.t.up.laptop._.laptop'],
      ['the seat, to another machine', 'fermata.t.nack.laptop.S1.build1'],
      ['another machine that asks', 'fermata.t.nudge.laptop.S1.build1'],
      ['another machine that is there', 'fermata.t.here.build1'],
      ['another machine that has results', 'fermata.t.out.laptop.S1.build1'],
      ['another machine that has output', 'fermata.t.piece.laptop.S1.build1'],
      ['the seat, which wants to have output', 'fermata.t.get.laptop.S1.build1'],
      ['the seat, to itself', 'fermata.t.get.laptop.S1.gpu1'],
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
      ['get the results of another machine', `DIRECT.GET.${STREAM}.fermata.t.out.laptop.S1.build1`],
      ['consume results', `CONSUMER.CREATE.${STREAM}.thief.fermata.t.out.laptop.>`],
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
      'fermata.t.out.laptop.>',
      'fermata.t.piece.laptop.>',
      'fermata.t.get.laptop.S1.build1',
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

    test('with a consumer that delivers in the name of the seat it is not heard', async () => {
      const nack = 'fermata.t.nack.laptop.S1.build1';
      const heard: string[] = [];
      const build = links.get('build1');
      build?.live(nack, (from, message) => heard.push(`${from} ${'text' in message ? message.text : ''}`));
      await waitFor(() => build?.roundTrip(), patient('the subscription'));
      const config = {
        name: 'thief',
        ack_policy: 'none',
        filter_subject: 'fermata.t.log.gpu1.>',
        deliver_subject: nack,
      };
      const create = `$JS.API.CONSUMER.CREATE.${STREAM}.thief.fermata.t.log.gpu1.>`;
      const made = await ask(create, JSON.stringify({ stream_name: STREAM, config }));
      expect(made.json()).toMatchObject({ name: 'thief' });
      await ask('fermata.t.log.gpu1.S1', 'g1 0');
      const delivered = async (): Promise<number> => {
        const info = await ask(`$JS.API.CONSUMER.INFO.${STREAM}.thief`);
        return info.json<{ delivered: { stream_seq: number } }>().delivered.stream_seq;
      };
      await waitFor(async () => (await delivered()) > 0, patient('the server to deliver it'));
      await build?.roundTrip();
      laptop.send(nack, 'g1 4');
      await waitFor(() => heard.length > 0, patient('what the seat itself has sent'));
      expect(heard).toEqual([`${nack} g1 4`]);
    });

    test.each(['fermata.t.log.laptop.S1', 'fermata.t.up.laptop.S1.build1'])(
      'it cannot have a consumer deliver to %s',
      async (subject) => {
        const filter = 'fermata.t.log.gpu1.>';
        const config = { name: 'liar', ack_policy: 'none', filter_subject: filter, deliver_subject: subject };
        const create = `$JS.API.CONSUMER.CREATE.${STREAM}.liar.${filter}`;
        const made = await ask(create, JSON.stringify({ stream_name: STREAM, config }));
        expect(made.json()).toMatchObject({ error: { description: expect.stringContaining('cycle') as string } });
      },
    );

    test('it cannot read with a consumer what is not in the name of that', async () => {
      const config = { name: 'thief', ack_policy: 'none', filter_subject: 'fermata.t.up.laptop.>' };
      const create = `$JS.API.CONSUMER.CREATE.${STREAM}.thief.fermata.t.log.>`;
      const made = await ask(create, JSON.stringify({ stream_name: STREAM, config }));
      expect(made.json()).toMatchObject({ error: { description: expect.stringContaining('did not match') as string } });
    });
  },
);

describe.skipIf(!hasNatsServer || !hasOpenssl)('with that configuration', () => {
  let server: NatsServer;
  const homes: MachineHome[] = [];

  afterAll(async () => {
    await Promise.all(homes.map((each) => each.stop()));
    await server?.kill();
    removeTempDirs();
  });

  test('a session is shared, followed and spoken in, and a worker runs on another machine', async () => {
    const authority = new Authority();
    server = await serveWithTls(authority);
    const credentials = (name: string): string => {
      const file = join(tempDir(), `${name}.creds`);
      writeFileSync(file, `user: ${name}\npassword: of-${name}\n`, { mode: 0o600 });
      return file;
    };
    const machine = (name: string, more: Record<string, unknown> = {}): MachineHome => {
      const settings = { 'machines.ca': authority.ca, 'machines.creds': credentials(name), ...more };
      const home = new MachineHome(name, `tls://127.0.0.1:${server.port}`, settings);
      homes.push(home);
      return home;
    };
    const gpu = machine('gpu1');
    const build = machine('build1');
    const start = { command: ['sh', '-c', gpu.shell('fermata worker --stdin')], cwd: gpu.root };
    const laptop = machine('laptop', { 'machines.start': { gpu1: start } });
    await laptop.seat();
    await build.follow(laptop);
    await build.cli('progress', '30', '--worker', 'W-build');
    await waitFor(() => laptop.state.workers.get('W-build')?.progress?.pct === 30, patient('the report of build1'));
    expect((await build.cli('acquire', 'db', '--worker', 'W-build')).code).toBe(0);
    await laptop.cli('spawn', '--task', 'Train', '--machine', 'gpu1', '--', 'fermata', 'done', '--result', 'trained');
    await waitFor(() => laptop.state.workers.get('W1')?.state === 'done', patient('the worker on gpu1 to end'));
    expect(laptop.state.workers.get('W1')).toMatchObject({ machine: 'gpu1', lastMessage: 'trained' });
    await Promise.all([build.has(laptop), gpu.has(laptop)]);
  });
});

test('the docs have the permissions that are written', () => {
  const [, listed = ''] = /^```\n(publish: .*?)^```$/ms.exec(pageAt('docs/machines.md').text) ?? [];
  const [publish = '', subscribe = ''] = listed.split('subscribe:').map((part) =>
    part
      // "(and .up.gpu1.>  .out.gpu1.>)": what takes the place of ".log.>" in the subject before it
      .replaceAll(/(\S+)\.log\.>\s+\(and ([^)]*)\)/g, (_, root: string, more: string) =>
        ['.log.>', ...more.trim().split(/\s+/)].map((each) => `${root}${each}`).join(' '),
      )
      .replaceAll('publish:', ''),
  );
  const words = (text: string): string[] => text.trim().split(/\s+/).toSorted();
  const config = serverConfig({ port: 1, space: 't', store: '/s', machines: [{ name: 'gpu1', password: 'p' }] });
  const written = (list: string): string[] => {
    const [, text = ''] = new RegExp(`${list}: (\\[.*\\])`).exec(config) ?? [];
    return (JSON.parse(text) as string[]).toSorted();
  };
  expect(words(publish)).toEqual(written('publish'));
  expect(words(subscribe)).toEqual(written('subscribe'));
});
