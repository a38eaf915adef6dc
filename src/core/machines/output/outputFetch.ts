import type { OutputPiece, OutputStream } from '#protocol/fileFormats.ts';
import type { SessionState } from '#protocol/state.ts';
import { FetchedStream } from './fetchedStream.ts';
import { lookedUntil } from './outputLook.ts';
import type { SharedSession } from '#core/machines/shared.ts';
import { subjectText } from '#core/machines/subjects.ts';
import { parsePiece } from './workerOutput.ts';

/** Between two looks at a log that had no more. */
const LOOK_MS = 300;
/** A request without an answer after this time is lost. */
const ANSWER_MS = 3000;
const STREAMS = ['stdout', 'stderr'] as const satisfies OutputStream[];

interface OutputFetchOptions extends SharedSession {
  state: () => SessionState;
  warn: (machine: string, what: string, why: string) => void;
}

interface Fetch {
  machine: string;
  worker: string;
  stream: OutputStream;
  file: FetchedStream;
  /** The position of the request that is under way, and when it was sent. */
  asked?: number | undefined;
  sentMs: number;
  isStopped: boolean;
}

/** Fetches the output of workers on other machines, piece by piece, while a person looks at it. */
export class OutputFetch {
  readonly #options: OutputFetchOptions;
  readonly #fetches = new Map<string, Fetch>();
  #isStopped = false;

  constructor(options: OutputFetchOptions) {
    this.#options = options;
  }

  stop(): void {
    this.#isStopped = true;
  }

  /** Called each second: begins with what is looked at, ends with what is no more, and requests again what was lost. */
  tick(): void {
    const { dir, machine: own, clock } = this.#options;
    const now = clock.now();
    for (const { id: worker, machine } of this.#options.state().workers.values()) {
      if (machine === undefined || machine === own) continue;
      const isLooked = lookedUntil(dir, worker) > now;
      for (const stream of STREAMS) {
        const key = `${worker} ${stream}`;
        if (!isLooked) this.#fetches.delete(key);
        else if (!this.#fetches.has(key)) {
          const file = new FetchedStream(dir, worker, stream);
          this.#fetches.set(key, { machine, worker, stream, file, sentMs: -Infinity, isStopped: false });
        }
      }
    }
    for (const fetch of this.#fetches.values()) if (Math.abs(now - fetch.sentMs) >= ANSWER_MS) this.#request(fetch);
  }

  /** Takes what another machine has sent. Bytes that were not requested of that machine are none. */
  take(machine: string, text: string): void {
    const piece = parsePiece(text);
    const fetch = piece && this.#fetches.get(`${piece.worker} ${piece.stream}`);
    if (piece === undefined || fetch === undefined) return;
    if (fetch.machine !== machine || fetch.asked !== piece.asked || !fits(piece)) return;
    fetch.asked = undefined;
    try {
      const had = fetch.file.take(piece, this.#options.clock.now());
      if (had === 'more') return this.#request(fetch);
      if (had === 'tooLong') {
        fetch.isStopped = true;
        this.#options.warn(machine, `the output of ${fetch.worker} is not shown`, 'it is too long');
      }
    } catch (error) {
      this.#options.report(error);
    }
    this.#options.clock.later(LOOK_MS, () => this.#request(fetch));
  }

  #request(fetch: Fetch): void {
    const { link, space, machine: seat, session, clock, report } = this.#options;
    if (this.#isStopped || fetch.isStopped || this.#fetches.get(`${fetch.worker} ${fetch.stream}`) !== fetch) return;
    try {
      const request = fetch.file.request();
      fetch.asked = request.pos;
      fetch.sentMs = clock.now();
      const subject = subjectText(space, { kind: 'get', seat, session, machine: fetch.machine });
      link.send(subject, JSON.stringify(request));
    } catch (error) {
      report(error);
    }
  }
}

/** Whether a piece ends within the size that it gives. */
const fits = ({ asked, pos, size, data }: OutputPiece): boolean =>
  (pos === asked || pos === 0) && pos + Buffer.byteLength(data, 'base64') <= size;
