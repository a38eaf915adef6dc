import { jetstream, type ConsumerMessages } from '@nats-io/jetstream';
import {
  connect,
  headers,
  TimeoutError,
  type NatsConnection,
  type Subscription as NatsSubscription,
} from '@nats-io/transport-node';
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
import { isOfPattern, streamName } from '#core/machines/subjects.ts';
import { Follower, type Consumption } from './follower.ts';
import { headersOf, lastOf, messageOf } from './messageHeaders.ts';
import { connectionOptions } from './natsOptions.ts';
import { connectionProblem, streamProblem } from './problem.ts';
import { openStream } from './stream.ts';

const REQUEST_MS = 5000;
const FLUSH_MS = 1000;
/** Between two attempts to connect: the shortest and the longest pause, and which part of the outage so far it is otherwise. */
const [RETRY_MS, MAX_RETRY_MS, RETRY_SHARE] = [250, 5000, 1 / 8];
/** A consumer without a sign of life for twice this time is made anew. */
const HEARTBEAT_MS = 2000;
/** What was refused is sent again more often than that: without a refusal in this time nothing is refused any more. */
const REFUSED_MS = 10_000;
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

/**
 * Ends a consumption of which the server sends no sign of life, so that its follower begins another one. A server may have lost a
 * consumer that it has confirmed (2.9.10: one of 150 that were made while another machine made the stream), and then answers
 * no pull; the library would pull from it for ever.
 */
async function endWhenSilent(messages: ConsumerMessages): Promise<void> {
  for await (const { type } of messages.status()) if (type === 'heartbeats_missed') messages.stop();
}

/** A `Link` over NATS with JetStream. It connects by itself, again and again, and whatever was asked of it before then counts from then on. */
export class NatsLink implements Link {
  /** The version that the server gives. */
  serverVersion: string | undefined;
  #nc: NatsConnection | undefined;
  /** What stands in the way: of the connection, of the stream, which stays over connections that come and go, of publishing, and of hearing. */
  readonly #problems: Partial<Record<'connection' | 'stream' | 'publish' | 'hear', string>> = {};
  /** Of the stream; another one counts anew. */
  #created: string | undefined;
  /** The connection over which the stream was seen, or made. */
  #prepared: NatsConnection | undefined;
  #closed = false;
  /** When a message was refused last. */
  #refusedMs = -Infinity;
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

  /** Why there is no connection, or no stream, as a sentence for the person. */
  get problem(): string | undefined {
    const { connection, stream, publish, hear } = this.#problems;
    return connection ?? stream ?? publish ?? hear;
  }

  async publish(subject: string, message: KeptMessage): Promise<void> {
    const head = headers();
    for (const [name, value] of headersOf(message)) head.set(name, value);
    const data = 'mark' in message ? undefined : message.data;
    try {
      const reply = await this.#server().request(subject, data, { timeout: REQUEST_MS, headers: head });
      const ack = reply.json<{ error?: { description?: string }; stream?: string }>();
      if (ack.stream !== this.#stream) throw new Error(ack.error?.description ?? 'the message was not stored');
      this.#problems.publish = undefined;
    } catch (error) {
      // whether the stream answers at all is seen by its checks
      if (!(error instanceof TimeoutError)) {
        this.#refusedMs = performance.now();
        this.#note('publish', error);
      }
      throw error;
    }
  }

  send(subject: string, text: string): void {
    try {
      this.#nc?.publish(subject, text);
    } catch {
      // the connection is about to end, or the server takes no message so long: it is dropped
    }
  }

  async last(subject: string): Promise<LastMessage | undefined> {
    await this.#streamIsThere();
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
    // before the server is asked: what is read until it answers may be newer than its answer
    const furthest = Math.max(0, ...[...this.#followers].map(({ seq }) => seq));
    const { created, lastSeq } = await openStream(request, this.#connection.space, replicas);
    this.#problems.stream = undefined;
    if (performance.now() - this.#refusedMs > REFUSED_MS) this.#problems.publish = undefined;
    const before = this.#created;
    this.#created = created;
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
    this.#wake();
    const nc = this.#nc;
    if (nc === undefined) return;
    // a server that has gone answers nothing
    await Promise.race([nc.flush().catch(() => {}), delay(FLUSH_MS)]);
    await nc.close();
  }

  async #keepConnected(): Promise<void> {
    const { servers } = this.#connection;
    let lostMs = performance.now();
    for (let attempt = 0; !this.#closed; attempt++) {
      const server = servers[attempt % servers.length] ?? '';
      try {
        const nc = await connect(connectionOptions(this.#connection, server));
        this.#begin(nc, server);
        const error = await nc.closed();
        lostMs = performance.now();
        attempt = -1;
        this.#problems.connection =
          error instanceof Error ? connectionProblem(error, server) : `the connection to ${server} has ended`;
      } catch (error) {
        this.#problems.connection = connectionProblem(error, server);
      }
      this.#end();
      const pauseMs = Math.min(Math.max(RETRY_MS, (performance.now() - lostMs) * RETRY_SHARE), MAX_RETRY_MS);
      await delay(pauseMs * (0.75 + Math.random() / 2), undefined, { signal: this.#ended.signal }).catch(() => {});
    }
  }

  #begin(nc: NatsConnection, server: string): void {
    this.#problems.connection = undefined;
    this.#problems.publish = undefined;
    this.#problems.hear = undefined;
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
    this.#wake();
    this.#emit('disconnected');
  }

  async #prepareStream(nc: NatsConnection, server: string): Promise<void> {
    while (this.#nc === nc && !this.#closed) {
      try {
        await this.check();
        this.#prepared = nc;
        this.#wake();
        return;
      } catch (error) {
        if (this.#nc === nc) this.#note('stream', error, server);
        await delay(RETRY_MS * 2);
      }
    }
  }

  #subscribe(nc: NatsConnection, { pattern, listener }: Listening): NatsSubscription {
    return nc.subscribe(pattern, {
      callback: (error, message) => {
        // it is not tried again before the next connection
        if (error !== null) return this.#note('hear', error);
        // a consumer of another machine may deliver messages here that were published elsewhere, in that machine's own name
        if (!isOfPattern(pattern, message.subject)) return;
        listener(message.subject, messageOf(message.headers, message.data) ?? { text: message.string() });
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
    endWhenSilent(messages).catch(() => messages.stop());
    async function* incoming(): AsyncGenerator<StoredItem> {
      for await (const { subject, headers: head, data, seq } of messages)
        yield { subject, message: messageOf(head, data), seq };
    }
    return Object.assign(incoming(), { stop: () => messages.stop() });
  }

  /** A server that has no stream yet leaves questions about it without an answer. Rejects where there is none in time. */
  async #streamIsThere(): Promise<void> {
    const timeout = delay(REQUEST_MS, true, { ref: false });
    while (this.#server() !== this.#prepared) {
      let wake = (): void => {};
      const change = new Promise<void>((resolve) => (wake = resolve));
      this.#waiting.add(wake);
      const isOver = await Promise.race([change, timeout]);
      this.#waiting.delete(wake);
      if (isOver) throw new Error('the server does not answer about the stream');
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
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
    this.#note('stream', error);
    if (this.#nc === undefined || Math.abs(Date.now() - this.#lookedMs) < LOOK_AGAIN_MS) return;
    this.#lookedMs = Date.now();
    this.check().catch((failed: unknown) => this.#note('stream', failed));
  }

  #note(of: 'stream' | 'publish' | 'hear', error: unknown, server = this.#connection.servers[0] ?? ''): void {
    if (this.#nc !== undefined) this.#problems[of] = streamProblem(error, server);
  }
}
