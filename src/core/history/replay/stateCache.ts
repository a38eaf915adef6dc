import type { SessionState } from '#protocol/state.ts';
import { decodeState, encodeState } from '#core/fold/stateCodec.ts';

/** The distance between two states in a log of moderate length. Folding this much takes some 25 ms. */
const INTERVAL_BYTES = 1 << 20;
/** Above this number of states, or of bytes of all states, every second state is dropped. */
const MAX_STATES = 128;
const MAX_BYTES = 64 << 20;
/** Encoding a large state takes time, so the next one is at least this many times its length away. */
const INTERVAL_FACTOR = 4;

interface CachedState {
  events: number;
  position: number;
  text: Buffer;
}

/** Encoded states of one log at intervals, in bounded memory. A seek folds from the nearest state before its target. */
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

  /** The size of all states, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#states.length;
  }

  /** Adds the state before a byte offset if the last one is far enough away. Positions must not decrease. */
  offer(state: SessionState, position: number): void {
    if (position < this.#nextAt) return;
    const text = Buffer.from(encodeState(state));
    this.#states.push({ events: state.events, position, text });
    this.#bytes += text.length;
    while (this.#states.length > MAX_STATES || (this.#bytes > MAX_BYTES && this.#states.length > 1))
      this.#dropEverySecond();
    this.#nextAt = position + Math.max(this.#intervalBytes, this.#intervalFactor * text.length);
  }

  /** The last state with fewer events; undefined if the log's beginning is nearer. */
  before(event: number): { events: number; position: number; read: () => SessionState } | undefined {
    const cached = this.#states.findLast((each) => each.events < event);
    if (cached === undefined) return undefined;
    const read = (): SessionState => {
      const state = decodeState(cached.text.toString());
      if (state === undefined) throw new Error('a state that was kept cannot be read');
      return state;
    };
    return { ...cached, read };
  }

  #dropEverySecond(): void {
    this.#states = this.#states.filter((_, i) => i % 2 === 1);
    this.#bytes = this.#states.reduce((sum, { text }) => sum + text.length, 0);
    this.#intervalBytes *= 2;
  }
}
