import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { statOf } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { readJson } from '#core/base/json.ts';
import { touch } from '#core/base/files/touch.ts';
import { workerPaths } from '#core/base/paths.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import type { FetchedOutput, OutputStream } from '#protocol/fileFormats.ts';
import { fetchedOutputSchema } from '#protocol/schemas.ts';

/** Notes that a person looks at a worker's output until then (epoch ms): the bridge fetches it from its machine. Throws the system's error. */
export function lookAtOutput(dir: string, worker: string, untilMs: number): void {
  if (lookedUntil(dir, worker) >= untilMs) return;
  const paths = workerPaths(dir, worker);
  makeFolder(paths.dir);
  touch(paths.look, untilMs);
}

/** Until when a person looks at it; 0 where none did. */
export const lookedUntil = (dir: string, worker: string): number => statOf(workerPaths(dir, worker).look)?.mtimeMs ?? 0;

/** Of a log of which the beginning is not here. */
export const NO_GENERATION = '-';

/** What the seat has of a worker's output, and when its machine answered last. */
export function fetchedOutput(dir: string, worker: string): FetchedOutput {
  const value = readJson(workerPaths(dir, worker).fetched);
  return dropInvalid(fetchedOutputSchema, value) === undefined ? {} : (value as FetchedOutput);
}

/** Records it for one stream. Throws the system's error. */
export function recordFetched(
  dir: string,
  worker: string,
  stream: OutputStream,
  value: NonNullable<FetchedOutput[OutputStream]>,
): void {
  const text = JSON.stringify({ ...fetchedOutput(dir, worker), [stream]: value });
  writeFileAtomic(workerPaths(dir, worker).fetched, `${text}\n`, { mode: 0o600, durable: false });
}
