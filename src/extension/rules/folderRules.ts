import { l10n } from 'vscode';
import { loadSettings } from '#core/base/settings.ts';
import { isApproved } from '#core/plans/rules/approval.ts';
import { projectRules, type RulesText } from '#core/plans/rules/rulesFile.ts';
import { plural } from '#extension/base/plural.ts';
import type { NoticeView } from '#protocol/viewModel.ts';

/** A rules text of one folder. `approved`: a person has approved exactly these bytes. */
export interface FolderRules {
  folder: string;
  text: RulesText;
  approved: boolean;
}

/** The rules texts of these folders, each with its problems. */
export function readRules(home: string, folders: readonly string[]): FolderRules[] {
  return folders.flatMap((folder) => {
    const texts = projectRules(folder, loadSettings(home, folder).rules);
    return texts.map((text) => ({ folder, text, approved: isApproved(home, folder, text.sha256) }));
  });
}

/** The panel's notices about rules: their problems, and that they wait for approval. Pure. */
export function rulesNotices(all: readonly FolderRules[]): NoticeView[] {
  return all.flatMap(({ text, approved }): NoticeView[] => {
    const { source } = text;
    const problems = text.problems.map(({ rule, message }, index): NoticeView => {
      const where = rule === 'rules' ? '' : `${rule}: `;
      const problem = `${where}${message} (${source})`;
      return { id: `rules-${source}-${index}`, kind: 'rules', text: problem, action: 'openRules' };
    });
    if (approved || text.rules.length === 0) return problems;
    const waiting = plural(
      l10n.t('{0, plural, =1 {One rule waits} other {# rules wait}} for your approval: {1}.'),
      text.rules.length,
      source,
    );
    return [...problems, { id: `rules-${source}`, kind: 'rules', text: waiting, action: 'approveRules' }];
  });
}
