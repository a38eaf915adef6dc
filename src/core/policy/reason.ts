import { USER } from '#protocol/ids.ts';
import type { Block, Note, SessionState } from '#protocol/state.ts';
import { ellipsize, truncate } from '#core/base/text.ts';
import {
  blockText,
  describeEndCondition,
  describeProofs,
  describeStuck,
  describeWorker,
  workersOf,
} from '#core/projection/describe.ts';
import { isLimit } from '#core/fold/limitConditions.ts';
import { isProvable, isRevocable } from '#core/fold/provable.ts';
import { formatRemaining } from '#protocol/duration.ts';
import { countThatFit } from './listText.ts';
import { indentedText, leadingText, modelText } from './modelText.ts';

/** Longest text of one answer to the model: Claude Code writes more than 10,000 characters to a file instead. */
export const MAX_ANSWER_CHARS = 8000;
/** What a frame takes of the words of others: of the conditions, and of the workers. */
const MAX_CONDITION_CHARS = 300;
const MAX_WORKERS = 8;
/** The frames of blocks that a reason has in full; what more there are, it names. */
const MAX_FRAMES_CHARS = 5000;
const MAX_NAMED = 100;
const CUT = '… (cut)';

/**
 * The reason of a refused call, as the model reads it. `cli` is the fermata command as a shell reads it. Each block has a
 * frame that is never cut: its number, its origin, and the way out. The texts share what the frames leave.
 */
export function blockReason(
  state: SessionState,
  blocks: Block[],
  now: number,
  cli: string,
  doubtAbout: (block: Block) => string | undefined = () => undefined,
): string {
  const frames = blocks.slice(0, MAX_NAMED).map((block) => {
    try {
      const doubt = doubtAbout(block);
      const unread = doubt === undefined ? '' : `${doubtText(doubt, block)}\n`;
      return `${unread}${frameOf(state, block, now, cli)}`;
    } catch {
      return `[Fermata ${block.id}; its state cannot be described]`;
    }
  });
  const count = countThatFit(frames, MAX_FRAMES_CHARS);
  const others = blocks.slice(count);
  const tail = others.length === 0 ? '' : `\n\n${othersText(others, cli)}`;
  const used = frames.slice(0, count).reduce((sum, frame) => sum + frame.length + '\n\n\n'.length, tail.length);
  const texts = blocks.slice(0, count).map((block) => leadingText(withinAnswer(blockText(state, block, now))));
  const chars = shares(
    texts.map(({ length }) => length),
    MAX_ANSWER_CHARS - used,
  );
  return texts.map((text, i) => `${cut(text, chars[i] ?? 0)}\n${frames[i] ?? ''}`).join('\n\n') + tail;
}

/** Why a block refuses a command that no parser could read. */
export const doubtText = (doubt: string, { match }: Block): string =>
  `This command cannot be read (${frameText(doubt, MAX_CONDITION_CHARS)}), and it contains the words of the pattern ${frameText(match?.command ?? '', MAX_CONDITION_CHARS)}. If it means something else, write it plainly.`;

