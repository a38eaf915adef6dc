import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { repoRoot } from '#test/lib/runtimes.ts';

const read = (file: string): string => readFileSync(join(repoRoot, file), 'utf8');
const glossary = [
  ...read('docs/architecture.md')
    .split('## Glossary')[1]!
    .matchAll(/^\| ([a-zA-Z ]+) \|(.*)/gm),
]
  .map(([, term = '', meaning = '']) => ({ term, meaning }))
  .filter(({ term }) => term !== 'term');
const defined =
  `${glossary.map(({ term, meaning }) => `${term} ${meaning}`).join(' ')} ${read('docs/protocol.md')}`.toLowerCase();

/** Words of every program, which need no definition here: shapes, results, files, editors, Claude Code's settings. */
const GENERAL = new Set(
  `action addition annotation atomic attribute background cache cause checkout claude code collapsed command compiled computed data description diagnose duration
  doctor editor edit entries entry environment error event external facts field file files  finding folder footprint format formats former
  from future group hash history home hooks html index info input install installation installed interval json key kind lane level line
  link list listing location log lookup mark match message mode model new node object offer old older open operation options order output
  page panel parsed part past path patterns pending permission pipeline planned position problem problems process processes
  program progress projection prompt prune query range reach reader reason record recording removal repair replay report
  request result retention row rules runtime scope search self settings shape size slow span sparse speed spec stamp start state
  step supervision sync table tail target task template test text texts timeline to tokens tool trait traits transcript type
  unexpected uninstall unreached validator value values version view wait watch window writer`.split(/\s+/),
);
const wordsOf = (name: string): string[] => name.split(/(?=[A-Z])/).map((word) => word.toLowerCase().replace(/s$/, ''));

test('the glossary has at most 40 terms, each in one row', () => {
  const terms = glossary.map(({ term }) => term);
  expect(terms.length).toBeGreaterThan(30);
  expect(terms.length).toBeLessThanOrEqual(40);
  expect(new Set(terms).size).toBe(terms.length);
});

test('every domain noun in the name of an exported type of protocol and core is in the glossary or in the protocol page', () => {
  const names = ['src/protocol', 'src/core'].flatMap((folder) =>
    readdirSync(join(repoRoot, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...read(join(folder, name)).matchAll(/^export (?:interface|type|class) (\w+)/gm)])
      .map(([, name = '']) => name),
  );
  const isDefined = (word: string): boolean => GENERAL.has(word) || GENERAL.has(`${word}s`) || defined.includes(word);
  const undefinedWords = names.flatMap((name) =>
    wordsOf(name)
      .filter((word) => word.length > 2 && !isDefined(word))
      .map((word) => `${name}: ${word}`),
  );
  expect(names.length).toBeGreaterThan(150);
  expect(undefinedWords).toEqual([]);
});
