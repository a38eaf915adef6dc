import { CONDUCTOR } from '../../protocol/ids.ts';
import type { EventOf } from '../../protocol/event.ts';
import type { Block, SessionState } from '../../protocol/state.ts';
import { blockText } from '../project/words.ts';
import type { Lane, Lasting, Place, Said } from './lane.ts';

interface Standing {
  block: Block;
  /** What it said when it was drawn: a later word of the same key replaces it. */
  text: string;
  /** A lock's block has none: the lock is drawn. */
  drawn?: { lane: Lane; lasting: Lasting };
}

/** The blocks of a session as spans, and what they did to Claude: whom they refuse or hold at present. */
export class BlockTimes {
  readonly #lane: (id: string) => Lane;
  readonly #standing = new Map<string, Standing>();
  #seen = 0;
  /** The blocks that have refused each agent in its present turn and still stand, with the refused call. */
  readonly #refused = new Map<string, Map<string, string>>();
  readonly #holding = new Set<string>();

  constructor(lane: (id: string) => Lane) {
    this.#lane = lane;
  }

  /** After an event that may begin or end blocks. Returns the agents that are no longer refused what they were. */
  look(state: SessionState, at: Place): string[] {
    for (; this.#seen < state.blockCount; this.#seen++) {
      const block = state.blocks.get(`B${this.#seen + 1}`);
      if (block !== undefined) this.#begin(state, block, at);
    }
    const freed: string[] = [];
    for (const [id, standing] of this.#standing) {
      const { block, drawn } = standing;
      if (block.text !== standing.text) {
        standing.text = block.text;
        if (drawn?.lasting.span.label === id) drawn.lasting.span.text = block.text.slice(0, 240);
      }
      if (block.ended === undefined) continue;
      const { how, by, word } = block.ended;
      drawn?.lane.end(drawn.lasting, at, { how, by, ...(word === undefined ? {} : { word: word.slice(0, 240) }) });
      this.#standing.delete(id);
      this.#holding.delete(id);
      for (const [agent, blocks] of this.#refused) if (blocks.delete(id)) freed.push(agent);
    }
    return freed;
  }

  /** A call was refused or is held, or the hold is over. Returns whose call it is. */
  strike(event: EventOf<'denied'> | EventOf<'held'>, at: Place): string {
    const standing = this.#standing.get(event.block);
    if (event.t === 'held') {
      if (standing !== undefined && standing.block.holding.length > 0) this.#holding.add(event.block);
      else this.#holding.delete(event.block);
      return CONDUCTOR;
    }
    const { agent = CONDUCTOR, block, tool, summary } = event;
    const call = summary === undefined ? tool : `${tool} ${summary}`;
    this.#lane(agent).mark('refusal', at, { label: block, text: call });
    if (standing === undefined) return agent;
    const refused = this.#refused.get(agent) ?? new Map<string, string>();
    this.#refused.set(agent, refused.set(block, call));
    return agent;
  }

  /** A turn ends or another one begins: what was refused or held in the last one is past. */
  forget(agent: string): void {
    this.#refused.delete(agent);
    if (agent === CONDUCTOR) this.#holding.clear();
  }

  /** The call that is held right now. */
  held(): Said | undefined {
    const [id] = this.#holding;
    const held = id === undefined ? undefined : this.#standing.get(id)?.block.holding[0];
    if (held === undefined) return undefined;
    return { label: id, text: held.summary === undefined ? held.tool : `${held.tool} ${held.summary}` };
  }

  /** What an agent was refused, as long as what refused it stands. */
  denied(agent: string): Said | undefined {
    const [first] = this.#refused.get(agent) ?? [];
    return first === undefined ? undefined : { label: first[0], text: first[1] };
  }

  #begin(state: SessionState, block: Block, at: Place): void {
    const { id, text } = block;
    if (block.cause.kind === 'lock') return void this.#standing.set(id, { block, text });
    const lane = this.#lane(block.worker);
    const lasting = lane.begin('block', at, { label: id, text: blockText(state, block, at.ts) });
    this.#standing.set(id, { block, text, drawn: { lane, lasting } });
  }
}
