import { connect } from '@nats-io/transport-node';
import { streamName } from '#core/machines/subjects.ts';
import { freePort, NatsServer } from './natsServer.ts';
import type { Host } from './network.ts';
import { waitFor } from './waitFor.ts';

/** Three real servers that keep each stream together. */
export class NatsCluster {
  readonly servers: readonly NatsServer[];

  private constructor(servers: readonly NatsServer[]) {
    this.servers = servers;
  }

  /**
   * @param hosts of a network, one for each server; this machine by default
   * @param more further lines of the configuration of each
   */
  static async start(hosts: readonly Host[] = [], more: (at: number) => string = () => ''): Promise<NatsCluster> {
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    const addresses = ports.map((port, at) => `${hosts[at]?.address ?? '127.0.0.1'}:${port}`);
    const routes = addresses.map((address) => `nats://${address}`).join(', ');
    const lines = (address: string, at: number): string =>
      `server_name: s${at}\ncluster { name: three, listen: "${address}", routes: [${routes}] }\n${more(at)}`;
    const cluster = new NatsCluster(
      await Promise.all(addresses.map((address, at) => NatsServer.start(lines(address, at), hosts[at]))),
    );
    await waitFor(() => cluster.servers.some(({ log }) => /cluster new metadata leader/.test(log)), {
      describe: 'the three servers to have a leader',
      timeoutMs: 100_000,
    });
    return cluster;
  }

  get url(): string {
    return this.servers.map(({ url }) => url).join(',');
  }

  /** The server that leads the stream of a space; throws while there is none, or while another one has not caught up. */
  async leader(space: string): Promise<NatsServer> {
    const connection = await connect({ servers: this.servers.map(({ url }) => url), timeout: 2000 });
    try {
      const reply = await connection.request(`$JS.API.STREAM.INFO.${streamName(space)}`, '', { timeout: 2000 });
      const { cluster } = reply.json<{ cluster?: { leader?: string; replicas?: { current?: boolean }[] } }>();
      if (cluster?.replicas?.filter(({ current }) => current === true).length !== 2)
        throw new Error('the stream is not kept by all three');
      const found = this.servers.find((_, at) => cluster.leader === `s${at}`);
      if (found === undefined) throw new Error('the stream has no leader');
      return found;
    } finally {
      await connection.close();
    }
  }

  /** Which of them leads the stream, by what they have written; undefined before there is a leader. */
  leaderByLog(): number | undefined {
    const since = this.servers.map(({ log }, at) => {
      const [, when = ''] = /.*\] (\S+ \S+) .*new stream leader for/s.exec(log) ?? [];
      return { at, when };
    });
    const [last] = since.filter(({ when }) => when !== '').toSorted((a, b) => b.when.localeCompare(a.when));
    return last?.at;
  }

  async kill(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
  }
}
