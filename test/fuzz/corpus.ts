import { isUtf8 } from 'node:buffer';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What is kept of the inputs of a target; the smallest ones first, so longer ones are left out. */
const MAX_KEPT_BYTES = 45_000;

const pathOf = (folder: string, target: string): string => join(folder, `${target}.jsonl`);

/** The inputs of a target that are kept in the repository: one a line, as a text, or in base64 where it is none. */
export function readCorpus(folder: string, target: string): Buffer[] {
  const path = pathOf(folder, target);
  if (!existsSync(path)) return [];
  return readFileSync(path, 'utf8').split('\n').filter(Boolean).map(decoded);
}

export function writeCorpus(folder: string, target: string, inputs: readonly Buffer[]): void {
  mkdirSync(folder, { recursive: true });
  let bytes = 0;
  const kept = inputs
    .toSorted((a, b) => a.length - b.length)
    .map(encoded)
    .filter((line) => (bytes += line.length + 1) <= MAX_KEPT_BYTES);
  writeFileSync(pathOf(folder, target), kept.map((line) => `${line}\n`).join(''));
}

const encoded = (input: Buffer): string =>
  // line separators would break the line for other readers
  JSON.stringify(isUtf8(input) ? input.toString('utf8') : { base64: input.toString('base64') });

function decoded(line: string): Buffer {
  const value = JSON.parse(line) as string | { base64: string };
  return typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.base64, 'base64');
}
