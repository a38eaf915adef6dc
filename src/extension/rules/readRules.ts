import { isApproved } from '#core/plans/rules/approval.ts';
import { projectRules } from '#core/plans/rules/rulesFile.ts';
import { loadSettings } from '#core/base/settings.ts';
import type { FolderRules } from './rulesNotices.ts';

/** The rules texts of these folders, each with what is wrong with it and whether it is approved. */
export function readRules(home: string, folders: readonly string[]): FolderRules[] {
  return folders.flatMap((folder) => {
    const settings = loadSettings(home, folder);
    const texts = projectRules(folder, settings.rules);
    return texts.map((text) => ({ folder, text, approved: isApproved(home, folder, text.sha256) }));
  });
}
