/**
 * The words of a shell command as the shell would pass them on, as far as that is known before it runs: quotes are
 * resolved, braces expanded, variables replaced that the same text assigns.
 */
import { parse } from 'unbash';
import type { ArrayValue, CommandExpansionPart, DoubleQuotedChild, HereDoc } from 'unbash';
import type { ParameterExpansionPart, ProcessSubstitutionPart, Word, WordPart } from 'unbash';
import { UNKNOWN, type Field, type Output } from './field.ts';

/** The values that a text assigns to its variables; `undefined` among them stands for an unknown one. */
export class Variables {
  readonly #values = new Map<string, (Word | ArrayValue | undefined)[]>();

  assign(name: string, value: Word | ArrayValue | undefined): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else if (values.length < MAX_ALTERNATIVES) values.push(value);
  }

  /** A variable without an assignment comes from the environment. */
  valuesOf(name: string): readonly (Word | ArrayValue | undefined)[] {
    return this.#values.get(name) ?? [undefined];
  }
}

/** What the expansion needs to know. */
export interface Scope {
  variables: Variables;
  /** `$0` and the arguments of the shell that runs the text; unknown at first. */
  positional?: readonly Field[] | undefined;
  /** Counts the steps of reading; throws when there were too many. */
  spend: (steps: number) => void;
  /** What a command or process substitution prints, if that is known. */
  outputOf: (part: CommandExpansionPart | ProcessSubstitutionPart) => Output | undefined;
}

const MAX_ALTERNATIVES = 16;
/** The steps that the parser takes for a choice in braces. */
const BRACE_STEPS = 20;
const MAX_BRACES = 64;
const MAX_DEPTH = 6;
const CHARS_PER_STEP = 20;

/** A stretch of a word. */
interface Piece {
  text: string;
  shape: string;
  /** Blanks in it divide the word. */
  splits?: boolean;
  /** A word ends before it. */
  breaks?: boolean;
  output?: Output | undefined;
}

const BREAK: Piece = { text: '', shape: '', breaks: true };
const known = (text: string): Piece => ({ text, shape: text });
const unknown = (text: string): Piece => ({ text, shape: UNKNOWN });

/** The fields that a word may become; several lists where a variable has several values. */
export const expandWord = (word: Word, scope: Scope): Field[][] => piecesOf(word, scope, 0).map(toFields);

/** The text of a heredoc, as its command reads it. */
export function hereDocText({ body, delimiter }: HereDoc, scope: Scope): string {
  if (delimiter?.quoted === true || body.parts === undefined) return body.text;
  const [pieces = []] = evaluateAll(body.parts, scope, true, 0);
  return pieces.map(({ text }) => text).join('');
}

/** All choices of one item of each list, or none if there are too many. */
export function combinations<T>(lists: readonly (readonly T[])[], most: number): T[][] {
  let all: T[][] = [[]];
  for (const list of lists) {
    if (all.length * list.length > most) return [];
    const [only] = list;
    if (list.length === 1 && only !== undefined) for (const start of all) start.push(only);
    else all = all.flatMap((start) => list.map((item) => [...start, item]));
  }
  return all;
}

function piecesOf(word: Word, scope: Scope, depth: number): Piece[][] {
  const { parts } = word;
  scope.spend(1 + (parts?.length ?? 0));
  if (parts === undefined) return [[known(word.value)]];
  if (depth > MAX_DEPTH) return [[unknown(word.text)]];
  if (!parts.some(({ type }) => type === 'BraceExpansion')) return evaluateAll(parts, scope, false, depth);
  const choices = parts.map((part) => (part.type === 'BraceExpansion' ? braceOptions(part.text, scope) : [[part]]));
  const words = combinations(choices, MAX_BRACES).map((chosen) => evaluateAll(chosen.flat(), scope, false, depth + 1));
  const joined = combinations(words, MAX_ALTERNATIVES);
  if (words.length === 0 || joined.length === 0) return [[unknown(word.text)]];
  return joined.map((all) => all.flatMap((pieces) => [BREAK, ...pieces]));
}

function evaluateAll(
  parts: readonly (WordPart | DoubleQuotedChild)[],
  scope: Scope,
  quoted: boolean,
  depth: number,
): Piece[][] {
  const choices = parts.map((part) => evaluate(part, scope, quoted, depth));
  const all = combinations(choices, MAX_ALTERNATIVES).map((pieces) => pieces.flat());
  return all.length > 0 ? all : [parts.map(({ text }) => unknown(text))];
}

function evaluate(part: WordPart | DoubleQuotedChild, scope: Scope, quoted: boolean, depth: number): Piece[][] {
  switch (part.type) {
    case 'Literal':
    case 'SingleQuoted':
    case 'AnsiCQuoted':
      return [[known(part.value)]];
    case 'DoubleQuoted':
    case 'LocaleString':
      return evaluateAll(part.parts, scope, true, depth).map((pieces) => [known(''), ...pieces]);
    case 'SimpleExpansion':
      return variable(part.text.slice(1), part.text, scope, quoted, depth);
    case 'ParameterExpansion':
      return parameter(part, scope, quoted, depth);
    case 'CommandExpansion': {
      const text = withoutNewlines(scope.outputOf(part)?.text);
      return [[text === undefined ? unknown(part.text) : { ...known(text), splits: !quoted }]];
    }
    case 'ProcessSubstitution':
      return [[{ ...unknown(part.text), output: scope.outputOf(part) ?? {} }]];
    default:
      return [[unknown(part.text)]];
  }
}

