import { jetstream } from '@nats-io/jetstream';
import { connect, headers, type NatsConnection, type Subscription as NatsSubscription } from '@nats-io/transport-node';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connection } from '#core/machines/connection.ts';
import type {
  KeptMessage,
  LastMessage,
  Link,
  LinkChange,
  LiveMessage,
  StoredMessage,
  Subscription,
} from '#core/machines/link.ts';
import { streamName } from '#core/machines/subjects.ts';
import { Follower, type Consumption } from './follower.ts';
import { headersOf, lastOf, messageOf } from './messageHeaders.ts';
import { connectionOptions } from './natsOptions.ts';
import { connectionProblem, streamProblem } from './problem.ts';
import { openStream } from './stream.ts';

const REQUEST_MS = 5000;
const FLUSH_MS = 1000;
/** Between two attempts to connect: the first, and the longest. */
const [RETRY_MS, MAX_RETRY_MS] = [250, 5000];
/** A consumer without a sign of life for twice this time is made anew. */
const HEARTBEAT_MS = 2000;
/** Between two looks at the stream where its messages stop to come. */
const LOOK_AGAIN_MS = 2000;
/** So many messages are on the way to this machine at once. */
const MAX_UNDERWAY = 256;

/** A listener to what passes by. */
interface Listening {
  pattern: string;
  listener: (subject: string, message: LiveMessage) => void;
}

/** A message of the stream, or what is none of Fermata's. */
interface StoredItem extends Omit<StoredMessage, 'message'> {
  message: KeptMessage | undefined;
}

