import { USER } from '#protocol/ids.ts';
import type { Block, Note, SessionState } from '#protocol/state.ts';
import { truncate } from '#core/base/text.ts';
import { blockText, describeEndCondition, describeWorker, workersOf } from '#core/projection/describe.ts';
import { formatRemaining } from '#protocol/duration.ts';

/** Longest text of one answer to the model: Claude Code writes more than 10,000 characters to a file instead. */
export const MAX_ANSWER_CHARS = 8000;

/** A worker's text without control characters and without tags that could close Claude Code's own. */
export function sanitize(text: string): string {
  return (
    text
      .replace(/\r\n?/g, '\n')
      // oxlint-disable-next-line no-control-regex -- control characters are what is meant
      .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '')
      .replace(/<(?=\/|\s*system)/gi, '‹')
  );
}

const truncateAnswer = (text: string): string =>
  text.length <= MAX_ANSWER_CHARS ? text : `${truncate(text, MAX_ANSWER_CHARS - 20)}… (cut)`;

/** The reason of a refused call, as the model reads it. `cli` is the fermata command as a shell reads it. */
export function blockReason(
  state: SessionState,
  blocks: Block[],
  now: number,
  cli: string,
  doubtAbout: (block: Block) => string | undefined = () => undefined,
): string {
  const parts = blocks.map((block) => {
    const due = block.dueTs === undefined ? undefined : `${formatRemaining(block.dueTs - now)} have passed`;
    const end = [describeEndCondition(state, block), due].filter(Boolean).join(' or ') || undefined;
    const workers = workersOf(state, block);
    const workersText = workers.length > 0 ? workers.map((w) => describeWorker(w, now)).join(', ') : block.worker;
    const nextStep =
      block.event === 'Stop' && end === undefined
        ? `say what you did about it with: ${cli} resolve ${block.id} "…"`
        : `to wait for it: ${cli} wait clear:${block.id}`;
    const ends = end === undefined ? 'it stands until it is resolved or released' : `it ends when ${end}`;
    const doubt = doubtAbout(block);
    const unread =
      doubt === undefined
        ? ''
        : `\nThis command cannot be read (${sanitize(doubt)}), and it contains the words of the pattern ${sanitize(block.match?.command ?? '')}. If it means something else, write it plainly.`;
    return `${sanitize(blockText(state, block, now))}${unread}\n[Fermata ${block.id}, from ${workersText}; ${ends}; ${nextStep}]`;
  });
  return truncateAnswer(parts.join('\n\n'));
}

const pathContextOf = ({ worker }: Note): string => (worker === USER ? 'the person at the keyboard' : worker);

/** Indents further lines: only an origin starts a line, so a worker cannot forge the note of another. */
const sanitizeNote = (text: string): string => sanitize(text).replaceAll('\n', '\n  ');

/** Notes with their origins, as context for the model. */
export function noteText(notes: Note[]): string {
  return truncateAnswer(
    notes.map((note) => `Fermata, from ${pathContextOf(note)}: ${sanitizeNote(note.text)}`).join('\n'),
  );
}
