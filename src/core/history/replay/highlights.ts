import type { Event } from '#protocol/event.ts';
import { BLOCK_ENDING_EVENTS } from '#protocol/eventTraits.ts';
import type { HighlightKind } from '#protocol/replay.ts';
import type { SessionState } from '#protocol/state.ts';
import { firstAbove } from './sparseIndex.ts';

/** From the least to the most important. */
const KINDS: readonly HighlightKind[] = ['block', 'release', 'decision', 'failure'];

/** The important events of a log, in order, to which a person can jump in a replay. Takes five bytes for each. */
export class Highlights {
  #events = new Uint32Array(256);
  #kinds = new Uint8Array(256);
  #count = 0;
  #seenBlocks = 0;
  readonly #activeBlocks = new Set<string>();
  readonly #enforcedBlocks = new Set<string>();

  get count(): number {
    return this.#count;
  }

  /** Adds the event whose line is at `pos` if it is a highlight. `state` is the state after it. */
  update(state: SessionState, pos: number): void {
    const last = state.activity.at(-1);
    // only an event that counts as activity can be a highlight
    if (last?.pos !== pos) return;
    const hasNewBlock = this.#addNewBlocks(state);
    const { event } = last;
    const hasEndedBlock = BLOCK_ENDING_EVENTS.includes(event.t) && this.#removeEndedBlocks(state);
    const kind = isFailure(state, event)
      ? 'failure'
      : isDecision(state, event, pos)
        ? 'decision'
        : hasEndedBlock
          ? 'release'
          : hasNewBlock || this.#isFirstEnforcement(event)
            ? 'block'
            : undefined;
    if (kind !== undefined) this.#add(state.events, kind);
  }

  /** The number of the nearest highlight before or after an event; undefined if there is none. */
  nearest(event: number, direction: 'previous' | 'next'): number | undefined {
    const firstAfter = firstAbove(this.#events, this.#count, direction === 'next' ? event : event - 1);
    const index = direction === 'next' ? firstAfter : firstAfter - 1;
    return index >= 0 && index < this.#count ? this.#events[index] : undefined;
  }

  /** At most `maxCount` highlights, spread over all `events`: of several close together the most important one. */
  sample(events: number, maxCount: number): { event: number; kind: HighlightKind }[] {
    const sampled = new Map<number, { event: number; kind: number }>();
    for (let i = 0; i < this.#count; i++) {
      const [event = 0, kind = 0] = [this.#events[i], this.#kinds[i]];
      const bucket = Math.floor((event / (events + 1)) * maxCount);
      if (kind >= (sampled.get(bucket)?.kind ?? 0)) sampled.set(bucket, { event, kind });
    }
    return [...sampled.values()].map(({ event, kind }) => ({ event, kind: KINDS[kind] ?? 'block' }));
  }

  /** Tracks new blocks. Ignores those of locks, which begin and end with every lock. */
  #addNewBlocks(state: SessionState): boolean {
    const before = this.#activeBlocks.size;
    for (; this.#seenBlocks < state.blockCount; this.#seenBlocks++) {
      const id = `B${this.#seenBlocks + 1}`;
      const block = state.blocks.get(id);
      if (block !== undefined && block.cause.kind !== 'lock') this.#activeBlocks.add(id);
    }
    return this.#activeBlocks.size > before;
  }

  #removeEndedBlocks(state: SessionState): boolean {
    const before = this.#activeBlocks.size;
    for (const id of this.#activeBlocks) {
      const block = state.blocks.get(id);
      if (block !== undefined && block.ended === undefined) continue;
      this.#activeBlocks.delete(id);
      this.#enforcedBlocks.delete(id);
    }
    return this.#activeBlocks.size < before;
  }

  /** Whether the event is the first call that a block refuses or holds. */
  #isFirstEnforcement(event: Event): boolean {
    if (event.t !== 'denied' && event.t !== 'held') return false;
    if (!this.#activeBlocks.has(event.block) || this.#enforcedBlocks.has(event.block)) return false;
    this.#enforcedBlocks.add(event.block);
    return true;
  }

  #add(event: number, kind: HighlightKind): void {
    if (this.#count === this.#events.length) {
      const [events, kinds] = [new Uint32Array(2 * this.#count), new Uint8Array(2 * this.#count)];
      events.set(this.#events);
      kinds.set(this.#kinds);
      [this.#events, this.#kinds] = [events, kinds];
    }
    this.#events[this.#count] = event;
    this.#kinds[this.#count] = KINDS.indexOf(kind);
    this.#count++;
  }
}

function isDecision(state: SessionState, event: Event, pos: number): boolean {
  if (event.t === 'consent' || event.t === 'answer') return true;
  if (event.t !== 'vote' && event.t !== 'ballot' && event.t !== 'decide' && event.t !== 'expire') return false;
  return [...state.ballots.values()].some(({ decided }) => decided?.pos === pos);
}

function isFailure({ workers }: SessionState, event: Event): boolean {
  if (event.t === 'log') return event.level === 'error' || event.level === 'escalate';
  if (event.t !== 'exit') return event.t === 'error' || event.t === 'abort';
  const worker = workers.get(event.worker);
  return worker?.state === 'failed' || worker?.state === 'lost';
}
