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
import { ruleSchema, rulesFileSchema } from '#protocol/schemas.ts';
import { splitCommand } from './splitCommand.ts';
import { MAX_ITEMS, splitItems } from './items.ts';
import { groupsOf, search } from './pattern.ts';
import { expandGlob } from './placeholders.ts';
import { shapeError } from './shapeErrors.ts';
import { semanticError } from './semanticErrors.ts';

const isRule = compileValidator(ruleSchema);
const isRulesFile = compileValidator(rulesFileSchema);

/** Longest part of a prompt that is compared with the patterns. */
const MAX_PROMPT_CHARS = 20_000;

interface RuleProblem {
  /** The rule's name, or `rule 2` where it has none, or `rules` for the whole text. */
  rule: string;
  /** Where, what, and what to do. */
  message: string;
}

export interface ParsedRules {
  rules: Rule[];
  problems: RuleProblem[];
}

/** One rule that a prompt met: the pattern's named groups, and the items where the rule makes a worker for each. */
export interface RuleMatch {
  rule: Rule;
  groups: Record<string, string>;
  items: string[];
  /** How many items there were too many. */
  dropped?: number;
}

/** Rules from the text of a rules file (comments allowed). A bad rule is named in `problems` and the rest work. Never throws. */
export function parseRules(text: string): ParsedRules {
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { allowTrailingComma: true });
  const lineAt = (offset: number): string => `line ${text.slice(0, offset).split('\n').length}`;
  const [first] = errors;
  if (first !== undefined || tree === undefined) {
    const what =
      first === undefined ? 'the text is empty' : `${printParseErrorCode(first.error)} in ${lineAt(first.offset)}`;
    return { rules: [], problems: [{ rule: 'rules', message: `not valid JSON: ${what}` }] };
  }
  const value: unknown = getNodeValue(tree);
  if (!isRulesFile(value)) {
    const { path, message: what } = shapeError(rulesFileSchema, value);
    const detail = path.length === 0 || ['version', 'rules'].includes(path[0] ?? '') ? '' : `; ${what}`;
    const message = `the text must be an object with "version": 1 and a list "rules"${detail}`;
    return { rules: [], problems: [{ rule: 'rules', message }] };
  }
  const lineOf = (path: readonly (string | number)[]): string => lineAt(nodeAt(tree, path)?.offset ?? 0);
  return partitionRules(
    (value as { rules: unknown[] }).rules.map((raw, i) =>
      checkShape(raw, `rule ${i + 1}`, (path) => `${lineOf(['rules', i, ...path])}: `),
    ),
    (i, path) => `${lineOf(['rules', i, ...path])}: `,
  );
}

/** The node at a path, or the nearest one around it. */
function nodeAt(tree: Node, path: readonly (string | number)[]): Node | undefined {
  const steps = path.map((part) => (/^\d+$/.test(String(part)) ? Number(part) : part));
  for (let length = steps.length; length > 0; length--) {
    const node = findNodeAtLocation(tree, steps.slice(0, length));
    if (node !== undefined) return node;
  }
  return undefined;
}

/** Rules from the setting `fermata.rules`: pattern → command, split into words. A group "items" makes a worker for each. */
export function rulesFromSetting(setting: Record<string, string>): ParsedRules {
  return partitionRules(
    Object.entries(setting).map(([pattern, command]) => {
      const run = splitCommand(command);
      if (run === undefined) return { rule: pattern, message: 'a quote in the command is not closed' };
      if (run.length === 0) return { rule: pattern, message: 'the command is empty' };
      const forEach = groupsOf(pattern)?.includes('items') === true ? { forEach: 'items' } : {};
      return { name: pattern, prompt: pattern, ...forEach, workers: [{ task: command, run }] };
    }),
    () => '',
  );
}

function partitionRules(
  parsed: (Rule | RuleProblem)[],
  locate: (i: number, path: (string | number)[]) => string,
): ParsedRules {
  const result: ParsedRules = { rules: [], problems: [] };
  for (const [i, entry] of parsed.entries()) {
    if ('message' in entry) {
      result.problems.push(entry);
      continue;
    }
    const problem = semanticError(entry);
    if (problem === undefined) result.rules.push(entry);
    else result.problems.push({ rule: entry.name, message: `${locate(i, problem.path)}${problem.message}` });
  }
  return result;
}

function checkShape(
  raw: unknown,
  fallbackName: string,
  locate: (path: readonly string[]) => string,
): Rule | RuleProblem {
  if (isRule(raw)) return raw as Rule;
  const name = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>)['name'] : undefined;
  const rule = typeof name === 'string' && name !== '' ? name : fallbackName;
  const { path, message } = shapeError(ruleSchema, raw);
  return { rule, message: `${locate(path)}${message}` };
}

/** Lists a project's files that match a glob. */
export type ListFiles = (glob: string) => string[];

/**
 * The rules that a prompt meets, in their order. A rule with `forEach` without any item is not met.
 * Patterns run only from texts that a person approved, or tries. Throws SlowPatternError.
 */
export function matchPrompt(rules: readonly Rule[], prompt: string, files: ListFiles = () => []): RuleMatch[] {
  return rules.flatMap((rule) => matchRule(rule, prompt, files) ?? []);
}

/** One rule and a prompt; undefined where it does not match. Throws SlowPatternError. */
export function matchRule(rule: Rule, prompt: string, files: ListFiles): RuleMatch | undefined {
  const groups = search(rule.prompt, prompt.slice(0, MAX_PROMPT_CHARS));
  if (groups === undefined) return undefined;
  const { forEach } = rule;
  if (forEach === undefined) return { rule, groups, items: [] };
  const all =
    typeof forEach === 'string' ? splitItems(groups[forEach] ?? '') : files(expandGlob(forEach.files, groups));
  const items = all.slice(0, MAX_ITEMS);
  if (items.length === 0) return undefined;
  return { rule, groups, items, ...(all.length > items.length ? { dropped: all.length - items.length } : {}) };
}
