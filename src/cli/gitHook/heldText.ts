import { basename } from 'node:path';
import { ellipsize } from '#core/base/text.ts';
import { endConditionText, stuckText } from '#core/projection/blockText.ts';
import { blockText } from '#core/projection/describe.ts';
import { namesOf } from '#core/projection/names.ts';
import { ENGLISH, type Wording } from '#core/projection/wording.ts';
import type { SessionLog } from '#core/session/sessionLog.ts';
import { formatRemaining } from '#protocol/duration.ts';
import { visibleLine } from '#protocol/hiddenText.ts';
import type { Block } from '#protocol/state.ts';

const MAX_NAMED = 5;
const MAX_TEXT_CHARS = 600;

interface Held {
  log: SessionLog;
  blocks: readonly Block[];
  /** What the person calls the session. */
  name: string;
}

/** Why git does not go on, for the person who has started it: what holds, until when, and the ways on. */
export function heldText(
  held: readonly Held[],
  what: { shown: string; without: string; cli: string; now: number },
): string {
  const { shown, without, cli, now } = what;
  const parts = held.flatMap(({ log, blocks, name }) => [
    `In the session ${visibleLine(name)}:`,
    ...distinct(blocks, log, now)
      .slice(0, MAX_NAMED)
      .flatMap((block) => [
        `  - ${ellipsize(visibleLine(blockText(log.state, block, now)), MAX_TEXT_CHARS)}`,
        `    It holds ${untilText(log, block, now)}.`,
        `    Release it in Fermata’s panel, or: ${cli} release-block ${block.id} --session ${basename(log.dir)}`,
      ]),
    ...(blocks.length > MAX_NAMED ? [`  and ${blocks.length - MAX_NAMED} more: ${cli} status`] : []),
  ]);
  return [
    `Fermata holds this: ${ellipsize(visibleLine(shown), 200)}`,
    '',
    ...parts,
    '',
    `Then run it again. Git’s own way past its hooks, for this once: ${without}`,
    '',
  ].join('\n');
}

/** Blocks of several agents may have one text. */
function distinct(blocks: readonly Block[], { state }: SessionLog, now: number): Block[] {
  const texts = new Set<string>();
  return blocks.filter((block) => {
    const text = blockText(state, block, now);
    return !texts.has(text) && texts.add(text);
  });
}

function untilText({ state }: SessionLog, block: Block, now: number): string {
  const wording: Wording = { texts: ENGLISH, names: namesOf('', state, undefined, ENGLISH) };
  const stuck = stuckText(state, block, wording);
  if (stuck !== undefined) return `until you release it: ${visibleLine(stuck)}`;
  const rest = block.dueTs === undefined ? undefined : `${formatRemaining(Math.max(0, block.dueTs - now))} have passed`;
  const ends = [endConditionText(state, block, wording), rest].filter((each) => each !== undefined);
  return ends.length === 0 ? 'until you release it' : `until ${visibleLine(ends.join(' or '))}`;
}
