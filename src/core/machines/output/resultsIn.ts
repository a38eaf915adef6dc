import { join } from 'node:path';
import type { ArrivedInfo, ResultLine } from '#protocol/fileFormats.ts';
import { compileValidator } from '#protocol/compileValidator.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import { visibleLine } from '#protocol/hiddenText.ts';
import { arrivedInfoSchema, resultLineSchema } from '#protocol/schemas.ts';
import type { SessionState } from '#protocol/state.ts';
import { writeFileAtomic } from '#core/base/files/atomicFile.ts';
import { lstatOf } from '#core/base/files/facts.ts';
import { makeFolder } from '#core/base/files/folder.ts';
import { removeTree } from '#core/base/files/remove.ts';
import { readJson } from '#core/base/json.ts';
import { sessionPaths, workerPaths } from '#core/base/paths.ts';
import { truncate } from '#core/base/text.ts';
import { LineReader, type Line } from '#core/log/lineReader.ts';
import { isThere, placeResult, placeTail, writePiece } from './arrivingFile.ts';
import { isLater } from '#core/machines/generation.ts';
import type { FileBytes } from '#core/machines/link.ts';
import { fetchedOutput, NO_GENERATION, recordFetched } from './outputLook.ts';
import { MAX_RESULT_FILES, whyNoResultName } from './resultNames.ts';
import type { SharedSession } from '#core/machines/shared.ts';
import { subjectText } from '#core/machines/subjects.ts';

/** A machine is asked for the same results at most once in this time. */
const NACK_MS = 1000;
/** So long results wait for the line of the log that makes their worker one of that machine. */
const UNKNOWN_MS = 30_000;
/** The most of one machine in a session, in results of one worker each. */
const MAX_WORKERS = 256;
/** More workers of a machine are not recorded. */
const MAX_RECORDED = 2000;
/** A file counts as so much at least. */
const FILE_BYTES = 4096;
const MAX_LEFT_CHARS = 500;

type Piece = Extract<ResultLine, { file: number }>;
type Ends = Extract<ResultLine, { ends: true }>;
const NOTHING = { end: 0, bytes: 0 };
const isResultLine = compileValidator(resultLineSchema);

interface ResultsInOptions extends SharedSession {
  /** The session as the log has it now. */
  state: () => SessionState;
  /** A sentence for the person about a machine: the first one about the same. */
  warn: (machine: string, what: string, why: string) => void;
}

/** What is missing of a machine's results. */
interface Gap {
  gen: string;
  askedMs: number;
}

/**
 * The results that workers on other machines have left, at the seat: each piece is written where it belongs, and how far they are taken
 * is recorded afterwards, so a crash repeats at most one message.
 */
export class ResultsIn {
  readonly #options: ResultsInOptions;
  readonly #arrived = new Map<string, ArrivedInfo>();
  readonly #gaps = new Map<string, Gap>();
  readonly #unknownSinceMs = new Map<string, number>();
  /** Why nothing can be taken at present, for people. */
  problem: string | undefined;

  constructor(options: ResultsInOptions) {
    this.#options = options;
  }

  /** Takes bytes of a machine's results. Never throws: what cannot be written is taken again later. */
  take(machine: string, message: FileBytes): void {
    try {
      this.#take(machine, message);
      this.problem = undefined;
    } catch (error) {
      this.problem = (error as Error).message;
      this.#options.report(error);
      this.#miss(machine, message.gen);
    }
  }

