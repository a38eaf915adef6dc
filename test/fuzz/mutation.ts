import { mutateJson } from './jsonMutation.ts';

/** What mutations are made of: random numbers in [0, 1), inputs that were of use, and words. */
export interface Sources {
  random: () => number;
  corpus: readonly Buffer[];
  words: readonly string[];
  maxBytes: number;
  /** Most inputs are short, so that many are tried; some are longer, so that it shows what takes too long for its length. */
  shortBytes: number;
}

/** Texts at which readers differ. */
const ODD = [
  '\0', '\n', '\r\n', '\ufeff', '\u2028', '\u202e', '\ufffd', '\u00e9', 'e\u0301', '\ud83d\ude00', '"', '\\', '\\"', '\\u0000',
  '\\ud800', '{', '}', '[', ']', ',', ':', '//', '/*', '*/', '#', '\'', '`', '$(', ')', '${', '<<E\n', '\nE\n', ';', '&&', '||', '|',
  '&', '>', '<', '*', '**', '**/', '?', '/', '../', '..', '.', '~', '-', '--', '=', '-1', '0', '1e999', '9007199254740993',
  '1767225600000', 'null', 'true', '__proto__', 'constructor', 'toString', ' ', '\t', '%', '@', '!',
]; // prettier-ignore

type Mutation = (input: Buffer, sources: Sources) => Buffer;

const below = (random: () => number, n: number): number => Math.floor(random() * n);
const oneOf = <T>(random: () => number, all: readonly T[]): T => all[below(random, all.length)] as T;

/** A short range far more often than a long one. */
function range({ length }: Buffer, random: () => number): [from: number, to: number] {
  const from = below(random, length + 1);
  return [from, Math.min(length, from + 1 + Math.floor((length - from) * random() ** 4))];
}

const put = (input: Buffer, from: number, to: number, part: Uint8Array): Buffer =>
  Buffer.concat([input.subarray(0, from), part, input.subarray(to)]);

const word = ({ random, words }: Sources): Buffer =>
  Buffer.from(random() < 0.4 || words.length === 0 ? oneOf(random, ODD) : oneOf(random, words));

const flip: Mutation = (input, { random }) => {
  const copy = Buffer.from(input);
  const at = below(random, copy.length);
  if (copy.length > 0) copy[at] = random() < 0.5 ? (copy[at] ?? 0) ^ (1 << below(random, 8)) : below(random, 256);
  return copy;
};

const insertWord: Mutation = (input, sources) => {
  const at = below(sources.random, input.length + 1);
  return put(input, at, at, word(sources));
};

/** A word in the place of one that is there. */
const replaceWord: Mutation = (input, sources) => {
  const text = input.toString('latin1');
  const found = [...text.matchAll(/[\w.-]+/g)];
  if (found.length === 0) return insertWord(input, sources);
  const { index, 0: old } = oneOf(sources.random, found);
  return put(input, index, index + old.length, word(sources));
};

const remove: Mutation = (input, { random }) => put(input, ...range(input, random), Buffer.alloc(0));

/** A part of another input, or of this one, anywhere; sometimes in the place of another part. */
const copyPart: Mutation = (input, { random, corpus }) => {
  const source = random() < 0.5 ? input : oneOf(random, corpus);
  const [from, to] = range(source, random);
  const [at, end] = range(input, random);
  return put(input, at, random() < 0.5 ? at : end, source.subarray(from, to));
};

/** Many times the same: what grows faster than its input shows. */
const repeat: Mutation = (input, { random }) => {
  const [from, to] = range(input, random);
  const times = 2 ** (1 + below(random, 9));
  return put(input, to, to, Buffer.alloc((to - from) * times, input.subarray(from, to)));
};

const linesOf = (input: Buffer): string[] => input.toString('latin1').split('\n');
const asBytes = (lines: readonly string[]): Buffer => Buffer.from(lines.join('\n'), 'latin1');

const lines: Mutation = (input, { random, corpus }) => {
  const all = linesOf(input);
  const at = below(random, all.length);
  const [line = ''] = all.slice(at, at + 1);
  switch (below(random, 4)) {
    case 0:
      all.splice(at, 1);
      break;
    case 1:
      all.splice(below(random, all.length + 1), 0, line);
      break;
    case 2:
      all.splice(at, 1);
      all.splice(below(random, all.length + 1), 0, line);
      break;
    default: {
      const others = linesOf(oneOf(random, corpus));
      all.splice(at, below(random, 2), ...others.slice(below(random, others.length)).slice(0, 1 + below(random, 8)));
    }
  }
  return asBytes(all);
};

/** The beginning of one input and the end of another. */
const splice: Mutation = (input, { random, corpus }) => {
  const other = oneOf(random, corpus);
  return Buffer.concat([
    input.subarray(0, below(random, input.length + 1)),
    other.subarray(below(random, other.length + 1)),
  ]);
};

/** A change of a value within a line that is JSON, or within the whole that is. */
const json: Mutation = (input, sources) => {
  const { random, corpus } = sources;
  const pieces = random() < 0.3 ? [input.toString('utf8')] : input.toString('utf8').split('\n');
  const at = below(random, pieces.length);
  const others = oneOf(random, corpus).toString('utf8').split('\n');
  const mutated = mutateJson(pieces[at] ?? '', oneOf(random, others), {
    random,
    word: () => word(sources).toString('utf8'),
  });
  if (mutated === undefined) return replaceWord(input, sources);
  pieces[at] = mutated;
  return Buffer.from(pieces.join('\n'));
};

/** A change within one line: a short one that means something, as the first one often is, is changed as often as a long one. */
const inLine: Mutation = (input, sources) => {
  const all = linesOf(input);
  const at = below(sources.random, Math.min(all.length, sources.random() < 0.5 ? 1 : all.length));
  const mutate = oneOf(sources.random, [flip, insertWord, replaceWord, remove, copyPart, number]);
  all[at] = mutate(Buffer.from(all[at] ?? '', 'latin1'), sources).toString('latin1');
  return asBytes(all);
};

/** Another number in the place of one, a little or a lot larger or smaller. */
const number: Mutation = (input, { random }) => {
  const found = [...input.toString('latin1').matchAll(/\d+/g)];
  if (found.length === 0) return input;
  const { index, 0: old } = oneOf(random, found);
  const value = random() < 0.5 ? `${old}${below(random, 10)}` : String(Math.max(0, Number(old) + below(random, 3) - 1));
  return put(input, index, index + old.length, Buffer.from(value));
};

const BYTES = [flip, insertWord, replaceWord, remove, copyPart, repeat, number, lines, splice];
// where there is JSON, and where there are lines, these find more
const MUTATIONS = BYTES.concat([json, json, json, json, inLine, inLine, inLine]);

const LONG_SHARE = 0.02;

/** An input made of one of the corpus by a few changes. */
export function mutant(sources: Sources): Buffer {
  const { random, corpus } = sources;
  const maxBytes = random() < LONG_SHARE ? sources.maxBytes : Math.min(sources.shortBytes, sources.maxBytes);
  // the newest one more often: it is where the code was not yet
  const at = corpus.length - 1 - Math.floor(corpus.length * random() ** (random() < 0.3 ? 3 : 1));
  let input = corpus[at] ?? Buffer.alloc(0);
  do input = oneOf(random, MUTATIONS)(input, sources).subarray(0, maxBytes);
  while (random() < 0.5);
  return input;
}
