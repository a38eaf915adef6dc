import { readFileSync } from 'node:fs';
import { decodeText } from './encoding.ts';

/** Whether a decoded JSON value is an object. */
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A decoded JSON value as an object to read fields of; anything else as an empty one. */
export const asRecord = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {});

/** The decoded content of a JSON file; undefined where it cannot be read or parsed. */
export function readJson(path: string): unknown {
  try {
    return JSON.parse(decodeText(readFileSync(path)) ?? '');
  } catch {
    return undefined;
  }
}
