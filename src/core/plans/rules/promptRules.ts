import type { Rule } from '#protocol/rules.ts';
import { approvedTexts } from './approval.ts';
import { MAX_ITEMS, splitItems } from './items.ts';
import { PatternSearch, PatternError } from './pattern.ts';
import { expandGlob } from './placeholders.ts';
import { filesMatching } from './projectFiles.ts';
import { problemLines } from './rules.ts';
import { projectRules, type RulesText } from './rulesFile.ts';

/** Longest part of a prompt that is compared with the patterns. */
const MAX_PROMPT_CHARS = 20_000;

/** A rule that a prompt matches: the pattern's named groups, and the items if the rule makes a worker for each. */
export interface RuleMatch {
  rule: Rule;
  groups: Record<string, string>;
  items: string[];
  /** How many items exceed the limit. */
  dropped?: number | undefined;
}

interface RuleMatches {
  matches: RuleMatch[];
  /** Rules that cannot work, or only in part, as sentences. */
  problems: string[];
}

interface PromptRules extends RuleMatches {
  /** Texts without approval, whether the prompt would match them or not: their patterns are not run. */
  unapproved: RulesText[];
}

/** The approved rules of a project that a prompt matches. `setting` is the setting `fermata.rules`. */
export function rulesForPrompt(
  home: string,
  project: string,
  setting: Record<string, string>,
  prompt: string,
): PromptRules {
  const texts = projectRules(project, setting);
  const approved = approvedTexts(home, project, texts);
  const rules = approved.flatMap((text) => text.rules);
  const { matches, problems } = matchRules(rules, prompt, (glob) => filesMatching(project, glob));
  const reported = texts.filter((text) => approved.includes(text) || text.sha256 === '');
  return {
    matches,
    // a file that cannot be read has no hash, and nothing to approve
    unapproved: texts.filter((text) => !approved.includes(text) && text.sha256 !== ''),
    problems: [...reported.flatMap(problemLines), ...problems],
  };
}

type ListFiles = (glob: string) => string[];

/**
 * The rules that a prompt matches, in their order. `files` lists a project's files that match a glob. Runs the rules'
 * patterns, each for a limited time, so only for rules that a person has approved or tries.
 */
export function matchRules(rules: readonly Rule[], prompt: string, files: ListFiles = () => []): RuleMatches {
  const matches: RuleMatch[] = [];
  const problems: string[] = [];
  const patterns = new PatternSearch(prompt.slice(0, MAX_PROMPT_CHARS));
  for (const rule of rules)
    try {
      const match = matchRule(rule, patterns, files);
      if (match === undefined) continue;
      matches.push(match);
      if (match.dropped !== undefined)
        problems.push(
          `${rule.name}: it means ${match.items.length + match.dropped} items; only the first ${MAX_ITEMS} get workers`,
        );
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      problems.push(`${rule.name}: ${error.message}`);
    }
  return { matches, problems };
}

/** Undefined if the prompt does not match, or if a rule with `forEach` has no items. Throws PatternError. */
function matchRule(rule: Rule, patterns: PatternSearch, files: ListFiles): RuleMatch | undefined {
  const groups = patterns.search(rule.prompt);
  if (groups === undefined) return undefined;
  const { forEach } = rule;
  if (forEach === undefined) return { rule, groups, items: [] };
  const all =
    typeof forEach === 'string' ? splitItems(groups[forEach] ?? '') : files(expandGlob(forEach.files, groups));
  const items = all.slice(0, MAX_ITEMS);
  if (items.length === 0) return undefined;
  return { rule, groups, items, dropped: all.length > items.length ? all.length - items.length : undefined };
}
