import { setTimeout as delay } from 'node:timers/promises';

/** Messages of the stream in its order; ends where the connection or the consumer does. */
export interface Consumption<M> extends AsyncIterable<M> {
  stop: () => void;
}

/** Between two attempts to read the stream. */
const RETRY_MS = 200;

/**
 * Reads a part of the stream in its order, from the message after `seq`, and begins anew by itself whenever the consumer ends:
 * with a server that was started again, or one that has lost the consumer.
 */
export class Follower<M extends { seq: number }> {
  /** The last message that was taken. */
  seq: number;
  #consumption: Consumption<M> | undefined;
  #round = 0;
  #stopped = false;
  readonly #open: (afterSeq: number) => Promise<Consumption<M>>;
  readonly #take: (message: M) => Promise<void>;

  /** @param open waits until there is a connection */
  constructor(seq: number, open: (afterSeq: number) => Promise<Consumption<M>>, take: (message: M) => Promise<void>) {
    this.seq = seq;
    this.#open = open;
    this.#take = take;
  }

  async run(onError: (error: unknown) => void): Promise<void> {
    while (!this.#stopped) {
      const round = this.#round;
      try {
        const consumption = await this.#open(this.seq);
        this.#consumption = consumption;
        // it was restarted while the consumer was made
        if (round !== this.#round || this.#stopped) consumption.stop();
        for await (const message of consumption) {
          if (round !== this.#round || this.#stopped) break;
          await this.#take(message);
          // restarted meanwhile: it counts from elsewhere
          if (round === this.#round) this.seq = message.seq;
        }
      } catch (error) {
        onError(error);
      }
      if (!this.#stopped) await delay(RETRY_MS);
    }
  }

  /** Begins anew after that message: 0 for all. */
  restart(seq: number): void {
    this.seq = seq;
    this.#round++;
    this.#consumption?.stop();
  }

  stop(): void {
    this.#stopped = true;
    this.#consumption?.stop();
  }
}
