import { execFileSync } from 'node:child_process';

const run = (program: string, ...args: string[]): string =>
  execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Why this machine has no network of namespaces, as a sentence; undefined where it can have one. */
export const whyNoNetwork: string | undefined = (() => {
  const probe = `fx${process.pid}p`;
  try {
    run('ip', 'netns', 'add', probe);
    run('ip', 'netns', 'del', probe);
    return undefined;
  } catch (error) {
    return `No network namespaces here: ${(error as Error).message.split('\n')[0]}`;
  }
})();

let made = 0;

/** A machine of a network: a network namespace with an address of its own. */
export interface Host {
  address: string;
  /** What comes before a command that is to run there. */
  prefix: readonly string[];
}

/** Hosts on one switch, of which each can be cut off. */
export class Network {
  readonly #name = `fx${process.pid % 100_000}n${made++}`;
  readonly #hosts = new Map<string, { namespace: string; link: string }>();
  readonly #subnet = `10.213.${(process.pid + made) % 250}`;

  constructor() {
    run('ip', 'link', 'add', this.#name, 'type', 'bridge');
    run('ip', 'link', 'set', this.#name, 'up');
  }

  add(host: string): Host {
    const at = this.#hosts.size + 1;
    const [namespace, link] = [`${this.#name}h${at}`, `${this.#name}v${at}`];
    const address = `${this.#subnet}.${at}`;
    this.#hosts.set(host, { namespace, link });
    run('ip', 'netns', 'add', namespace);
    run('ip', 'link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    run('ip', 'link', 'set', link, 'master', this.#name, 'up');
    const inside = (...args: string[]): string => run('ip', '-n', namespace, ...args);
    inside('addr', 'add', `${address}/24`, 'dev', 'eth0');
    inside('link', 'set', 'eth0', 'up');
    inside('link', 'set', 'lo', 'up');
    return { address, prefix: ['nsenter', `--net=/run/netns/${namespace}`] };
  }

  /** Cuts a host off: packets are lost, and nobody is told. */
  cut(host: string): void {
    run('ip', 'link', 'set', this.#linkOf(host), 'down');
  }

  heal(host: string): void {
    run('ip', 'link', 'set', this.#linkOf(host), 'up');
  }

  close(): void {
    for (const { namespace } of this.#hosts.values()) run('ip', 'netns', 'del', namespace);
    run('ip', 'link', 'del', this.#name);
  }

  #linkOf(host: string): string {
    const known = this.#hosts.get(host);
    if (known === undefined) throw new Error(`there is no host ${host}`);
    return known.link;
  }
}
