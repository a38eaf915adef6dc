import { CONDUCTOR } from '#protocol/ids.ts';
import type { EventOf } from '#protocol/event.ts';
import type { Block, SessionState } from '#protocol/state.ts';
import { truncate } from '#core/base/text.ts';
import { blockText } from '#core/projection/describe.ts';
import { awaitedOfBlock } from './awaited.ts';
import { MAX_TEXT_CHARS, type Annotation, type Lane, type LogPosition, type OpenSpan } from './lane.ts';

interface TrackedBlock {
  block: Block;
  /** The text that the span shows; a later message with the same key replaces the block's text. */
  text: string;
  /** The block's span; a lock's block has none, since the lock has a span of its own. */
  opened?: { lane: Lane; openSpan: OpenSpan };
}

/** The blocks of a session as spans, and the calls that they refuse or hold. */
export class BlockSpans {
  readonly #lane: (id: string) => Lane;
  readonly #activeBlocks = new Map<string, TrackedBlock>();
  #seenCount = 0;
  /** For each agent the active blocks that have refused a call in its present turn, with that call. */
  readonly #refusedCalls = new Map<string, Map<string, string>>();
  readonly #holdingBlocks = new Set<string>();

  constructor(lane: (id: string) => Lane) {
    this.#lane = lane;
  }

  /** Opens and closes spans as blocks begin and end. Returns the agents whose refused call has no block any more. */
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
        if (opened?.openSpan.span.label === id) opened.openSpan.span.text = truncate(block.text, MAX_TEXT_CHARS);
      }
      if (block.ended === undefined) continue;
      const { how, by, word: comment } = block.ended;
      opened?.lane.closeSpan(opened.openSpan, at, { how, by, comment: comment && truncate(comment, MAX_TEXT_CHARS) });
      this.#activeBlocks.delete(id);
      this.#holdingBlocks.delete(id);
      for (const [agent, blocks] of this.#refusedCalls) if (blocks.delete(id)) freed.push(agent);
    }
    return freed;
  }

  /** Records that a call was refused, is held, or is no longer held. Returns the agent whose call it is. */
  recordEnforcement(event: EventOf<'denied'> | EventOf<'held'>, at: LogPosition): string {
    const tracked = this.#activeBlocks.get(event.block);
    if (event.t === 'held') {
      if (tracked !== undefined && tracked.block.holding.length > 0) this.#holdingBlocks.add(event.block);
      else this.#holdingBlocks.delete(event.block);
      return CONDUCTOR;
    }
    const { agent = CONDUCTOR, block } = event;
    const call = callText(event);
    this.#lane(agent).addMark('refusal', at, { label: block, text: call });
    if (tracked === undefined) return agent;
    const refused = this.#refusedCalls.get(agent) ?? new Map<string, string>();
    this.#refusedCalls.set(agent, refused.set(block, call));
    return agent;
  }

  /** Forgets the refused and held calls of an agent, because its turn has ended. */
  resetAgent(agent: string): void {
    this.#refusedCalls.delete(agent);
    if (agent === CONDUCTOR) this.#holdingBlocks.clear();
  }

  /** The call that is held at present. */
  heldCall(state: SessionState): Annotation | undefined {
    const [id] = this.#holdingBlocks;
    const block = id === undefined ? undefined : this.#activeBlocks.get(id)?.block;
    const call = block?.holding[0];
    if (block === undefined || call === undefined) return undefined;
    return { label: id, text: callText(call), awaits: awaitedOfBlock(state, block) };
  }

  /** A call of an agent that was refused in its present turn, while the block that refused it is active. */
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

const callText = ({ tool, summary }: { tool: string; summary?: string }): string =>
  summary === undefined ? tool : `${tool} ${summary}`;
