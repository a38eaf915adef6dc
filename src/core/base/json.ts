import { decodeText } from './encoding.ts';
import { MAX_FILE_BYTES, readBytes, readLinkedBytes } from './files/readFile.ts';

/** Whether a decoded JSON value is an object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A decoded JSON value as an object to read fields of; anything else as an empty one. */
export const asRecord = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});

/** The decoded content of a JSON file in a home, which is no link; undefined where it cannot be read or parsed. */
export const readJson = (path: string): unknown => parse(() => readBytes(path));

/** The same of a file that may be a link to one, since it is the person's or Claude Code's. */
export const readLinkedJson = (path: string, maxBytes = MAX_FILE_BYTES): unknown =>
  parse(() => readLinkedBytes(path, maxBytes));

function parse(read: () => Buffer): unknown {
  try {
    return JSON.parse(decodeText(read()) ?? '');
  } catch {
    return undefined;
  }
}
