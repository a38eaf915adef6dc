import { MAX_LINE_BYTES, parseEvent } from '#protocol/parseEvent.ts';
import type { SessionState } from '#protocol/state.ts';
import { USER } from '#protocol/ids.ts';
import { isRecord } from '#core/base/json.ts';
import { whereIs } from '#core/base/machine.ts';
import type { NewEvent } from '#core/log/append.ts';
import { hostElsewhere } from '#core/workers/placement.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import type { PersonAnswer } from '#core/session/flags.ts';
import { NewWorkers, refusal, type Sender } from './admit.ts';

/** Bytes of an outbox, which begin at `pos` there. */
export interface OutboxPiece {
  /** The outbox, as `gpu1/k3x9`. */
  via: string;
  pos: number;
  data: Uint8Array;
}

/** What becomes of a piece of an outbox in the log of the seat. */
export interface StampedLines {
  /** As they are appended: each with where it came from and the time of the seat. */
  events: NewEvent[];
  /** Why lines are left out, for people; none where all count. */
  refused: string[];
  /** A person's answers to requests whose hooks wait at the seat: these take them, and publish them then. */
  answers: ({ ask: string } & PersonAnswer)[];
}

/**
 * The lines of an outbox from `have` on, as the seat appends them at `now` (epoch ms). What is damaged or refused has no effect;
 * where no further line follows it, a `taken` has how far the outbox is taken. Pure.
 */
export function stampLines(
  state: SessionState,
  sender: Sender,
  { via, pos, data }: OutboxPiece,
  have: number,
  now: number,
): StampedLines {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).subarray(Math.max(0, have - pos));
  const events: NewEvent[] = [];
  const refused: string[] = [];
  const answers: StampedLines['answers'] = [];
  const newWorkers = new NewWorkers(state, sender);
  const reader = new LineReader(Math.max(have, pos));
  reader.push(bytes, (line) => {
    const off = reader.position;
    const event =
      off - line.pos > MAX_LINE_BYTES + 1 ? 'a line that is too long' : read(state, sender, newWorkers, line);
    const answer = typeof event === 'string' ? undefined : answerFor(state, sender, event);
    if (typeof event === 'string') refused.push(event);
    else if (answer !== undefined) answers.push(answer);
    else events.push(stamped(event, sender, { via, off, now }));
  });
  // a line that is too long comes in pieces, of which only the last one has an end
  if (reader.end > reader.position) refused.push('a line that is too long');
  const last = events.at(-1)?.['off'] as number | undefined;
  if (reader.end > (last ?? have)) events.push({ t: 'taken', ts: now, via, off: reader.end });
  return { events, refused, answers };
}

/** The event of a line, or why it does not count. */
function read(state: SessionState, sender: Sender, newWorkers: NewWorkers, line: Line): NewEvent | string {
  if ('damage' in line) return `a damaged line (${line.damage})`;
  const { value } = line;
  const parsed = parseEvent(value);
  if (parsed.kind === 'invalid') return `a damaged line (${parsed.reason})`;
  // one of a type that is not known here is kept, as in any log
  if (!isRecord(value)) return 'a damaged line';
  if (parsed.kind !== 'event') return value as NewEvent;
  return refusal(state, sender, value) ?? newWorkers.refusal(value) ?? (value as NewEvent);
}

/** The answer of a person to a request for which a hook waits elsewhere than on the sender's machine. */
function answerFor(
  { asks, workers }: SessionState,
  { machine }: Sender,
  { t, ask, decision, by, word }: NewEvent & Record<string, unknown>,
): StampedLines['answers'][number] | undefined {
  if (t !== 'answer' || by !== USER || typeof ask !== 'string' || (decision !== 'allow' && decision !== 'deny'))
    return undefined;
  const open = asks.get(ask);
  if (open?.answerable !== true || workers.get(open.worker ?? '')?.machine === machine) return undefined;
  return { ask, decision, ...(typeof word === 'string' && { comment: word }) };
}

function stamped(
  event: NewEvent,
  { machine }: Sender,
  { via, off, now }: { via: string; off: number; now: number },
): NewEvent {
  const result: NewEvent = { ...event, ts: now, via, off, said: event.ts };
  const { pid, host } = event as { pid?: unknown; host?: unknown };
  // a process of another machine is none of this one, whatever the line has: here it would be looked at, and ended
  if (pid !== undefined && !(typeof host === 'string' && whereIs(host) === 'elsewhere'))
    result['host'] = hostElsewhere(machine, typeof host === 'string' ? host : undefined);
  return result;
}