/** What a command prints, without the newlines at its end. By steps: a pattern would try each run of newlines anew. */
function withoutNewlines(text: string | undefined): string | undefined {
  let end = text?.length ?? 0;
  while (text?.[end - 1] === '\n') end--;
  return text?.slice(0, end);
}

/** `$name`: one alternative for each value that the text assigns. */
function variable(name: string, source: string, scope: Scope, quoted: boolean, depth: number): Piece[][] {
  scope.spend(1);
  if (scope.positional !== undefined && /^[@*\d]$/.test(name)) return [positional(name, scope.positional, quoted)];
  return scope.variables.valuesOf(name).flatMap((value): Piece[][] => {
    if (value === undefined || depth >= MAX_DEPTH) return [[unknown(source)]];
    const word = value.type === 'ArrayValue' ? value.elements[0] : value;
    if (word === undefined) return [[]];
    return piecesOf(word, scope, depth + 1).map((pieces) => {
      scope.spend(pieces.reduce((sum, { text }) => sum + 1 + text.length / CHARS_PER_STEP, 0));
      return pieces.map((piece) => ({ ...piece, splits: !quoted }));
    });
  });
}

/** `$1`, `$@`. */
function positional(name: string, all: readonly Field[], quoted: boolean): Piece[] {
  const fields = /\d/.test(name) ? all.slice(Number(name)).slice(0, 1) : all.slice(1);
  return fields.flatMap((field, i) => [...(i === 0 ? [] : [BREAK]), { ...field, splits: !quoted }]);
}

function parameter(part: ParameterExpansionPart, scope: Scope, quoted: boolean, depth: number): Piece[][] {
  const { parameter: name, operation, index, prefix, text } = part;
  if (prefix !== undefined || depth >= MAX_DEPTH) return [[unknown(text)]];
  if (index !== undefined) return elements(part, scope, depth);
  if (operation === undefined) return variable(name, text, scope, quoted, depth);
  if (operation.type !== 'Default') return [[unknown(text)]];
  const operand = piecesOf(operation.operand, scope, depth + 1);
  return [...variable(name, text, scope, quoted, depth), ...operand].slice(0, MAX_ALTERNATIVES);
}

/** `${name[@]}`: the elements that the text assigns, each a word. */
function elements({ parameter: name, operation, index, text }: ParameterExpansionPart, scope: Scope, depth: number) {
  const values = scope.variables.valuesOf(name);
  const [value] = values;
  if (!['@', '*'].includes(index?.text ?? '') || operation !== undefined) return [[unknown(text)]];
  if (values.length !== 1 || value?.type !== 'ArrayValue') return [[unknown(text)]];
  const words = value.elements.map((word) => piecesOf(word, scope, depth + 1));
  return combinations(words, MAX_ALTERNATIVES).map((all) =>
    all.flatMap((pieces, i) => (i === 0 ? pieces : [BREAK, ...pieces])),
  );
}

function toFields(pieces: Piece[]): Field[] {
  const fields: Field[] = [];
  let current: Field | undefined;
  const add = (text: string, shape: string, output?: Output): void => {
    if (current === undefined) fields.push((current = { text: '', shape: '' }));
    current.text += text;
    current.shape += shape;
    if (output !== undefined) current.output = output;
  };
  for (const { text, shape, splits = false, breaks = false, output } of pieces) {
    if (breaks) current = undefined;
    else if (!splits || text !== shape) add(text, shape, output);
    else {
      for (const [i, part] of text.split(/[ \t\n]+/).entries()) {
        if (i > 0) current = undefined;
        if (part !== '') add(part, part);
      }
    }
  }
  return fields;
}

/** The parts that each choice of a brace expansion puts in its place: `{a,b}`, `{1..3}`. */
function braceOptions(text: string, scope: Scope): (readonly WordPart[])[] {
  const inner = text.slice(1, -1);
  const range = /^(-?\d+|[a-zA-Z])\.\.(-?\d+|[a-zA-Z])$/.exec(inner);
  const options = range === null ? splitAtCommas(inner) : rangeOptions(range[1] ?? '', range[2] ?? '');
  return options.map((option) => {
    scope.spend(BRACE_STEPS);
    const [statement] = parse(`: ${option}`).commands;
    const word = statement?.command.type === 'Command' ? statement.command.args[0] : undefined;
    if (word?.type !== 'Word') return [];
    return word.parts ?? [{ type: 'Literal', pos: 0, end: 0, value: word.value, text: word.text }];
  });
}

function rangeOptions(first: string, last: string): string[] {
  const isNumber = /\d/.test(first);
  const [from, to] = [first, last].map((end) => (isNumber ? Number(end) : end.charCodeAt(0)));
  if (from === undefined || to === undefined || !(Math.abs(to - from) < MAX_BRACES)) return [];
  const step = from <= to ? 1 : -1;
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) =>
    isNumber ? String(from + i * step) : String.fromCharCode(from + i * step),
  );
}

/** The texts between the commas that are not in quotes or in inner braces. */
function splitAtCommas(text: string): string[] {
  const options = [''];
  let depth = 0;
  for (const [token] of text.matchAll(/\\.|'[^']*'|"(?:\\.|[^"\\])*"|[\s\S]/g)) {
    if (token === '{') depth++;
    else if (token === '}') depth--;
    if (token === ',' && depth === 0) options.push('');
    else options[options.length - 1] += token;
  }
  return options;
}
