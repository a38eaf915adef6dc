import type { SessionState } from '#protocol/state.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';

/** So much of a log is folded from a kept state at most, in a log that is not too long for it: some 25 ms. */
const INTERVAL_BYTES = 1 << 20;
/** States that are kept, and what they may take together, in bytes; beyond it every other one goes. */
const MAX_STATES = 128;
const MAX_BYTES = 64 << 20;
/** A state that is large costs time to write down: then so many times its length is folded before the next. */
const INTERVAL_FACTOR = 4;

interface CachedState {
  events: number;
  position: number;
  text: Buffer;
}

/** States of one log at intervals, written down, in bounded memory: where a seek begins to fold. */
export class StateCache {
  #states: CachedState[] = [];
  #intervalBytes: number;
  readonly #intervalFactor: number;
  #bytes = 0;
  #nextAt: number;

  constructor(intervalBytes = INTERVAL_BYTES, intervalFactor = INTERVAL_FACTOR) {
    this.#intervalBytes = intervalBytes;
    this.#intervalFactor = intervalFactor;
    this.#nextAt = intervalBytes;
  }

  /** What they take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#states.length;
  }

  /** Keeps the state of all that is before a position, if it is time for one again. Positions only ever grow. */
  offer(state: SessionState, position: number): void {
    if (position < this.#nextAt) return;
    const text = Buffer.from(encodeState(state));
    this.#states.push({ events: state.events, position, text });
    this.#bytes += text.length;
    while (this.#states.length > MAX_STATES || (this.#bytes > MAX_BYTES && this.#states.length > 1))
      this.#dropEverySecond();
    this.#nextAt = position + Math.max(this.#intervalBytes, this.#intervalFactor * text.length);
  }

  /** The last one with fewer events than that; undefined where the log's beginning is nearest. */
  before(event: number): { events: number; position: number; read: () => SessionState } | undefined {
    const cached = this.#states.findLast((each) => each.events < event);
    if (cached === undefined) return undefined;
    const { events, position, text } = cached;
    return {
      events,
      position,
      read: () => {
        const state = decodeState(text.toString());
        if (state === undefined) throw new Error('a state that was kept cannot be read');
        return state;
      },
    };
  }

  #dropEverySecond(): void {
    this.#states = this.#states.filter((_, i) => i % 2 === 1);
    this.#bytes = this.#states.reduce((sum, { text }) => sum + text.length, 0);
    this.#intervalBytes *= 2;
  }
}
