import { readSync, closeSync, statSync } from 'node:fs';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { openFile } from '#core/base/files/openFile.ts';
import { readJson } from '#core/base/json.ts';
import { sessionPaths } from '#core/base/paths.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import type { ResultsInfo } from '#protocol/fileFormats.ts';
import { resultsInfoSchema } from '#protocol/schemas.ts';
import { Outgoing } from '#core/machines/outgoing.ts';
import type { SharedSession } from '#core/machines/shared.ts';
import { isToken, subjectText } from '#core/machines/subjects.ts';

/** What the stream has and the seat has not after this time is brought to its mind. */
const NUDGE_MS = 10_000;
const FIRST_LINE_BYTES = 200;

/** The results that workers of this machine have left, on their way to the seat of a session. */
export class ResultsOut {
  readonly #shared: SharedSession;
  readonly #seat: string;
  #info: ResultsInfo | undefined;
  #out: Outgoing | undefined;
  #nudgedMs = 0;

  constructor(shared: SharedSession, seat: string) {
    this.#shared = shared;
    this.#seat = seat;
  }

  /** Publishes what is new. Throws the system's error. */
  look(): void {
    if (this.#out === undefined) this.#begin();
    this.#out?.poke();
  }

  resync(): void {
    void this.#out?.resync();
  }

  async check(): Promise<void> {
    await this.#out?.check();
  }

  stop(): void {
    this.#out?.stop();
  }

  /** Bytes that the stream has not acknowledged. */
  get behind(): number {
    return this.#out?.behind ?? 0;
  }

  /** Called each second: records what has arrived, and asks after what has not. Throws the system's error. */
  tick(): void {
    this.look();
    const info = this.#info;
    if (info === undefined || this.#out === undefined) return;
    const size = resultsSize(this.#shared.dir);
    if (this.#out.behind === 0 && info.stored < size) this.#record({ ...info, stored: size });
    const { link, clock, space, session, machine } = this.#shared;
    if (info.taken >= size || Math.abs(clock.now() - this.#nudgedMs) < NUDGE_MS) return;
    this.#nudgedMs = clock.now();
    link.send(subjectText(space, { kind: 'nudge', seat: this.#seat, session, machine }), info.gen);
  }

  /** The seat has so much of it. Throws the system's error. */
  nacked(gen: string, offset: number): void {
    const info = this.#info;
    if (info === undefined || gen !== info.gen) return;
    if (offset > info.taken) this.#record({ ...info, taken: Math.min(offset, resultsSize(this.#shared.dir)) });
    this.#out?.back(offset);
  }

  #begin(): void {
    const { link, clock, sync, report, space, machine, session, dir } = this.#shared;
    const gen = resultsGeneration(dir);
    if (gen === undefined) return;
    const known = readResultsInfo(dir);
    this.#info = known?.gen === gen ? known : { gen, stored: 0, taken: 0 };
    this.#nudgedMs = clock.now();
    this.#out = new Outgoing({
      link,
      clock,
      sync,
      report,
      gen,
      base: 0,
      subject: subjectText(space, { kind: 'out', seat: this.#seat, session, machine }),
      path: sessionPaths(dir).results,
      taken: () => this.#info?.taken ?? 0,
      // only this machine publishes there: another file of it was before
      onAhead: () => undefined,
    });
    void this.#out.resync();
  }

  #record(info: ResultsInfo): void {
    this.#info = info;
    const path = sessionPaths(this.#shared.dir).resultsInfo;
    writeFileAtomic(path, `${JSON.stringify(info)}\n`, { mode: 0o600, durable: false });
  }
}

const resultsSize = (dir: string): number => statSync(sessionPaths(dir).results, { throwIfNoEntry: false })?.size ?? 0;

function readResultsInfo(dir: string): ResultsInfo | undefined {
  const value = readJson(sessionPaths(dir).resultsInfo);
  return dropInvalid(resultsInfoSchema, value) === undefined ? undefined : (value as ResultsInfo);
}

/** The generation of the file, from its first line; undefined where there is no file. Throws the system's error. */
function resultsGeneration(dir: string): string | undefined {
  if (resultsSize(dir) === 0) return undefined;
  const { fd } = openFile(sessionPaths(dir).results);
  try {
    const bytes = Buffer.alloc(FIRST_LINE_BYTES);
    const [line = ''] = bytes.toString('utf8', 0, readSync(fd, bytes, 0, FIRST_LINE_BYTES, 0)).split('\n');
    const gen = /^\{"gen":"([^"]*)"\}$/.exec(line)?.[1] ?? '';
    return isToken(gen) ? gen : undefined;
  } finally {
    closeSync(fd);
  }
}

/** Whether results of this machine are not in the stream yet, nor at the seat. */
export function areResultsUnsent(dir: string): boolean {
  const size = resultsSize(dir);
  const info = readResultsInfo(dir);
  return size > 0 && Math.max(info?.stored ?? 0, info?.taken ?? 0) < size;
}
