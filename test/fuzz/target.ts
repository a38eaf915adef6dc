/** A reader of input from outside that is fuzzed, with what must hold of it whatever the input is. */
export interface Target {
  /** Right inputs, from which mutations start. */
  seeds: () => (string | Buffer)[];
  /** Further ones, which take long to make: for a target of which no corpus is kept yet. */
  first?: () => Promise<string[]>;
  /** Throws where something does not hold. It has no state of its own between two inputs that could matter. */
  check: (input: Buffer) => void | Promise<void>;
  /** Longer inputs are not made, and longer ones than `shortBytes` seldom. */
  maxBytes?: number;
  shortBytes?: number;
  /** Words for mutations beside those of the code. */
  words?: readonly string[];
}

/** What must hold does not. */
class Violation extends Error {}

export function hold(condition: boolean, message: () => string): asserts condition {
  if (!condition) throw new Violation(message());
}

export function same(actual: unknown, expected: unknown, what: string): void {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (a !== b) throw new Violation(`${what}: ${shown(a)} instead of ${shown(b)}`);
}

const shown = (text: string | undefined): string => String(text).slice(0, 400);

/** A number of 32 bits that depends on all of an input: choices of a check are made by it, so that they are the same again. */
export function digest(input: Uint8Array): number {
  let sum = 0x811c9dc5;
  for (const byte of input) sum = Math.imul(sum ^ byte, 0x01000193);
  return sum >>> 0;
}

/** The first line of an input, and the rest. */
export function parted(input: Buffer): [first: string, rest: Buffer] {
  const end = input.indexOf(0x0a);
  return end === -1
    ? [input.toString('utf8'), Buffer.alloc(0)]
    : [input.toString('utf8', 0, end), input.subarray(end + 1)];
}

/** A text as JSON; undefined where it is none. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
