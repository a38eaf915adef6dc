/** Bytes of a log or of an outbox: whole lines that begin at `pos`, counted from the start of its generation `gen`. */
export interface FileBytes {
  gen: string;
  pos: number;
  data: Uint8Array;
  /** Of a log: by which DECIDES its seat folds it; left out before that was published, which was 1. */
  decides?: number | undefined;
}

/** A nonce that its publisher waits for: once it has come back, all that was kept before it has been delivered. */
export interface Mark {
  mark: string;
}

/** What the stream keeps. */
export type KeptMessage = FileBytes | Mark;

/** What passes by: also the texts that are not kept. */
export type LiveMessage = KeptMessage | { text: string };

/** A kept message as the stream delivers it. */
export interface StoredMessage {
  subject: string;
  /** Its place in the stream, from 1. */
  seq: number;
  message: KeptMessage;
}

/** Where the newest kept message of a subject ends. */
export interface LastMessage {
  gen: string;
  /** `pos` and the length of its data. */
  end: number;
  seq: number;
}

/**
 * `connected` and `disconnected` are about the server. `otherStream`: the stream was made anew or set back, so its
 * sequences no longer mean what they did, and it may have forgotten what it had acknowledged.
 */
export type LinkChange = 'connected' | 'disconnected' | 'otherStream';

/** Ends a subscription; nothing is delivered afterwards. */
export interface Subscription {
  stop(): void;
}

/**
 * The connection to the server that carries messages between machines. It may lose, double, delay and reorder all that it
 * carries: a receiver goes by `gen` and `pos` alone. An implementation checks what comes from outside and drops what is
 * none of these messages: `gen` and `mark` are tokens (see subjects.ts), `pos` is a safe integer from 0. Listeners do not throw.
 */
export interface Link {
  readonly connected: boolean;
  /**
   * Publishes to all listeners and to the stream in one message. Resolves once the stream has acknowledged it; rejects
   * where it does not within a few seconds, or where there is no connection. What was rejected may have been kept all the same.
   */
  publish(subject: string, message: KeptMessage): Promise<void>;
  /** Publishes a text that is not kept. Without a connection it is dropped. */
  send(subject: string, text: string): void;
  /** The newest kept bytes of a subject; undefined where the stream has none. Rejects where the server does not answer. */
  last(subject: string): Promise<LastMessage | undefined>;
  /** Messages of a subject or a pattern as they pass by, kept and sent ones, without those that passed before. */
  live(pattern: string, listener: (subject: string, message: LiveMessage) => void): Subscription;
  /**
   * The kept messages of a pattern after the sequence `afterSeq`, in the stream's order, then each new one. The next one
   * waits until the listener's promise has settled. The link itself begins anew where a consumer stops or stands still, from the
   * last sequence that it delivered. `restart` goes on from another sequence.
   */
  follow(
    pattern: string,
    afterSeq: number,
    listener: (message: StoredMessage) => void | Promise<void>,
  ): Subscription & { restart(afterSeq: number): void };
  onChange(listener: (change: LinkChange) => void): Subscription;
}
