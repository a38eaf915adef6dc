import type { Block, SessionState } from '#protocol/state.ts';
import { failedReason } from './blocks.ts';
import type { StuckReason } from './impossible.ts';
import { awaitedBy, ringOf } from './rings.ts';

/** So many members of a ring are named. */
const MAX_NAMED = 6;

/**
 * Why an active block cannot end by itself as things are: by what has happened, or since it waits in a ring. Undefined while it
 * can.
 */
export function stuckReason(state: SessionState, block: Block): StuckReason | undefined {
  if (block.ended !== undefined) return undefined;
  // most blocks wait for nothing that waits itself
  return failedReason(state, block) ?? (awaitedBy(state, block).length === 0 ? undefined : ringReason(state, block));
}

/** The ring in which a block waits; undefined where there is none. */
export function ringReason(state: SessionState, block: Block): StuckReason | undefined {
  const ring = ringOf(state, block);
  if (ring === undefined) return undefined;
  const { names, isWhole } = ring;
  const [first = '', second] = names;
  if (second === undefined) return { why: `${first} waits for its own end` };
  const waits = names.slice(1, MAX_NAMED).map((name, i) => `${names[i]} waits for ${name}`);
  const isNamed = isWhole && names.length <= MAX_NAMED;
  const rest = isNamed ? `${names.at(-1)} waits for` : 'and so on, back to';
  const why = `${waits.join(', ')}, ${rest} ${first}: none of them can be the first to end`;
  return { why, remedy: 'another one in that ring is ended' };
}
