import { findNodeAtLocation, parseTree, type Node } from 'jsonc-parser';
import { compileValidator } from '#protocol/compileValidator.ts';
import { dropInvalid } from '#protocol/dropInvalid.ts';
import type { Rule } from '#protocol/rules.ts';
import { asRecord } from '#core/base/json.ts';
import { parseJsonc, problemAt } from '#core/base/jsonc.ts';
import { ellipsize } from '#core/base/text.ts';
import { ruleSchema, rulesFileSchema } from '#protocol/schemas.ts';
import { readPattern } from './patternSyntax.ts';
import { splitArguments } from './splitArguments.ts';
import { shapeError } from './shapeErrors.ts';
import { semanticError } from './semanticErrors.ts';

const isRule = compileValidator(ruleSchema);

interface RuleProblem {
  /** The rule's name, or `rule 2` where it has none, or `rules` for the whole text. */
  rule: string;
  /** The place in the text, the problem, and its remedy. */
  message: string;
}

export interface ParsedRules {
  rules: Rule[];
  problems: RuleProblem[];
}

/** The problems of a text as lines: `merge: line 3: …`. */
export const problemLines = ({ problems }: ParsedRules): string[] =>
  problems.map(({ rule, message }) => `${rule}: ${message}`);

/** Rules of one text beyond this are not looked at, problems beyond this not listed, and longer problems cut. */
const MAX_RULES = 500;
const MAX_PROBLEMS = 20;
const MAX_PROBLEM_CHARS = 500;
/** In a longer text, problems of rules are named without their line, which would take too long to find. */
const MAX_LOCATED_CHARS = 128 * 1024;

/** Rules from the text of a rules file (JSON with comments). An invalid rule only adds a problem. Never throws. */
export function parseRules(text: string): ParsedRules {
  const parsed = parseJsonc(text);
  if (!parsed.ok) {
    const { message, line, column } = parsed.problem;
    return invalidRules(`${message} (line ${line}, column ${column})`);
  }
  const { value } = parsed;
  if (value === undefined) return invalidRules('This is not valid JSON: the text is empty');
  // an editor's own field is of no interest
  if (dropInvalid(rulesFileSchema, value) === undefined) {
    const { path, message: reason } = shapeError(rulesFileSchema, value);
    const detail = path.length === 0 || ['version', 'rules'].includes(path[0] ?? '') ? '' : `; ${reason}`;
    return invalidRules(`the text must be an object with "version": 1 and a list "rules"${detail}`);
  }
  const { rules } = value as { rules: unknown[] };
  const placeOf = locator(text);
  const checked = rules
    .slice(0, MAX_RULES)
    .map((raw, i) => checkRule(raw, `rule ${i + 1}`, (path) => placeOf(['rules', i, ...path])));
  return partition(checked, rules.length);
}

/** Finds the places of the problems that are listed, in a text that is read once the first is looked for. */
function locator(text: string): Locate {
  if (text.length > MAX_LOCATED_CHARS) return () => '';
  let tree: Node | undefined;
  let count = 0;
  return (path) => {
    if (++count > MAX_PROBLEMS) return '';
    tree ??= parseTree(text, [], { allowTrailingComma: true });
    const offset = tree === undefined ? 0 : (nodeAt(tree, path)?.offset ?? 0);
    return `line ${problemAt(text, offset, '').line}: `;
  };
}

/** The result for a text that is not a list of rules. */
export const invalidRules = (message: string): ParsedRules => ({
  rules: [],
  problems: [{ rule: 'rules', message: ellipsize(message, MAX_PROBLEM_CHARS) }],
});

/** The node at a path, or the nearest one around it. */
function nodeAt(tree: Node, path: readonly (string | number)[]): Node | undefined {
  const steps = path.map((part) => (/^\d+$/.test(String(part)) ? Number(part) : part));
  for (let length = steps.length; length > 0; length--) {
    const node = findNodeAtLocation(tree, steps.slice(0, length));
    if (node !== undefined) return node;
  }
  return undefined;
}

/** Rules from the setting `fermata.rules`: pattern → command. A group "items" makes a worker for each item. */
export function rulesFromSetting(setting: Record<string, string>): ParsedRules {
  const entries = Object.entries(setting);
  return partition(
    entries.slice(0, MAX_RULES).map(([pattern, command]) => {
      // it would mean every prompt
      if (pattern === '') return { rule: 'fermata.rules', message: 'a pattern is empty' };
      const run = splitArguments(command);
      if (run === undefined) return { rule: pattern, message: 'a quote in the command is not closed' };
      if (run.length === 0) return { rule: pattern, message: 'the command is empty' };
      const forEach = readPattern(pattern).groups?.includes('items') === true ? 'items' : undefined;
      return checkMeaning({ name: pattern, prompt: pattern, forEach, workers: [{ task: command, run }] }, () => '');
    }),
    entries.length,
  );
}

/** The place of a problem as the beginning of its message. */
type Locate = (path: readonly (string | number)[]) => string;

function checkRule(raw: unknown, fallbackName: string, locate: Locate): Rule | RuleProblem {
  if (isRule(raw)) return checkMeaning(raw as Rule, locate);
  const { name } = asRecord(raw);
  const rule = typeof name === 'string' && name !== '' ? name : fallbackName;
  const { path, message } = shapeError(ruleSchema, raw);
  return { rule, message: `${locate(path)}${message}` };
}

function checkMeaning(rule: Rule, locate: Locate): Rule | RuleProblem {
  const problem = semanticError(rule);
  return problem === undefined ? rule : { rule: rule.name, message: `${locate(problem.path)}${problem.message}` };
}

/** Rules and problems apart. `count` is the number of all rules, of which only the first were checked. */
function partition(entries: (Rule | RuleProblem)[], count: number): ParsedRules {
  const problems = entries.filter((entry): entry is RuleProblem => 'message' in entry);
  const listed = problems.slice(0, MAX_PROBLEMS).map(({ rule, message }) => ({
    rule: ellipsize(rule, MAX_PROBLEM_CHARS / 5),
    message: ellipsize(message, MAX_PROBLEM_CHARS),
  }));
  const more = problems.length - listed.length;
  if (more > 0) listed.push({ rule: 'rules', message: `${more} further rules cannot work; correct the first ones` });
  if (count > MAX_RULES)
    listed.push({ rule: 'rules', message: `of ${count} rules only the first ${MAX_RULES} are looked at` });
  return { rules: entries.filter((entry): entry is Rule => !('message' in entry)), problems: listed };
}
