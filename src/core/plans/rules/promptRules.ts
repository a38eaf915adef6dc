import { approvedTexts } from './approval.ts';
import type { Rule } from '#protocol/rules.ts';
import { MAX_ITEMS } from './items.ts';
import { SlowPatternError } from './pattern.ts';
import { filesMatching } from './projectFiles.ts';
import { matchRule, type RuleMatch } from './rules.ts';
import { projectRules, type RulesText } from './rulesFile.ts';

export interface PromptRules {
  /** What the prompt meets in approved texts. */
  matches: RuleMatch[];
  /** Texts that nobody approved, whether the prompt would meet them or not: their patterns are not run. */
  unapproved: RulesText[];
  /** Approved rules that cannot work, as sentences. */
  problems: string[];
}

/** The rules of a project that a prompt meets. `setting` is the setting `fermata.rules`. */
export function rulesForPrompt(
  home: string,
  project: string,
  setting: Record<string, string>,
  prompt: string,
): PromptRules {
  const texts = projectRules(project, setting);
  const approved = approvedTexts(home, project, texts);
  const { matches, problems } = matchRules(
    project,
    approved.flatMap((text) => text.rules),
    prompt,
  );
  return {
    matches,
    // a pattern that nobody approved is never run, whatever it is: the text alone is the news
    unapproved: texts.filter((text) => !approved.includes(text) && text.sha256 !== ''),
    problems: [
      ...texts
        .filter((text) => approved.includes(text) || text.sha256 === '')
        .flatMap((text) => text.problems.map((p) => `${p.rule}: ${p.message}`)),
      ...problems,
    ],
  };
}

/** Which rules a prompt meets in a project, and what keeps some from being looked at. */
export function matchRules(
  project: string,
  rules: readonly Rule[],
  prompt: string,
): { matches: RuleMatch[]; problems: string[] } {
  const matches: RuleMatch[] = [];
  const problems: string[] = [];
  for (const rule of rules)
    try {
      const match = matchRule(rule, prompt, (glob) => filesMatching(project, glob));
      if (match === undefined) continue;
      matches.push(match);
      if (match.dropped !== undefined)
        problems.push(
          `${rule.name}: it means ${match.items.length + match.dropped} items; only the first ${MAX_ITEMS} get workers`,
        );
    } catch (error) {
      if (!(error instanceof SlowPatternError)) throw error;
      problems.push(`${rule.name}: ${error.message}`);
    }
  return { matches, problems };
}
