import { eventRows, type EventTraits } from '#protocol/event.ts';

const COMMENT = 'plain events: made by "npm run docs" from src/protocol/event.ts';

/** The text of a client with its list of plain events made from the rows of events; all else stays as it is written. */
export function withPlainEvents(path: string, client: string): string {
  const plain = Object.entries<EventTraits>(eventRows).filter(([, row]) => row.plain === true);
  const names = plain.map(([t]) => t);
  const python = path.endsWith('.py');
  const comment = python ? '#' : '//';
  const line = python
    ? `_PLAIN = {${names.map((name) => `"${name}"`).join(', ')}}`
    : `const PLAIN = new Set([${names.map((name) => `'${name}'`).join(', ')}]);`;
  const [start, end] = [`${comment} ${COMMENT}\n`, `${comment} /plain events\n`];
  const [before, rest] = client.split(start);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`${path} has lost the marks of its plain events`);
  return `${before}${start}${line}\n${end}${after}`;
}
