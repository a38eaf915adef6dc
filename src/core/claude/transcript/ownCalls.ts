import type { Line } from '#core/log/lineReader.ts';
import { MomentReader, readLines, type PastMoments } from './pastMoments.ts';
import { TranscriptEnd } from './transcriptEnd.ts';

/** Of a longer transcript only the end is read, and of more calls the last are left out. */
const MAX_BYTES = 64 << 20;
const MAX_MOMENTS = 50_000;

/** A call of Claude's own, when it began and when its result was there, in epoch ms. */
interface OwnCall {
  tool: string;
  from: number;
  to?: number | undefined;
}

/** The calls of Claude itself by its transcript, read as it grows. Bounded; their inputs are not kept. */
export class OwnCalls {
  readonly path: string;
  readonly #end: TranscriptEnd;
  #past!: PastMoments;
  #reader!: MomentReader;

  constructor(path: string) {
    this.path = path;
    this.#restart();
    this.#end = new TranscriptEnd(
      path,
      MAX_BYTES,
      (line: Line) => this.#reader.add(line),
      () => this.#restart(),
    );
  }

  /** Reads what is new; returns whether anything has changed. Only one call may be under way. */
  async read(): Promise<boolean> {
    return (await this.#end.read()).changed;
  }

  /** In the order of their beginnings; undefined where the transcript has none or cannot be read. */
  get calls(): OwnCall[] | undefined {
    return callsIn(this.#past);
  }

  #restart(): void {
    this.#past = noMoments();
    this.#reader = readerOf(this.#past);
  }
}

/** The same, read at once. */
export function readOwnCalls(path: string | undefined): OwnCall[] | undefined {
  if (path === undefined) return undefined;
  const past = noMoments();
  const reader = readerOf(past);
  readLines(
    path,
    MAX_BYTES,
    () => true,
    (line) => reader.add(line),
  );
  return callsIn(past);
}

const noMoments = (): PastMoments => ({ moments: [], cwd: undefined, unreadable: 0, cut: false });
const readerOf = (past: PastMoments): MomentReader =>
  new MomentReader(past, {}, { maxMoments: MAX_MOMENTS, keep: () => ({}) });

function callsIn({ moments }: PastMoments): OwnCall[] | undefined {
  const calls = moments.flatMap((each): OwnCall[] =>
    each.kind === 'call' ? [{ tool: each.tool, from: each.ts, to: each.endTs }] : [],
  );
  return calls.length === 0 ? undefined : calls.toSorted((a, b) => a.from - b.from);
}