  #take(machine: string, { gen, pos, data }: FileBytes): void {
    const known = this.#infoOf(machine);
    // of an earlier file than the known one
    if (known !== undefined && known.gen !== gen && !isLater(gen, known.gen)) return;
    // what is counted below counts once it is recorded
    const info =
      known?.gen === gen ? structuredClone(known) : { ...NOTHING, bytes: known?.bytes ?? 0, gen, workers: {} };
    const end = pos + data.length;
    if (end <= info.end) return;
    if (pos > info.end) return this.#miss(machine, gen, info.end);
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength).subarray(info.end - pos);
    const lines: Line[] = [];
    const reader = new LineReader(info.end);
    reader.push(bytes, (line) => lines.push(line));
    let isEnd = false;
    for (const line of lines) {
      const done = this.#takeLine(machine, info, line);
      if (done === 'later' || done === 'again') {
        // up to this line it is taken, or all has to come again
        info.end = done === 'again' ? 0 : line.pos;
        this.#record(machine, info);
        return this.#miss(machine, gen);
      }
      isEnd ||= done === 'ends';
    }
    info.end = end;
    this.#gaps.delete(machine);
    this.#record(machine, info);
    if (isEnd) this.#nack(machine, gen);
  }

  /** A machine wants to know how far its results are taken. */
  nudged(machine: string, gen: string): void {
    const info = this.#infoOf(machine);
    if (info?.gen === gen) this.#nack(machine, gen);
    else if (info === undefined || isLater(gen, info.gen)) this.#nack(machine, gen, 0);
  }

  /** Called each second: what is still missing. */
  tick(): void {
    for (const [machine, { gen }] of this.#gaps)
      this.#miss(machine, gen, this.#infoOf(machine)?.gen === gen ? undefined : 0);
  }

  #miss(machine: string, gen: string, end = this.#arrived.get(machine)?.end ?? 0): void {
    const now = this.#options.clock.now();
    const gap = this.#gaps.get(machine);
    if (gap !== undefined && gap.gen === gen && Math.abs(now - gap.askedMs) < NACK_MS) return;
    this.#gaps.set(machine, { gen, askedMs: now });
    this.#nack(machine, gen, end);
  }

  /** Sends a machine how far its results are taken: it publishes again from there. */
  #nack(machine: string, gen: string, end = this.#arrived.get(machine)?.end ?? 0): void {
    const { link, space, machine: seat, session } = this.#options;
    link.send(subjectText(space, { kind: 'nack', seat, session, machine }), `${gen} ${end}`);
  }

  #takeLine(machine: string, info: ArrivedInfo, line: Line): 'taken' | 'ends' | 'later' | 'again' {
    if ('damage' in line || !isResultLine(line.value)) return 'taken';
    const value = line.value as ResultLine;
    if ('gen' in value) return 'taken';
    const { worker, id } = value;
    const known = this.#options.state().workers.get(worker);
    if (known === undefined && this.#mayStillCome(machine, worker)) return 'later';
    this.#unknownSinceMs.delete(`${machine} ${worker}`);
    if (known?.machine !== machine) {
      this.#refuse(machine, worker, 'it has no such worker');
      return 'taken';
    }
    if ('ends' in value) return this.#end(machine, value);
    if (info.workers[worker]?.id !== id) {
      if (!(worker in info.workers) && Object.keys(info.workers).length >= MAX_RECORDED) {
        this.#refuse(machine, worker, 'it has left results of too many workers');
        return 'taken';
      }
      info.workers[worker] = { id, file: 0, to: 0, bytes: 0 };
      info.bytes += FILE_BYTES;
    }
    return this.#takePiece(machine, info, value);
  }

  /** A worker that a machine brings in is known once its line has come, which may be later than its results. */
  #mayStillCome(machine: string, worker: string): boolean {
    const key = `${machine} ${worker}`;
    const now = this.#options.clock.now();
    const since = this.#unknownSinceMs.get(key) ?? now;
    if (this.#unknownSinceMs.size < MAX_WORKERS) this.#unknownSinceMs.set(key, since);
    return Math.abs(now - since) < UNKNOWN_MS && this.#unknownSinceMs.has(key);
  }

  #takePiece(machine: string, info: ArrivedInfo, piece: Piece): 'taken' | 'again' {
    const { worker, file, name, stream, pos, size, sha256 } = piece;
    const counted = info.workers[worker]!;
    const data = Buffer.from(piece.data, 'base64');
    const isNew = file > counted.file;
    const to = pos + data.length;
    // it was taken before, or is made to look so
    if (file < counted.file || (!isNew && (to < counted.to || (to === counted.to && to > 0)))) return 'taken';
    const added = to - (isNew ? 0 : counted.to);
    const why =
      (stream === undefined ? whyNoResultName(name ?? '') : undefined) ??
      this.#whyTooMuch(info, piece, { to, bytes: counted.bytes + added, added });
    if (why !== undefined) {
      this.#refuse(machine, worker, `${shown(name ?? stream ?? '')}: ${why}`);
      return 'taken';
    }
    const paths = workerPaths(this.#options.dir, worker);
    const aside = join(paths.arriving, String(file));
    const written = writePiece(aside, { pos, size, data, sha256 });
    if (written === 'missing') {
      if (this.#wasPlaced(piece)) return 'taken';
      // all of it comes again
      delete info.workers[worker];
      return 'again';
    }
    Object.assign(counted, { file, to, bytes: counted.bytes + added });
    info.bytes += added + (isNew ? FILE_BYTES : 0);
    if (written === 'part') return 'taken';
    if (stream !== undefined) this.#placeStream(aside, piece, stream);
    else {
      const refused = placeResult(aside, paths.out, name ?? '');
      if (refused !== undefined) this.#refuse(machine, worker, `${shown(name ?? '')}: ${refused}`);
    }
    return 'taken';
  }

  /** Whether a piece is of a file that was whole before a crash, and has its name by now. */
  #wasPlaced({ worker, name, size, sha256 }: Piece): boolean {
    if (name === undefined) return true;
    const path = join(workerPaths(this.#options.dir, worker).out, name);
    return sha256 === undefined ? lstatOf(path)?.size === size : isThere(path, size, sha256);
  }

  #whyTooMuch(
    info: ArrivedInfo,
    { file, size }: Piece,
    { to, bytes, added }: { to: number; bytes: number; added: number },
  ): string | undefined {
    const most = this.#options.maxResultBytes();
    const megabytes = `${most / 2 ** 20} MB (fermata.machines.bringMegabytes)`;
    if (file >= MAX_RESULT_FILES) return `more than ${MAX_RESULT_FILES} files`;
    if (to > size || size > most || bytes > most) return `more than ${megabytes} of a worker`;
    return info.bytes + added > most * MAX_WORKERS
      ? `more than ${MAX_WORKERS} times ${megabytes} of a machine`
      : undefined;
  }

  #placeStream(aside: string, { worker, start = 0, size, of }: Piece, stream: 'stdout' | 'stderr'): void {
    const { dir, clock } = this.#options;
    const fetched = fetchedOutput(dir, worker)[stream];
    const isSame = fetched !== undefined && fetched.part !== true && fetched.gen === of;
    const log = workerPaths(dir, worker)[stream];
    // a log with a gap is of no generation, and no reader may take it for the one that it replaces
    const unknown = { gen: NO_GENERATION, size: start + size, ts: clock.now() };
    recordFetched(dir, worker, stream, unknown);
    if (placeTail(aside, log, start, isSame) && of !== undefined)
      recordFetched(dir, worker, stream, { ...unknown, gen: of, final: true });
  }

  #end(machine: string, { worker, left }: Ends): 'ends' {
    if (left !== undefined)
      this.#options.warn(
        machine,
        `not brought of the results of ${worker}`,
        truncate(visibleLine(left), MAX_LEFT_CHARS),
      );
    removeTree(workerPaths(this.#options.dir, worker).arriving);
    return 'ends';
  }

  #refuse(machine: string, worker: string, why: string): void {
    this.#options.warn(machine, `not taken of the results of ${worker}`, why);
  }

  #infoOf(machine: string): ArrivedInfo | undefined {
    const known = this.#arrived.get(machine);
    if (known !== undefined) return known;
    const value = readJson(sessionPaths(this.#options.dir).arrived(machine));
    if (dropInvalid(arrivedInfoSchema, value) === undefined) return undefined;
    this.#arrived.set(machine, value as ArrivedInfo);
    return value as ArrivedInfo;
  }

  #record(machine: string, info: ArrivedInfo): void {
    this.#arrived.set(machine, info);
    const path = sessionPaths(this.#options.dir).arrived(machine);
    makeFolder(join(path, '..'));
    writeFileAtomic(path, `${JSON.stringify(info)}\n`, { mode: 0o600, durable: false });
  }
}

const MAX_SHOWN_CHARS = 100;
const shown = (name: string): string => JSON.stringify(truncate(visibleLine(name), MAX_SHOWN_CHARS));
