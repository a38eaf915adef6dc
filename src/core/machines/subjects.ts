import { isMachineName } from '#protocol/ids.ts';

/** In the place of a session: a seat's marks are of none. */
const NO_SESSION = '_';

/** Whether a text may be a part of a subject: a machine, a session, a space, a generation. It has no dot, wildcard or blank. */
export const isToken = isMachineName;

/** What the subjects of a session are made of. */
interface Of {
  seat: string;
  session: string;
}

/** A subject, taken apart. */
export type Subject =
  | ({ kind: 'log' | 'ask' } & Of)
  | ({ kind: 'up' | 'out' | 'nudge' | 'nack' | 'get' | 'piece'; machine: string } & Of)
  | { kind: 'marks'; seat: string }
  | { kind: 'here'; machine: string }
  | { kind: 'who' };

/** How many parts follow the kind. */
const LENGTHS = { log: 2, ask: 2, up: 3, out: 3, nudge: 3, nack: 3, get: 3, piece: 3, here: 1, who: 0 } as const;

const joined = (...parts: string[]): string => {
  for (const part of parts)
    if (!isToken(part)) throw new Error(`not a part of a subject: ${JSON.stringify(part.slice(0, 200))}`);
  return parts.join('.');
};

/** The name of a space's stream. Throws where the space is no token. */
export const streamName = (space: string): string => `FERMATA_${joined(space)}`;

/** The subjects that the stream keeps. */
export const keptSubjects = (space: string): string[] =>
  ['log', 'up', 'out'].map((kind) => `fermata.${joined(space)}.${kind}.>`);

/** The subject of a message. Throws where one of its parts is no token. */
export function subjectText(space: string, subject: Subject): string {
  const root = `fermata.${joined(space)}`;
  switch (subject.kind) {
    case 'log':
    case 'ask':
      return `${root}.${subject.kind}.${joined(subject.seat, subject.session)}`;
    case 'up':
    case 'out':
    case 'nudge':
    case 'nack':
    case 'get':
    case 'piece':
      return `${root}.${subject.kind}.${joined(subject.seat, subject.session, subject.machine)}`;
    case 'marks':
      return `${root}.up.${joined(subject.seat, NO_SESSION, subject.seat)}`;
    case 'here':
      return `${root}.${subject.kind}.${joined(subject.machine)}`;
    case 'who':
      return `${root}.who`;
  }
}

/** The pattern of all that the other machines publish to a seat, of all its sessions. */
export const toSeat = (space: string, kind: 'ask' | 'up' | 'out' | 'nudge' | 'piece', seat: string): string =>
  `fermata.${joined(space)}.${kind}.${joined(seat)}.>`;

/** The pattern of what seats want to have of the output of workers on a machine. */
export const allGets = (space: string, machine: string): string =>
  `fermata.${joined(space)}.get.*.*.${joined(machine)}`;

/** The pattern of the signs of life of all machines. */
export const allHere = (space: string): string => `fermata.${joined(space)}.here.*`;

/** A subject of that space, taken apart; undefined where it is none. */
export function parseSubject(space: string, text: string): Subject | undefined {
  const [root, ofSpace, kind = '', ...parts] = text.split('.');
  if (root !== 'fermata' || ofSpace !== space || !isKind(kind)) return undefined;
  if (parts.length !== LENGTHS[kind] || !parts.every(isToken)) return undefined;
  const [first = '', session = '', machine = ''] = parts;
  if (kind === 'who') return { kind };
  if (kind === 'here') return { kind, machine: first };
  if (session === NO_SESSION) return kind === 'up' && machine === first ? { kind: 'marks', seat: first } : undefined;
  return kind === 'log' || kind === 'ask' ? { kind, seat: first, session } : { kind, seat: first, session, machine };
}

/** Whether a subject is one of a pattern, in which `*` is any one part, and `>` at the end any further ones. */
export function isOfPattern(pattern: string, subject: string): boolean {
  const [wanted, parts] = [pattern.split('.'), subject.split('.')];
  const isOpen = wanted.at(-1) === '>';
  if (isOpen ? parts.length < wanted.length : parts.length !== wanted.length) return false;
  return wanted.every((part, at) => part === '*' || part === parts[at] || (part === '>' && at === wanted.length - 1));
}

const isKind = (kind: string): kind is keyof typeof LENGTHS => Object.hasOwn(LENGTHS, kind);
