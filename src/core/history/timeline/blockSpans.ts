import { CONDUCTOR } from '#protocol/ids.ts';
import type { EventOf } from '#protocol/event.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { blockText } from '#core/projection/describe.ts';
import type { Lane, OpenSpan, LogPosition, Annotation } from './lane.ts';

interface TrackedBlock {
  block: Block;
  /** What it said when it was drawn: a later word of the same key replaces it. */
  text: string;
  /** A lock's block has none: the lock is drawn. */
  opened?: { lane: Lane; openSpan: OpenSpan };
}

/** The blocks of a session as spans, and what they did to Claude: whom they refuse or hold at present. */
export class BlockSpans {
  readonly #lane: (id: string) => Lane;
  readonly #activeBlocks = new Map<string, TrackedBlock>();
  #seenCount = 0;
  /** The blocks that have refused each agent in its present turn and still stand, with the refused call. */
  readonly #refusedCalls = new Map<string, Map<string, string>>();
  readonly #holdingBlocks = new Set<string>();

  constructor(lane: (id: string) => Lane) {
    this.#lane = lane;
  }

  /** After an event that may begin or end blocks. Returns the agents that are no longer refused what they were. */
  update(state: SessionState, at: LogPosition): string[] {
    for (; this.#seenCount < state.blockCount; this.#seenCount++) {
      const block = state.blocks.get(`B${this.#seenCount + 1}`);
      if (block !== undefined) this.#open(state, block, at);
    }
    const freed: string[] = [];
    for (const [id, tracked] of this.#activeBlocks) {
      const { block, opened } = tracked;
      if (block.text !== tracked.text) {
        tracked.text = block.text;
        if (opened?.openSpan.span.label === id) opened.openSpan.span.text = block.text.slice(0, 240);
      }
      if (block.ended === undefined) continue;
      const { how, by, word: comment } = block.ended;
      opened?.lane.closeSpan(opened.openSpan, at, {
        how,
        by,
        ...(comment === undefined ? {} : { comment: comment.slice(0, 240) }),
      });
      this.#activeBlocks.delete(id);
      this.#holdingBlocks.delete(id);
      for (const [agent, blocks] of this.#refusedCalls) if (blocks.delete(id)) freed.push(agent);
    }
    return freed;
  }

  /** A call was refused or is held, or the hold is over. Returns whose call it is. */
  recordEnforcement(event: EventOf<'denied'> | EventOf<'held'>, at: LogPosition): string {
    const tracked = this.#activeBlocks.get(event.block);
    if (event.t === 'held') {
      if (tracked !== undefined && tracked.block.holding.length > 0) this.#holdingBlocks.add(event.block);
      else this.#holdingBlocks.delete(event.block);
      return CONDUCTOR;
    }
    const { agent = CONDUCTOR, block, tool, summary } = event;
    const call = summary === undefined ? tool : `${tool} ${summary}`;
    this.#lane(agent).addMark('refusal', at, { label: block, text: call });
    if (tracked === undefined) return agent;
    const refused = this.#refusedCalls.get(agent) ?? new Map<string, string>();
    this.#refusedCalls.set(agent, refused.set(block, call));
    return agent;
  }

  /** A turn ends or another one begins: what was refused or held in the last one is past. */
  resetAgent(agent: string): void {
    this.#refusedCalls.delete(agent);
    if (agent === CONDUCTOR) this.#holdingBlocks.clear();
  }

  /** The call that is held right now. */
  heldCall(): Annotation | undefined {
    const [id] = this.#holdingBlocks;
    const call = id === undefined ? undefined : this.#activeBlocks.get(id)?.block.holding[0];
    if (call === undefined) return undefined;
    return { label: id, text: call.summary === undefined ? call.tool : `${call.tool} ${call.summary}` };
  }

  /** What an agent was refused, as long as what refused it stands. */
  deniedCall(agent: string): Annotation | undefined {
    const [first] = this.#refusedCalls.get(agent) ?? [];
    return first === undefined ? undefined : { label: first[0], text: first[1] };
  }

  #open(state: SessionState, block: Block, at: LogPosition): void {
    const { id, text } = block;
    if (block.cause.kind === 'lock') return void this.#activeBlocks.set(id, { block, text });
    const lane = this.#lane(block.worker);
    const openSpan = lane.openSpan('block', at, { label: id, text: blockText(state, block, at.ts) });
    this.#activeBlocks.set(id, { block, text, opened: { lane, openSpan } });
  }
}
