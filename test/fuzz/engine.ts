import { random } from '#test/lib/stress/random.ts';
import { assertQuick, isSlow } from './bounds.ts';
import { clear, Coverage, uncounted } from './coverage.ts';
import { minimized } from './minimize.ts';
import { mutant } from './mutation.ts';
import type { Target } from './target.ts';

const [DEFAULT_MAX_BYTES, DEFAULT_SHORT_BYTES] = [8192, 1000];
/** An input that did not fail may be used again so often before all memory has to be as it was. */
const INPUTS_PER_LOOK = 20_000;
/** What all inputs may leave behind. */
const MAX_LEFT_BYTES = 48 << 20;

export interface FuzzOptions {
  seed: number;
  corpus: readonly Buffer[];
  /** Whether to go on after so many inputs. */
  goesOn: (inputs: number) => boolean;
  /** Gets each input before it is tried, for whoever watches over this thread. */
  announce: (input: Buffer) => void;
}

/** An input for which something does not hold. */
interface Finding {
  /** What was tried, and what is left of it when all that is not needed is taken away. */
  input: Buffer;
  minimized: Buffer;
  error: string;
}

export interface FuzzResult {
  inputs: number;
  /** Of the processor. */
  seconds: number;
  branches: number;
  /** The inputs that together take every branch that was taken. */
  corpus: Buffer[];
  finding?: Finding;
}

/** Tries mutants of a corpus, and keeps those that take another way through the code, until one fails or it is over. */
export async function fuzz(target: Target, { seed, corpus, goesOn, announce }: FuzzOptions): Promise<FuzzResult> {
  const { maxBytes = DEFAULT_MAX_BYTES, shortBytes = DEFAULT_SHORT_BYTES } = target;
  // readers throw a lot, and a trace takes longer than most inputs
  Error.stackTraceLimit = 0;
  const coverage = new Coverage();
  const kept: Buffer[] = [];
  const dice = random(seed);
  const usage = process.cpuUsage();
  const spent = (): Pick<FuzzResult, 'inputs' | 'seconds' | 'branches'> => {
    const { user, system } = process.cpuUsage(usage);
    return { inputs, seconds: Math.round((user + system) / 1e4) / 100, branches: coverage.branches };
  };
  let inputs = 0;
  let words: readonly string[] = [];
  const heap = new Heap();
  const run = async (input: Buffer): Promise<Error | undefined> => {
    announce(input);
    inputs++;
    clear();
    return failure(target, input);
  };
  const seeds = target.seeds().map((each) => Buffer.from(each));
  const first = [...seeds, Buffer.alloc(0), ...corpus];
  for (let n = 0; n < first.length || goesOn(inputs); n++) {
    const input = first[n] ?? mutant({ random: dice, corpus: kept, words, maxBytes, shortBytes });
    const error = (await run(input)) ?? heap.failure(inputs);
    if (error !== undefined) return { ...spent(), corpus: kept, finding: await findingOf(input, error) };
    const isNew = coverage.add();
    // a seed is of use also where its way through the code is that of another one: through a table, for instance
    if (isNew || n < seeds.length) kept.push(input);
    if (n >= first.length - 1 && (isNew || words.length === 0)) words = wordsOf(target, coverage.words);
  }
  return { ...spent(), corpus: await needed(target, kept) };

  async function findingOf(input: Buffer, error: Error): Promise<Finding> {
    const kind = kindOf(error);
    const fails = async (smaller: Buffer): Promise<boolean> => {
      announce(smaller);
      const found = await failure(target, smaller);
      return found !== undefined && kindOf(found) === kind;
    };
    const least = await minimized(input, fails);
    Error.stackTraceLimit = 30;
    return { input, minimized: least, error: ((await failure(target, least)) ?? error).stack ?? error.message };
  }
}

/** Why an input fails; undefined where it does not. */
async function failure(target: Target, input: Buffer): Promise<Error | undefined> {
  // a copy, since nothing may hold on to it, and in memory of its own
  const run = (): void | Promise<void> => target.check(Buffer.from(input));
  try {
    const started = performance.now();
    const ended = run();
    if (ended !== undefined) await ended;
    if (isSlow(input.length, performance.now() - started)) await uncounted(() => assertQuick(input.length, run));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

/** The words of the code, and as often those of the target, which are few. */
const wordsOf = ({ words = [] }: Target, ofCode: readonly string[]): string[] => [
  ...ofCode,
  ...(words.length === 0 ? [] : ofCode.map((_, i) => words[i % words.length] ?? '')),
];

/** Failures of one kind have the same beginning, but for numbers and texts of the input. */
const kindOf = ({ name, message }: Error): string =>
  `${name} ${message.replaceAll(/"[^"]*"|\d+/g, '').split(/[:,]/)[0] ?? ''}`;

/** Of some inputs, smallest first, those that take a branch which none before them takes. */
async function needed(target: Target, inputs: readonly Buffer[]): Promise<Buffer[]> {
  const coverage = new Coverage();
  const result: Buffer[] = [];
  for (const input of inputs.toSorted((a, b) => a.length - b.length)) {
    clear();
    await failure(target, input);
    if (coverage.add()) result.push(input);
  }
  return result;
}

/** Watches that nothing of what was tried stays in memory. */
class Heap {
  #before: number | undefined;

  failure(inputs: number): Error | undefined {
    if (inputs % INPUTS_PER_LOOK !== 0 || globalThis.gc === undefined) return undefined;
    globalThis.gc();
    const { heapUsed } = process.memoryUsage();
    this.#before ??= heapUsed;
    const left = heapUsed - this.#before;
    return left > MAX_LEFT_BYTES ? new Error(`${left >> 20} MB stay in memory after ${inputs} inputs`) : undefined;
  }
}
