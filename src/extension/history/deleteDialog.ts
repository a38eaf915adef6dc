import * as vscode from 'vscode';
import { folderSize, deleteSession, whyNotDelete } from '#core/session/deletion.ts';
import { plural } from '#extension/base/plural.ts';
import { HumanError } from '#extension/base/humanError.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import type { PastSessions } from './pastSessions.ts';
import { pastDetails, formatSize } from './pastText.ts';

/** Deletes a session once the person has seen which one, and how much of it there is. Returns whether it is gone. */
export async function askToDelete(home: string, sessions: PastSessions, past: PastFolder): Promise<boolean> {
  const { folder, dir, project } = past;
  const refusal = whyNotDelete(home, folder);
  if (refusal !== undefined) throw new HumanError(vscode.l10n.t('This session is not deleted: {0}.', refusal));
  const known = sessions.get(past);
  const { files, bytes } = folderSize(dir);
  const detail = [
    ...(known === undefined ? [folder] : pastDetails(known)),
    project,
    '',
    plural(
      vscode.l10n.t(
        'Its log, and all that its workers wrote into its folder: {0, plural, one {# file} other {# files}}, {1}. This cannot be undone.',
      ),
      files,
      formatSize(bytes),
    ),
  ].join('\n');
  const title = known?.title ?? folder;
  const confirmLabel = vscode.l10n.t('Delete');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete the session “{0}”?', title),
    { modal: true, detail },
    confirmLabel,
  );
  if (answer !== confirmLabel) return false;
  try {
    await deleteSession(home, folder);
  } catch (error) {
    throw new HumanError(vscode.l10n.t('This session is not deleted: {0}.', (error as Error).message));
  }
  return true;
}
