import { l10n } from 'vscode';
import type { NoticeView } from '#protocol/viewModel.ts';
import { plural } from '#extension/base/plural.ts';
import type { RulesText } from '#core/plans/rules/rulesFile.ts';

/** A rules text of one folder, and whether a person has approved these very bytes. */
export interface FolderRules {
  folder: string;
  text: RulesText;
  approved: boolean;
}

/** What the panel says of rules: what is wrong with them, and that they wait for approval. Pure. */
export function rulesNotices(all: readonly FolderRules[]): NoticeView[] {
  return all.flatMap(({ text, approved }): NoticeView[] => {
    const problems = text.problems.map(({ rule, message }, index): NoticeView => {
      const where = rule === 'rules' ? '' : `${rule}: `;
      return {
        id: `rules-${text.source}-${index}`,
        kind: 'rules',
        text: `${where}${message} (${text.source})`,
        action: 'openRules',
      };
    });
    if (approved || text.rules.length === 0) return problems;
    const waitingText = plural(
      l10n.t('{0, plural, =1 {One rule} other {# rules}} in {1} will start nothing until you approve.'),
      text.rules.length,
      text.source,
    );
    return [...problems, { id: `rules-${text.source}`, kind: 'rules', text: waitingText, action: 'approveRules' }];
  });
}

/** Text for a person's eyes that somebody else wrote: what would turn or hide the characters around it is written out. */
export function escapeInvisible(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}
