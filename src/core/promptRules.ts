import { approvedOf } from './approval.ts';
import { matchPrompt, type RuleMatch } from './rules.ts';
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
  const approved = approvedOf(home, project, texts);
  return {
    matches: approved.flatMap((text) => matchPrompt(text.rules, prompt)),
    // a pattern that nobody approved is never run, whatever it is: the text alone is the news
    unapproved: texts.filter((text) => !approved.includes(text) && text.sha256 !== ''),
    problems: texts
      .filter((text) => approved.includes(text) || text.sha256 === '')
      .flatMap((text) => text.problems.map((p) => `${p.rule}: ${p.message}`)),
  };
}
