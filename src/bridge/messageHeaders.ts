import type { KeptMessage, LastMessage } from '#core/machines/link.ts';
import { isToken } from '#core/machines/subjects.ts';

/** The headers of a message; a name without a value has none. */
interface Headers {
  get(name: string): string;
}

/** The headers with which a message is published. */
export const headersOf = (message: KeptMessage): [name: string, value: string][] =>
  'mark' in message
    ? [['Mark', message.mark]]
    : [
        ['Gen', message.gen],
        ['Pos', String(message.pos)],
        ...(message.decides === undefined ? [] : [['Decides', String(message.decides)] as [string, string]]),
      ];

/** The message that came with headers and bytes; undefined where it is none of Fermata's. */
export function messageOf(head: Headers | undefined, data: Uint8Array): KeptMessage | undefined {
  const value = (name: string): string => head?.get(name) ?? '';
  if (isToken(value('Mark'))) return { mark: value('Mark') };
  const [gen, pos] = [value('Gen'), value('Pos')];
  if (!isToken(gen) || !/^\d{1,15}$/.test(pos)) return undefined;
  const decides = value('Decides');
  return { gen, pos: Number(pos), data, ...(/^\d{1,9}$/.test(decides) && { decides: Number(decides) }) };
}

/** What the stream answers where it is asked for the newest message of a subject; undefined where that is a mark, or none of Fermata's. */
export function lastOf(head: Headers | undefined, data: Uint8Array): LastMessage | undefined {
  const message = messageOf(head, data);
  const seq = Number(head?.get('Nats-Sequence'));
  if (message === undefined || 'mark' in message || !Number.isSafeInteger(seq)) return undefined;
  return { gen: message.gen, end: message.pos + message.data.length, seq };
}