function frameOf(state: SessionState, block: Block, now: number, cli: string): string {
  const restMs = block.dueTs === undefined ? block.ttlMs : Math.min(block.dueTs - now, block.spanMs ?? Infinity);
  const due = restMs === undefined ? undefined : `${formatRemaining(restMs)} have passed`;
  const condition = describeEndCondition(state, block);
  const stuck = describeStuck(state, block);
  const end = [condition && frameText(condition, MAX_CONDITION_CHARS), due].filter(Boolean).join(' or ') || undefined;
  const workers = workersOf(state, block);
  const more = workers.length > MAX_WORKERS ? ` and ${workers.length - MAX_WORKERS} more` : '';
  const workersText =
    workers
      .slice(0, MAX_WORKERS)
      .map((w) => describeWorker(w, now))
      .join(', ') || block.worker;
  const nextStep =
    block.event === 'Stop' && end === undefined
      ? `say what you did about it with: ${cli} resolve ${block.id} "…"`
      : `to wait for ${stuck === undefined ? 'it' : 'that'}: ${cli} wait clear:${block.id}`;
  const proof = block.until.some(isRevocable) ? describeProofs(state, block) : undefined;
  if (proof !== undefined && stuck === undefined)
    return `[Fermata ${block.id}, from ${workersText}${more}; it holds until ${end ?? ''}, and again after the next ${block.until.some(isProvable) ? 'edit' : 'commit that conflicts'}; ${frameText(proof, 3 * MAX_CONDITION_CHARS)}]`;
  if (stuck === undefined && block.until.some(isLimit))
    return `[Fermata ${block.id}, from ${workersText}; it stands, and such a call may be made again once ${end ?? ''}, or once the person lets it run]`;
  const ends = end === undefined ? 'it stands until it is resolved or released' : `it ends when ${end}`;
  return `[Fermata ${block.id}, from ${workersText}${more}; ${stuck === undefined ? ends : frameText(stuck, 3 * MAX_CONDITION_CHARS)}; ${nextStep}]`;
}

/** The blocks beyond those with a frame of their own, by their names. */
export function othersText(blocks: Block[], cli: string): string {
  const named = blocks.slice(0, MAX_NAMED).map(({ id }) => id);
  const more = blocks.length > named.length ? ` and ${blocks.length - named.length} more` : '';
  return `[Fermata: ${named.join(', ')}${more} refuse it as well; to see them: ${cli} status; to wait for one: ${cli} wait clear:${named[0] ?? ''}]`;
}

/** Shares `total` among lengths: none gets more than it needs, and those that need more get the same. */
export function shares(lengths: number[], total: number): number[] {
  const result = lengths.map(() => 0);
  const ascending = lengths.map((_, i) => i).toSorted((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0));
  let left = Math.max(0, total);
  for (const [i, index] of ascending.entries()) {
    const share = Math.min(lengths[index] ?? 0, Math.floor(left / (lengths.length - i)));
    result[index] = share;
    left -= share;
  }
  return result;
}

/** Words of others in a frame: on one line, without the bracket that ends it. */
const frameText = (text: string, maxChars: number): string =>
  ellipsize(modelText(text).replaceAll(/\s+/g, ' ').replaceAll(']', ')'), maxChars);

const cut = (text: string, maxChars: number): string =>
  text.length <= maxChars ? text : `${truncate(text, Math.max(0, maxChars - CUT.length))}${CUT}`;

/** A text that could still fit. The rest of a longer one need not be looked at. */
const withinAnswer = (text: string): string => truncate(text, 4 * MAX_ANSWER_CHARS);

const originOf = ({ worker }: Note): string => (worker === USER ? 'the person at the keyboard' : worker);

/** A note with its origin. One that is longer than a whole answer is cut, with the command that prints all of it. */
function lineOf(note: Note): string {
  const text = withinAnswer(note.text);
  const line = `Fermata, from ${originOf(note)}: ${indentedText(text)}`;
  if (text === note.text && line.length <= MAX_ANSWER_CHARS) return line;
  const rest = `… (cut; all of it: fermata log --at ${note.pos})`;
  return `${truncate(line, MAX_ANSWER_CHARS - rest.length)}${rest}`;
}

/** The notes that fit into `maxChars`, in order: whatever comes after one that does not fit waits with it. */
export function thatFit(notes: Note[], maxChars: number): Note[] {
  let left = maxChars + '\n'.length;
  const index = notes.findIndex((note) => (left -= lineOf(note).length + '\n'.length) < 0);
  return index === -1 ? notes : notes.slice(0, index);
}

/** Notes with their origins, as context for the model. Where they do not fit together, each is cut. */
export function noteText(notes: Note[]): string {
  const lines = notes.map(lineOf);
  const chars = shares(
    lines.map(({ length }) => length),
    MAX_ANSWER_CHARS - (notes.length - 1),
  );
  return lines.map((line, i) => cut(line, chars[i] ?? 0)).join('\n');
}
