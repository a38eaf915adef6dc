import { GONE } from './gone.ts';

/** Where the jobs of promises go: those of the process that has made the reaction. */
export interface JobQueue {
  /** Runs after what the process does now. */
  enqueue: (job: () => void) => void;
  /** A promise was rejected, and nobody has a reaction to that yet. */
  rejected: (promise: SimulatedPromise<unknown>) => void;
}

interface Reaction {
  jobs: JobQueue;
  onFulfilled: ((value: never) => unknown) | null | undefined;
  onRejected: ((reason: unknown) => unknown) | null | undefined;
  next: SimulatedPromise<unknown>;
}

let queueOf: () => JobQueue;

/** Sets by what the present process is found. */
export function setJobQueue(present: () => JobQueue): void {
  queueOf = present;
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function';

/**
 * What stands in the place of `Promise` in simulated programs. V8's own jobs run when the whole stack is empty; these run
 * when their process is at its next turn, so that one process can run whole within a system call of another.
 */
export class SimulatedPromise<T> implements PromiseLike<T> {
  #state: 'pending' | 'fulfilled' | 'rejected' = 'pending';
  #value: unknown;
  #reactions: Reaction[] = [];
  #followed = false;
  isHandled = false;

  constructor(executor: (resolve: (value?: unknown) => void, reject: (reason?: unknown) => void) => void) {
    try {
      executor(
        (value) => this.#resolve(value),
        (reason) => this.#reject(reason),
      );
    } catch (error) {
      if (error === GONE) throw error;
      this.#reject(error);
    }
  }

  get reason(): unknown {
    return this.#value;
  }

  #resolve(value: unknown): void {
    if (this.#state !== 'pending' || this.#followed) return;
    if (!isThenable(value)) return this.#settle('fulfilled', value);
    this.#followed = true;
    const follow = (): unknown =>
      value.then(
        (result) => this.#settle('fulfilled', result),
        (reason: unknown) => this.#settle('rejected', reason),
      );
    queueOf().enqueue(follow);
  }

  #reject(reason: unknown): void {
    if (this.#state === 'pending' && !this.#followed) this.#settle('rejected', reason);
  }

  #settle(state: 'fulfilled' | 'rejected', value: unknown): void {
    if (isThenable(value) && state === 'fulfilled') {
      value.then(
        (result) => this.#settle('fulfilled', result),
        (reason: unknown) => this.#settle('rejected', reason),
      );
      return;
    }
    this.#state = state;
    this.#value = value;
    const reactions = this.#reactions;
    this.#reactions = [];
    if (state === 'rejected' && reactions.length === 0 && !this.isHandled) queueOf().rejected(this);
    for (const reaction of reactions) this.#schedule(reaction);
  }

  #schedule({ jobs, onFulfilled, onRejected, next }: Reaction): void {
    const isFulfilled = this.#state === 'fulfilled';
    const value = this.#value;
    jobs.enqueue(() => {
      const handler = (isFulfilled ? onFulfilled : onRejected) as ((value: unknown) => unknown) | null | undefined;
      if (typeof handler !== 'function') {
        if (isFulfilled) next.#resolve(value);
        else next.#reject(value);
        return;
      }
      let result: unknown;
      try {
        result = handler(value);
      } catch (error) {
        if (error === GONE) throw error;
        next.#reject(error);
        return;
      }
      next.#resolve(result);
    });
  }

  // oxlint-disable-next-line unicorn/no-thenable -- a promise is what is meant
  then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): SimulatedPromise<A | B> {
    this.isHandled = true;
    const next = new SimulatedPromise<A | B>(() => undefined);
    const reaction: Reaction = { jobs: queueOf(), onFulfilled, onRejected, next };
    if (this.#state === 'pending') this.#reactions.push(reaction);
    else this.#schedule(reaction);
    return next;
  }

  catch<B = never>(onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null): SimulatedPromise<T | B> {
    return this.then(undefined, onRejected);
  }

  finally(action?: (() => unknown) | null): SimulatedPromise<T> {
    return this.then(
      (value) => SimulatedPromise.resolve(action?.()).then(() => value),
      (reason: unknown) =>
        SimulatedPromise.resolve(action?.()).then(() => {
          throw reason;
        }),
    );
  }

  static resolve<V>(value?: V): SimulatedPromise<Awaited<V>> {
    return (
      value instanceof SimulatedPromise ? value : new SimulatedPromise((resolve) => resolve(value))
    ) as SimulatedPromise<Awaited<V>>;
  }

  static reject(reason: unknown): SimulatedPromise<never> {
    return new SimulatedPromise((_, reject) => reject(reason));
  }

  static all(values: Iterable<unknown>): SimulatedPromise<unknown[]> {
    return new SimulatedPromise((resolve, reject) => {
      const results: unknown[] = [];
      let missing = 1;
      const one = (): void => {
        if (--missing === 0) resolve(results);
      };
      let index = 0;
      for (const value of values) {
        const at = index++;
        missing++;
        SimulatedPromise.resolve(value).then((result) => {
          results[at] = result;
          one();
        }, reject);
      }
      one();
    });
  }

  static allSettled(values: Iterable<unknown>): SimulatedPromise<unknown[]> {
    return SimulatedPromise.all(
      [...values].map((value) =>
        SimulatedPromise.resolve(value).then(
          (result) => ({ status: 'fulfilled', value: result }),
          (reason: unknown) => ({ status: 'rejected', reason }),
        ),
      ),
    );
  }

  static race(values: Iterable<unknown>): SimulatedPromise<unknown> {
    return new SimulatedPromise((resolve, reject) => {
      for (const value of values) SimulatedPromise.resolve(value).then(resolve, reject);
    });
  }

  static withResolvers(): unknown {
    let resolve: unknown;
    let reject: unknown;
    const promise = new SimulatedPromise((yes, no) => {
      resolve = yes;
      reject = no;
    });
    return { promise, resolve, reject };
  }
}
