import * as vscode from 'vscode';
import { amountIn, deleteSession, whyNotDelete } from '../../core/session/deleteSession.ts';
import { counted } from '../counted.ts';
import { HumanError } from '../humanError.ts';
import type { PastFolder } from '../sessions/pastFolder.ts';
import type { PastSessions } from './pastSessions.ts';
import { pastInFull, sizeInWords } from './pastWords.ts';

/** Deletes a session once the person has seen which one, and how much of it there is. Returns whether it is gone. */
export async function askToDelete(home: string, sessions: PastSessions, past: PastFolder): Promise<boolean> {
  const { folder, dir, project } = past;
  const why = whyNotDelete(home, folder);
  if (why !== undefined) throw new HumanError(vscode.l10n.t('This session is not deleted: {0}.', why));
  const known = sessions.get(past);
  const { files, bytes } = amountIn(dir);
  const detail = [
    ...(known === undefined ? [folder] : pastInFull(known)),
    project,
    '',
    counted(
      vscode.l10n.t(
        'Its log, and all that its workers wrote into its folder: {0, plural, one {# file} other {# files}}, {1}. This cannot be undone.',
      ),
      files,
      sizeInWords(bytes),
    ),
  ].join('\n');
  const title = known?.title ?? folder;
  const yes = vscode.l10n.t('Delete');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('Delete the session “{0}”?', title),
    { modal: true, detail },
    yes,
  );
  if (answer !== yes) return false;
  try {
    await deleteSession(home, folder);
  } catch (error) {
    throw new HumanError(vscode.l10n.t('This session is not deleted: {0}.', (error as Error).message));
  }
  return true;
}
