// Counters at the branches of the code that is fuzzed, put in when it is bundled: `c[7]++` at the beginning of each function, of
// each arm of a condition and of each loop. Beside them the texts that the code compares with, which are words for mutations.
import { readFileSync } from 'node:fs';
import { parseSync, Visitor } from 'oxc-parser';

/** What is counted: all of Fermata, and the two parsers that its answers rest on. */
const COUNTED = /\/(?:src|hooks)\/.*\.ts$|\/node_modules\/(?:unbash|jsonc-parser)\/.*\.m?js$/;
const MAX_WORD = 60;

/** Files as they were instrumented before, since the same ones are bundled again with others broken. */
const known = new Map();

/**
 * A plugin for esbuild.
 * @param breaks replacements by which a file is broken on purpose: `{ file, from, to }`
 */
export const instrument = (breaks = []) => ({
  name: 'instrument',
  setup(build) {
    build.onLoad({ filter: COUNTED }, ({ path }) => {
      const own = breaks.filter(({ file }) => path.endsWith(`/${file}`));
      const contents =
        own.length > 0
          ? withCounters(path, broken(path, own))
          : (known.get(path) ?? withCounters(path, readFileSync(path, 'utf8')));
      if (own.length === 0) known.set(path, contents);
      return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' };
    });
  },
});

/** What the bundle begins with: each file claims its counters, and leaves its words, when it is first used. */
export const COUNTERS = `
const __edges = (globalThis.__edges = new Uint8Array(1 << 16));
const __files = (globalThis.__files = []);
const __claim = (count, words) => {
  const from = __files.at(-1)?.to ?? 0;
  __files.push({ from, to: from + count, words });
  return __edges.subarray(from, from + count);
};
`;

function broken(path, breaks) {
  let text = readFileSync(path, 'utf8');
  for (const { from, to } of breaks) {
    if (text.split(from).length !== 2) throw new Error(`${path} has not once: ${from}`);
    text = text.replace(from, () => to);
  }
  return text;
}

function withCounters(path, text) {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const opens = [];
  const closes = [];
  const words = new Set();
  let next = 0;
  const counter = () => `__own[${next++}]++`;
  /** A statement in braces with its counter. */
  const statement = (node) => {
    if (node === null || node === undefined) return;
    if (node.type === 'BlockStatement') return opens.push({ at: node.start + 1, text: `${counter()};` });
    opens.push({ at: node.start, text: `{${counter()};` });
    closes.push({ at: node.end, text: '}' });
  };
  const expression = (node) => {
    opens.push({ at: node.start, text: `(${counter()},` });
    closes.push({ at: node.end, text: ')' });
  };
  const body = ({ body }) => {
    if (body?.type === 'BlockStatement') statement(body);
    else if (body?.type === 'FunctionBody') opens.push({ at: body.start + 1, text: `${counter()};` });
    else if (body !== null && body !== undefined) expression(body);
  };
  const loop = ({ body }) => statement(body);
  new Visitor({
    FunctionDeclaration: body,
    FunctionExpression: body,
    ArrowFunctionExpression: body,
    IfStatement: ({ consequent, alternate }) => {
      statement(consequent);
      statement(alternate);
    },
    ForStatement: loop,
    ForOfStatement: loop,
    ForInStatement: loop,
    WhileStatement: loop,
    DoWhileStatement: loop,
    SwitchCase: ({ consequent }) => {
      if (consequent.length > 0) opens.push({ at: consequent[0].start, text: `${counter()};` });
    },
    ConditionalExpression: ({ consequent, alternate }) => {
      expression(consequent);
      expression(alternate);
    },
    LogicalExpression: ({ right }) => expression(right),
    Literal: ({ value }) => {
      if (typeof value === 'string' && value.length > 1 && value.length <= MAX_WORD) words.add(value);
    },
    Property: ({ key }) => {
      if (key.type === 'Identifier') words.add(key.name);
    },
  }).visit(program);
  // what ends at a place goes before what begins there; of what ends the inner one, of what begins the outer one goes first
  closes.reverse();
  const all = [...closes.map((each) => ({ ...each, order: 0 })), ...opens.map((each) => ({ ...each, order: 1 }))];
  all.sort((a, b) => a.at - b.at || a.order - b.order);
  let contents = '';
  let at = 0;
  for (const insertion of all) {
    contents += text.slice(at, insertion.at) + insertion.text;
    at = insertion.at;
  }
  for (const { type, source } of program.body) if (type === 'ImportDeclaration') words.delete(source.value);
  // on the first line, so that lines stay what they are
  return `const __own = __claim(${next}, ${JSON.stringify([...words])});${contents}${text.slice(at)}`;
}
