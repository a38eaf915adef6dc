import { parse, printParseErrorCode, type ParseError } from 'jsonc-parser';
import { acceptor, faultIn } from '../protocol/acceptor.ts';
import type { Rule, WorkerTemplate } from '../protocol/rules.ts';
import { plainRule, plainRulesFile } from '../protocol/schemas.ts';
import { commandWords } from './commandWords.ts';
import { isCondition } from './fold/conditions.ts';
import { splitItems } from './items.ts';
import { BUILT_IN, placeholdersIn, variableOf } from './placeholders.ts';

const isRule = acceptor(plainRule);
const isRulesFile = acceptor(plainRulesFile);

/** Longest part of a prompt that is compared with the patterns. */
const MAX_PROMPT = 20_000;
/** Variables that tell a worker where it is: a group of the same name would hide them. */
const RESERVED = ['FERMATA_HOME', 'FERMATA_SESSION_DIR', 'FERMATA_WORKER', 'FERMATA_OUT', 'FERMATA_PROJECT'];

interface RuleProblem {
  /** The rule's name, or `rule 2` where it has none, or `rules` for the whole text. */
  rule: string;
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
}

/** Rules from the text of a rules file (comments allowed). A bad rule is named in `problems` and the rest work. Never throws. */
export function parseRules(text: string): ParsedRules {
  const errors: ParseError[] = [];
  const value: unknown = parse(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (first !== undefined) {
    const line = text.slice(0, first.offset).split('\n').length;
    return {
      rules: [],
      problems: [{ rule: 'rules', message: `not valid JSON: ${printParseErrorCode(first.error)} in line ${line}` }],
    };
  }
  if (!isRulesFile(value)) {
    const message = 'the text must be an object with "version": 1 and a list "rules"';
    return { rules: [], problems: [{ rule: 'rules', message }] };
  }
  return sortOut((value as { rules: unknown[] }).rules.map((raw, i) => checkShape(raw, `rule ${i + 1}`)));
}

/** Rules from the setting `fermata.rules`: pattern → command, split into words. A group "items" makes a worker for each. */
export function rulesFromSetting(setting: Record<string, string>): ParsedRules {
  return sortOut(
    Object.entries(setting).map(([pattern, command]) => {
      const run = commandWords(command);
      if (run === undefined) return { rule: pattern, message: 'a quote in the command is not closed' };
      if (run.length === 0) return { rule: pattern, message: 'the command is empty' };
      const forEach = groupsOf(pattern)?.includes('items') === true ? { forEach: 'items' } : {};
      return { name: pattern, prompt: pattern, ...forEach, workers: [{ task: command, run }] };
    }),
  );
}

function sortOut(found: (Rule | RuleProblem)[]): ParsedRules {
  const result: ParsedRules = { rules: [], problems: [] };
  for (const one of found) {
    if ('message' in one) {
      result.problems.push(one);
      continue;
    }
    const message = ruleProblem(one);
    if (message === undefined) result.rules.push(one);
    else result.problems.push({ rule: one.name, message });
  }
  return result;
}

function checkShape(raw: unknown, place: string): Rule | RuleProblem {
  if (isRule(raw)) return raw as Rule;
  const given = typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>)['name'] : undefined;
  const path = faultIn(plainRule, raw).join('.');
  const name = typeof given === 'string' && given !== '' ? given : place;
  return { rule: name, message: `${path === '' ? 'the rule' : path} is missing or not as it should be` };
}

/** Why a rule of the right shape cannot work; undefined if it can. */
function ruleProblem(rule: Rule): string | undefined {
  const groups = groupsOf(rule.prompt);
  if (groups === undefined) return `the pattern ${JSON.stringify(rule.prompt)} is not a regular expression`;
  if (rule.forEach !== undefined && !groups.includes(rule.forEach))
    return `forEach names "${rule.forEach}", but the pattern has no group (?<${rule.forEach}>…)`;
  const hidden = groups.find((g) => RESERVED.includes(variableOf(g)));
  if (hidden !== undefined) return `the group (?<${hidden}>…) would hide ${variableOf(hidden)}; give it another name`;
  for (const worker of rule.workers) {
    const problem = workerProblem(rule, worker, groups);
    if (problem !== undefined) return problem;
  }
  return circle(rule);
}

function workerProblem(rule: Rule, worker: WorkerTemplate, groups: string[]): string | undefined {
  const perItem = rule.forEach !== undefined && worker.once !== true;
  if ('shell' in worker.run) {
    const known = new Set<string>([...BUILT_IN, ...groups]);
    const [inside] = placeholdersIn(worker.run.shell).filter((name) => known.has(name));
    if (inside !== undefined)
      return `{${inside}} stands inside a shell text, where a value could become a command; use "$${variableOf(inside)}"`;
  }
  const texts = [
    ...('shell' in worker.run ? [] : worker.run),
    ...(worker.guard ?? []).flatMap((g) => [g.path ?? '', g.command ?? '']),
  ];
  if (!perItem && !groups.includes('item') && texts.some((t) => placeholdersIn(t).includes('item')))
    return '{item} is used, but this worker is not made for each item (forEach)';
  for (const name of worker.after ?? []) {
    if (name === 'done' || name === 'ok') return `after "${name}" would make the worker wait for itself`;
    if (!isCondition(name) && templatesNamed(rule, name).length === 0)
      return `after "${name}" is neither a condition nor the name of one of the rule's workers`;
  }
  return undefined;
}

/** The templates that a bare name in `after` means: those of that name, else those of that task. */
export function templatesNamed(rule: Rule, name: string): number[] {
  const named = rule.workers.flatMap((w, i) => (w.name === name ? [i] : []));
  return named.length > 0 ? named : rule.workers.flatMap((w, i) => (w.task === name ? [i] : []));
}

function circle(rule: Rule): string | undefined {
  const state = new Map<number, 'open' | 'closed'>();
  const visit = (i: number): boolean => {
    if (state.get(i) === 'open') return true;
    if (state.get(i) === 'closed') return false;
    state.set(i, 'open');
    const after = (rule.workers[i]?.after ?? []).filter((name) => !isCondition(name));
    const found = after.flatMap((name) => templatesNamed(rule, name)).some(visit);
    state.set(i, 'closed');
    return found;
  };
  return rule.workers.some((_, i) => visit(i)) ? 'its workers wait for each other in a circle' : undefined;
}

/** The names of a pattern's groups; undefined if it is no regular expression. */
function groupsOf(pattern: string): string[] | undefined {
  try {
    return Object.keys(new RegExp(`${pattern}|`, 'i').exec('')?.groups ?? {});
  } catch {
    return undefined;
  }
}

/**
 * The rules that a prompt meets, in their order. A rule with `forEach` whose list turns out empty is not met.
 * Patterns run as they are: they come only from texts that a person approved.
 */
export function matchPrompt(rules: readonly Rule[], prompt: string): RuleMatch[] {
  const text = prompt.slice(0, MAX_PROMPT);
  return rules.flatMap((rule): RuleMatch[] => {
    const found = new RegExp(rule.prompt, 'i').exec(text);
    if (found === null) return [];
    const groups: Record<string, string> = {};
    for (const [name, value] of Object.entries(found.groups ?? {})) groups[name] = value ?? '';
    const items = rule.forEach === undefined ? [] : splitItems(groups[rule.forEach] ?? '');
    return rule.forEach !== undefined && items.length === 0 ? [] : [{ rule, groups, items }];
  });
}
