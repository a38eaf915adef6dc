import {
  findNodeAtLocation,
  getNodeValue,
  parseTree,
  printParseErrorCode,
  type Node,
  type ParseError,
} from 'jsonc-parser';
import { compileValidator } from '#protocol/compileValidator.ts';
import type { Rule } from '#protocol/rules.ts';
import { asRecord } from '#core/base/json.ts';
import { ruleSchema, rulesFileSchema } from '#protocol/schemas.ts';
import { groupsOf } from './pattern.ts';
import { splitArguments } from './splitArguments.ts';
import { shapeError } from './shapeErrors.ts';
import { semanticError } from './semanticErrors.ts';

const isRule = compileValidator(ruleSchema);
const isRulesFile = compileValidator(rulesFileSchema);

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

/** Rules from the text of a rules file (JSON with comments). An invalid rule only adds a problem. Never throws. */
export function parseRules(text: string): ParsedRules {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const lineAt = (offset: number): string => `line ${text.slice(0, offset).split('\n').length}`;
  const [first] = errors;
  if (first !== undefined || tree === undefined) {
    const reason =
      first === undefined ? 'the text is empty' : `${printParseErrorCode(first.error)} in ${lineAt(first.offset)}`;
    return invalidRules(`not valid JSON: ${reason}`);
  }
  const value: unknown = getNodeValue(tree);
  if (!isRulesFile(value)) {
    const { path, message: reason } = shapeError(rulesFileSchema, value);
    const detail = path.length === 0 || ['version', 'rules'].includes(path[0] ?? '') ? '' : `; ${reason}`;
    return invalidRules(`the text must be an object with "version": 1 and a list "rules"${detail}`);
  }
  return partition(
    (value as { rules: unknown[] }).rules.map((raw, i) =>
      checkRule(raw, `rule ${i + 1}`, (path) => `${lineAt(nodeAt(tree, ['rules', i, ...path])?.offset ?? 0)}: `),
    ),
  );
}

/** The result for a text that is not a list of rules. */
export const invalidRules = (message: string): ParsedRules => ({ rules: [], problems: [{ rule: 'rules', message }] });

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
  return partition(
    Object.entries(setting).map(([pattern, command]) => {
      const run = splitArguments(command);
      if (run === undefined) return { rule: pattern, message: 'a quote in the command is not closed' };
      if (run.length === 0) return { rule: pattern, message: 'the command is empty' };
      const forEach = groupsOf(pattern)?.includes('items') === true ? 'items' : undefined;
      return checkMeaning({ name: pattern, prompt: pattern, forEach, workers: [{ task: command, run }] }, () => '');
    }),
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

const partition = (entries: (Rule | RuleProblem)[]): ParsedRules => ({
  rules: entries.filter((entry): entry is Rule => !('message' in entry)),
  problems: entries.filter((entry) => 'message' in entry),
});