/** A `Link` over NATS with JetStream. It connects by itself, again and again, and whatever was asked of it before then counts from then on. */
export class NatsLink implements Link {
  /** Why there is no connection, or no stream, as a sentence for the person. */
  problem: string | undefined;
  /** The version that the server gives. */
  serverVersion: string | undefined;
  #nc: NatsConnection | undefined;
  /** Of the stream; another one counts anew. */
  #created: string | undefined;
  #closed = false;
  #lookedMs = 0;
  readonly #connection: Connection;
  readonly #stream: string;
  readonly #listening = new Map<Listening, NatsSubscription | undefined>();
  readonly #followers = new Set<Follower<StoredItem>>();
  readonly #listeners = new Set<(change: LinkChange) => void>();
  readonly #waiting = new Set<() => void>();
  readonly #ended = new AbortController();

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#stream = streamName(connection.space);
    void this.#keepConnected();
  }

  get connected(): boolean {
    return this.#nc !== undefined;
  }

  async publish(subject: string, message: KeptMessage): Promise<void> {
    const head = headers();
    for (const [name, value] of headersOf(message)) head.set(name, value);
    const data = 'mark' in message ? undefined : message.data;
    const reply = await this.#server().request(subject, data, { timeout: REQUEST_MS, headers: head });
    const ack = reply.json<{ error?: { description?: string }; stream?: string }>();
    if (ack.stream !== this.#stream) throw new Error(ack.error?.description ?? 'the message was not stored');
  }

  send(subject: string, text: string): void {
    this.#nc?.publish(subject, text);
  }

  async last(subject: string): Promise<LastMessage | undefined> {
    const subjectOfApi = `$JS.API.DIRECT.GET.${this.#stream}.${subject}`;
    const { headers: head, data } = await this.#server().request(subjectOfApi, undefined, { timeout: REQUEST_MS });
    if (head?.code === 404) return undefined;
    if ((head?.code ?? 0) >= 400) throw new Error(`the stream answers ${head?.status ?? ''}`);
    return lastOf(head, data);
  }

  live(pattern: string, listener: Listening['listener']): Subscription {
    const wanted = { pattern, listener };
    this.#listening.set(wanted, this.#nc && this.#subscribe(this.#nc, wanted));
    return {
      stop: () => {
        this.#listening.get(wanted)?.unsubscribe();
        this.#listening.delete(wanted);
      },
    };
  }

  follow(pattern: string, afterSeq: number, listener: (message: StoredMessage) => void | Promise<void>) {
    const take = async ({ subject, seq, message }: StoredItem): Promise<void> => {
      if (message !== undefined) await listener({ subject, seq, message });
    };
    const follower = new Follower(afterSeq, (seq) => this.#consume(pattern, seq), take);
    this.#followers.add(follower);
    void follower.run((error) => this.#onFollowerError(error));
    return {
      restart: (seq: number) => follower.restart(seq),
      stop: () => {
        follower.stop();
        this.#followers.delete(follower);
      },
    };
  }

  onChange(listener: (change: LinkChange) => void): Subscription {
    this.#listeners.add(listener);
    return { stop: () => void this.#listeners.delete(listener) };
  }

  /**
   * Makes the stream where there is none, and sees whether it still is the one that was read: one that was made anew, or set
   * back, counts from the beginning. Rejects where the server does not answer.
   */
  async check(): Promise<void> {
    const nc = this.#server();
    const request = async (call: string, body?: unknown): Promise<unknown> =>
      (
        await nc.request(`$JS.API.${call}`, body === undefined ? '' : JSON.stringify(body), { timeout: REQUEST_MS })
      ).json();
    const replicas = nc.info?.cluster === undefined ? 1 : 3;
    const { created, lastSeq } = await openStream(request, this.#connection.space, replicas);
    const before = this.#created;
    this.#created = created;
    const furthest = Math.max(0, ...[...this.#followers].map(({ seq }) => seq));
    const isSame = before === undefined || before === created;
    if (isSame && lastSeq >= furthest) return;
    for (const follower of this.#followers) follower.restart(0);
    this.#emit('otherStream');
  }

  /** How long the server takes to answer, in ms. */
  roundTrip(): Promise<number> {
    return this.#server().rtt();
  }

  /** Resolves once all that was sent has left. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#ended.abort();
    for (const follower of this.#followers) follower.stop();
    for (const resolve of this.#waiting) resolve();
    const nc = this.#nc;
    if (nc === undefined) return;
    // a server that has gone answers nothing
    await Promise.race([nc.flush().catch(() => {}), delay(FLUSH_MS)]);
    await nc.close();
  }

  async #keepConnected(): Promise<void> {
    const { servers } = this.#connection;
    for (let failures = 0; !this.#closed; failures++) {
      const server = servers[failures % servers.length] ?? '';
      try {
        const nc = await connect(connectionOptions(this.#connection, server));
        failures = -1;
        this.#begin(nc, server);
        const error = await nc.closed();
        this.problem =
          error instanceof Error ? connectionProblem(error, server) : `the connection to ${server} has ended`;
      } catch (error) {
        this.problem = connectionProblem(error, server);
      }
      this.#end();
      const pauseMs = Math.min(RETRY_MS * 2 ** Math.max(0, failures), MAX_RETRY_MS);
      await delay(pauseMs * (0.75 + Math.random() / 2), undefined, { signal: this.#ended.signal }).catch(() => {});
    }
  }

  #begin(nc: NatsConnection, server: string): void {
    this.problem = undefined;
    this.serverVersion = nc.info?.version;
    if (this.#closed) return void nc.close();
    this.#nc = nc;
    for (const wanted of this.#listening.keys()) this.#listening.set(wanted, this.#subscribe(nc, wanted));
    this.#emit('connected');
    // what is live does not wait for the stream
    void this.#prepareStream(nc, server);
  }

  #end(): void {
    if (this.#nc === undefined) return;
    this.#nc = undefined;
    this.#emit('disconnected');
  }

  async #prepareStream(nc: NatsConnection, server: string): Promise<void> {
    while (this.#nc === nc && !this.#closed) {
      try {
        await this.check();
        this.problem = undefined;
        for (const resolve of this.#waiting) resolve();
        this.#waiting.clear();
        return;
      } catch (error) {
        if (this.#nc === nc) this.problem = streamProblem(error, server);
        await delay(RETRY_MS * 2);
      }
    }
  }

  #subscribe(nc: NatsConnection, { pattern, listener }: Listening): NatsSubscription {
    return nc.subscribe(pattern, {
      callback: (error, message) => {
        if (error !== null) this.#note(error);
        else listener(message.subject, messageOf(message.headers, message.data) ?? { text: message.string() });
      },
    });
  }

  async #consume(pattern: string, afterSeq: number): Promise<Consumption<StoredItem>> {
    while (!this.#isReady() && !this.#closed) await new Promise<void>((resolve) => this.#waiting.add(resolve));
    const consumer = await jetstream(this.#server(), { timeout: REQUEST_MS }).consumers.get(this.#stream, {
      filter_subjects: pattern,
      ...(afterSeq > 0 && { deliver_policy: 'by_start_sequence', opt_start_seq: afterSeq + 1 }),
    });
    const messages = await consumer.consume({
      max_messages: MAX_UNDERWAY,
      idle_heartbeat: HEARTBEAT_MS,
      abort_on_missing_resource: true,
    });
    async function* incoming(): AsyncGenerator<StoredItem> {
      for await (const { subject, headers: head, data, seq } of messages)
        yield { subject, message: messageOf(head, data), seq };
    }
    return Object.assign(incoming(), { stop: () => messages.stop() });
  }

  #isReady(): boolean {
    return this.#nc !== undefined && this.#created !== undefined;
  }

  #server(): NatsConnection {
    if (this.#nc === undefined) throw new Error(this.problem ?? 'not connected');
    return this.#nc;
  }

  #emit(change: LinkChange): void {
    for (const listener of this.#listeners) listener(change);
  }

  /** The stream may be gone: it is made anew, and others need not wait for the next regular look. */
  #onFollowerError(error: unknown): void {
    this.#note(error);
    if (this.#nc === undefined || Date.now() - this.#lookedMs < LOOK_AGAIN_MS) return;
    this.#lookedMs = Date.now();
    this.check().catch((failed: unknown) => this.#note(failed));
  }

  #note(error: unknown): void {
    if (this.#nc !== undefined) this.problem = streamProblem(error, this.#connection.servers[0] ?? '');
  }
}
