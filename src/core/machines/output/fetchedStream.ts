import { closeSync, constants, writeSync } from 'node:fs';
import type { OutputPiece, OutputRequest, OutputStream } from '#protocol/fileFormats.ts';
import { exists } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { removeFileIfAny } from '#core/base/files/remove.ts';
import { renameFile } from '#core/base/files/rename.ts';
import { workerPaths } from '#core/base/paths.ts';
import { fetchedOutput, recordFetched } from './outputLook.ts';
import { hashBefore } from './workerOutput.ts';

/** The most that the log of a worker may have, by the bounds of its setting. */
const MAX_BYTES = 1000 << 20;

/**
 * A stream of a worker on another machine, as the seat has it: the same bytes at the same places. What is another file over there
 * is fetched anew beside the one that is here, which stays until then. Two instances write the same to the same place.
 */
export class FetchedStream {
  readonly #dir: string;
  readonly #worker: string;
  readonly #stream: OutputStream;
  /** Where it is whole up to, for a new file. */
  #target = 0;

  constructor(dir: string, worker: string, stream: OutputStream) {
    this.#dir = dir;
    this.#worker = worker;
    this.#stream = stream;
  }

  /** What to request next. Throws the system's error. */
  request(): OutputRequest {
    const [worker, stream] = [this.#worker, this.#stream];
    const known = fetchedOutput(this.#dir, worker)[stream];
    const path = this.#pathOf(known?.part);
    if (known === undefined || !exists(path)) return { worker, stream, pos: 0 };
    const { fd, stats } = openFile(path);
    try {
      return { worker, stream, pos: stats.size, gen: known.gen, sha256: hashBefore(fd, stats.size) };
    } finally {
      closeSync(fd);
    }
  }

  /** Takes the answer to a request; `more` where there is more to fetch at once. Throws the system's error. */
  take({ asked, gen, pos, size, data }: OutputPiece, now: number): 'more' | 'all' | 'tooLong' {
    const [dir, worker, stream] = [this.#dir, this.#worker, this.#stream];
    if (size > MAX_BYTES) return 'tooLong';
    const known = fetchedOutput(dir, worker)[stream];
    if (size === 0) {
      // nothing was printed, or its folder is gone over there: what is here stays
      recordFetched(dir, worker, stream, known === undefined ? { gen, size, ts: now } : { ...known, ts: now });
      return 'all';
    }
    const isSame = known?.gen === gen && exists(this.#pathOf(known.part)) && (pos > 0 || asked === 0);
    if (!isSame && pos > 0) return 'all';
    const part = isSame ? known.part === true : exists(this.#pathOf(false));
    const path = this.#pathOf(part);
    if (!isSame) removeFileIfAny(path);
    if (!isSame || this.#target === 0) this.#target = size;
    const have = this.#write(path, Buffer.from(data, 'base64'), pos);
    const isWhole = !part || have >= Math.min(this.#target, size);
    if (part && isWhole) {
      // no reader may take the new file for the one that it replaces
      if (!isSame) recordFetched(dir, worker, stream, { gen, size, ts: now, part: true });
      renameFile(path, this.#pathOf(false));
    }
    const isFinal = isSame && known.final === true && known.size === size;
    recordFetched(dir, worker, stream, {
      gen,
      size,
      ts: now,
      ...(!isWhole && { part: true }),
      ...(isFinal && { final: true }),
    });
    return have < size && data !== '' ? 'more' : 'all';
  }

  /** Writes at a position, as far as that continues what is there; returns how much there is. */
  #write(path: string, bytes: Buffer, pos: number): number {
    makeFolder(workerPaths(this.#dir, this.#worker).dir);
    const { fd, stats } = openFile(path, constants.O_RDWR | constants.O_CREAT);
    try {
      if (pos > stats.size) return stats.size;
      for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, pos + at);
      return Math.max(stats.size, pos + bytes.length);
    } finally {
      closeSync(fd);
    }
  }

  #pathOf(part: boolean | undefined): string {
    const paths = workerPaths(this.#dir, this.#worker);
    if (part !== true) return paths[this.#stream];
    return this.#stream === 'stdout' ? paths.stdoutPart : paths.stderrPart;
  }
}
