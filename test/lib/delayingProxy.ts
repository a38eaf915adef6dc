import { once } from 'node:events';
import { createServer, connect, type Server, type Socket } from 'node:net';

/** A way to a port of this machine on which everything takes so many milliseconds longer, in each direction. */
export class DelayingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(port: number, delayMs: number, host = '127.0.0.1'): Promise<DelayingProxy> {
    const server = createServer((from) => {
      const to = connect(port, host);
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const) {
        proxy.#sockets.add(one);
        one.setNoDelay();
        one.on('error', () => other.destroy());
        one.on('data', (chunk) => void setTimeout(() => other.write(chunk), delayMs));
        one.on('close', () => {
          proxy.#sockets.delete(one);
          setTimeout(() => other.destroy(), delayMs);
        });
      }
    }).listen(0, '127.0.0.1');
    const proxy = new DelayingProxy(server);
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `nats://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
