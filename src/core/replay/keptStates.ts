import type { SessionState } from '../../protocol/state.ts';
import { decodeState, encodeState } from '../fold/stateText.ts';

/** So much of a log is folded from a kept state at most, in a log that is not too long for it: some 25 ms. */
const EVERY = 1 << 20;
/** States that are kept, and what they may take together, in bytes; beyond it every other one goes. */
const MOST = 128;
const MOST_BYTES = 64 << 20;
/** A state that is large costs time to write down: then so many times its length is folded before the next. */
const LENGTHS = 4;

interface Kept {
  events: number;
  position: number;
  text: Buffer;
}

/** States of one log at intervals, written down, in bounded memory: where a seek begins to fold. */
export class KeptStates {
  #kept: Kept[] = [];
  #every: number;
  readonly #lengths: number;
  #bytes = 0;
  #nextAt: number;

  constructor(every = EVERY, lengths = LENGTHS) {
    this.#every = every;
    this.#lengths = lengths;
    this.#nextAt = every;
  }

  /** What they take, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  get count(): number {
    return this.#kept.length;
  }

  /** Keeps the state of all that is before a position, if it is time for one again. Positions only ever grow. */
  offer(state: SessionState, position: number): void {
    if (position < this.#nextAt) return;
    const text = Buffer.from(encodeState(state));
    this.#kept.push({ events: state.events, position, text });
    this.#bytes += text.length;
    while (this.#kept.length > MOST || (this.#bytes > MOST_BYTES && this.#kept.length > 1)) this.#thin();
    this.#nextAt = position + Math.max(this.#every, this.#lengths * text.length);
  }

  /** The last one with fewer events than that; undefined where the log's beginning is nearest. */
  before(event: number): { events: number; position: number; read: () => SessionState } | undefined {
    const kept = this.#kept.findLast((each) => each.events < event);
    if (kept === undefined) return undefined;
    const { events, position, text } = kept;
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

  #thin(): void {
    this.#kept = this.#kept.filter((_, i) => i % 2 === 1);
    this.#bytes = this.#kept.reduce((sum, { text }) => sum + text.length, 0);
    this.#every *= 2;
  }
}
