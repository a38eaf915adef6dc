import type {
  KeptMessage,
  LastMessage,
  Link,
  LinkChange,
  LiveMessage,
  StoredMessage,
  Subscription,
} from '#core/machines/link.ts';

/** Whether a subject is of a pattern: `*` stands for one part, `>` for all that follow. */
export function isOfPattern(pattern: string, subject: string): boolean {
  const parts = subject.split('.');
  const wanted = pattern.split('.');
  if (wanted.at(-1) === '>')
    return (
      parts.length >= wanted.length &&
      isOfPattern(wanted.slice(0, -1).join('.'), parts.slice(0, wanted.length - 1).join('.'))
    );
  return parts.length === wanted.length && wanted.every((part, i) => part === '*' || part === parts[i]);
}

interface Deferred<T> {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

function deferred<T>(): Deferred<T> {
  let settle: Omit<Deferred<T>, 'promise'> | undefined;
  const promise = new Promise<T>((resolve, reject) => (settle = { resolve, reject }));
  return { promise, ...settle! };
}

/** What may happen to messages; each is called at each delivery, or publishing. */
export interface Faults {
  /** How often a live message is delivered: 0 loses it, 2 doubles it. */
  copies(): number;
  /** After how many milliseconds something happens: different delays reorder. */
  delayMs(): number;
  /** What becomes of a kept message: `refused` is neither kept nor acknowledged, `unheard` is kept and not acknowledged. */
  keeping(): 'kept' | 'refused' | 'unheard';
}

export interface Later {
  (ms: number, run: () => void): { cancel(): void };
}

/** A server in memory, whose connections lose, double, delay and reorder as `faults` has it. */
export class MemoryServer {
  readonly #later: Later;
  readonly faults: Faults;
  stored: StoredMessage[] = [];
  /** The texts that were published and are not kept. */
  readonly sent: { subject: string; text: string }[] = [];
  readonly links = new Set<MemoryLink>();

  constructor(later: Later, faults: Faults) {
    this.#later = later;
    this.faults = faults;
  }

  connect(): MemoryLink {
    const link = new MemoryLink(this, this.#later);
    this.links.add(link);
    return link;
  }

  /** Forgets all that it keeps but the first messages, as after a restored disk. */
  setBack(count: number): void {
    this.stored = this.stored.slice(0, count);
    for (const link of this.links) link.change('otherStream');
  }
}

interface Following {
  pattern: string;
  after: number;
  listener: (message: StoredMessage) => void | Promise<void>;
  busy: boolean;
}

/** The connection of one machine to a server in memory. */
export class MemoryLink implements Link {
  readonly #server: MemoryServer;
  readonly #later: Later;
  connected = true;
  /** Set while the machine is cut off: nothing goes either way, and it may not know. */
  isCut = false;
  #stopped = false;
  readonly #live = new Set<{ pattern: string; listener: (subject: string, message: LiveMessage) => void }>();
  readonly #following = new Set<Following>();
  readonly #changes = new Set<(change: LinkChange) => void>();

  constructor(server: MemoryServer, later: Later) {
    this.#server = server;
    this.#later = later;
  }

  publish(subject: string, message: KeptMessage): Promise<void> {
    const { promise, resolve, reject } = deferred<void>();
    const { faults } = this.#server;
    const fail = () => reject(new Error('the stream does not acknowledge'));
    if (this.isCut || !this.connected) {
      this.#later(3000, fail);
      return promise;
    }
    const copied = 'data' in message ? { ...message, data: Uint8Array.from(message.data) } : message;
    this.#later(faults.delayMs(), () => {
      for (const link of this.#server.links) link.pass(subject, copied);
      const keeping = faults.keeping();
      if (keeping !== 'refused')
        this.#server.stored.push({ subject, seq: this.#server.stored.length + 1, message: copied });
      for (const link of this.#server.links) link.pump();
      if (keeping === 'kept' && !this.isCut) this.#later(faults.delayMs(), resolve);
      else this.#later(3000, fail);
    });
    return promise;
  }

  send(subject: string, text: string): void {
    if (this.isCut || !this.connected) return;
    this.#server.sent.push({ subject, text });
    this.#later(this.#server.faults.delayMs(), () => {
      for (const link of this.#server.links) link.pass(subject, { text });
    });
  }

  last(subject: string): Promise<LastMessage | undefined> {
    const { promise, resolve, reject } = deferred<LastMessage | undefined>();
    if (this.isCut || !this.connected) {
      this.#later(1500, () => reject(new Error('no answer')));
      return promise;
    }
    this.#later(this.#server.faults.delayMs(), () => {
      const found = this.#server.stored.findLast((each) => each.subject === subject);
      if (found === undefined || 'mark' in found.message) return resolve(undefined);
      const { gen, pos, data } = found.message;
      resolve({ gen, end: pos + data.length, seq: found.seq });
    });
    return promise;
  }

  live(pattern: string, listener: (subject: string, message: LiveMessage) => void): Subscription {
    const entry = { pattern, listener };
    this.#live.add(entry);
    return { stop: () => void this.#live.delete(entry) };
  }

  follow(
    pattern: string,
    after: number,
    listener: (message: StoredMessage) => void | Promise<void>,
  ): Subscription & { restart(afterSeq: number): void } {
    const following: Following = { pattern, after, listener, busy: false };
    this.#following.add(following);
    this.pump();
    return {
      stop: () => void this.#following.delete(following),
      restart: (afterSeq) => {
        following.after = afterSeq;
        this.pump();
      },
    };
  }

  onChange(listener: (change: LinkChange) => void): Subscription {
    this.#changes.add(listener);
    return { stop: () => void this.#changes.delete(listener) };
  }

  /** Ends the connection, as the end of its process does. */
  end(): void {
    this.#stopped = true;
    this.#server.links.delete(this);
  }

  /** Goes on after it was cut off. */
  heal(): void {
    this.isCut = false;
    this.pump();
  }

  change(change: LinkChange): void {
    if (change !== 'otherStream') this.connected = change === 'connected';
    for (const listener of this.#changes) listener(change);
    if (change === 'connected') this.pump();
  }

  /** Delivers a message that passes by. */
  pass(subject: string, message: LiveMessage): void {
    const { faults } = this.#server;
    for (let count = faults.copies(); count > 0; count--)
      this.#later(faults.delayMs(), () => {
        if (this.#stopped || this.isCut || !this.connected) return;
        for (const { pattern, listener } of this.#live) if (isOfPattern(pattern, subject)) listener(subject, message);
      });
  }

  /** Lets what is followed go on. */
  pump(): void {
    for (const following of this.#following) {
      if (following.busy) continue;
      following.busy = true;
      this.#later(this.#server.faults.delayMs(), () => void this.#deliver(following));
    }
  }

  async #deliver(following: Following): Promise<void> {
    for (;;) {
      const isOver = this.#stopped || this.isCut || !this.connected || !this.#following.has(following);
      const next = isOver
        ? undefined
        : this.#server.stored.find(
            ({ subject, seq }) => seq > following.after && isOfPattern(following.pattern, subject),
          );
      if (next === undefined) break;
      following.after = next.seq;
      await following.listener(next);
    }
    following.busy = false;
  }
}
