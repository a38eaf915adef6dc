import * as vscode from 'vscode';
import { holdNext, nextOf } from '#core/session/nextHold.ts';
import { HOLDS, type Hold } from '#protocol/hold.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import type { Actions } from './actions.ts';

const LABELS: Record<Hold, string> = {
  bash: vscode.l10n.t('The next Bash call'),
  merge: vscode.l10n.t('The next merge'),
  edit: vscode.l10n.t('The next edit of a file'),
  all: vscode.l10n.t('The next call, whichever it is'),
};

const RECEIPTS: Record<Hold, string> = {
  bash: vscode.l10n.t('Claude’s next Bash call will wait for you.'),
  merge: vscode.l10n.t('Claude’s next merge will wait for you.'),
  edit: vscode.l10n.t('Claude’s next edit will wait for you.'),
  all: vscode.l10n.t('Claude’s next call will wait for you.'),
};

/** What is to be held, from the arguments or from the person. */
export const pickHold = async (next: string | undefined): Promise<Hold | undefined> =>
  HOLDS.find((kind) => kind === next) ??
  pickOne(
    HOLDS.map((kind) => ({ label: LABELS[kind], value: kind })),
    vscode.l10n.t('Hold'),
    vscode.l10n.t('What shall wait for you, once?'),
  );

/** Holds the next such call of a session; what the person sees then takes it back. */
export function hold(session: LoggedSession, kind: Hold, actions: Actions): void {
  actions.hold(session, holdNext(kind));
  const block = [...session.state.blocks.values()].findLast(
    (each) => nextOf(each) === kind && each.ended === undefined,
  );
  const undo = vscode.l10n.t('Undo');
  // not awaited: a notification that is left open must not hold the command
  void vscode.window.showInformationMessage(RECEIPTS[kind], undo).then((choice) => {
    const standing = block !== undefined && session.state.blocks.get(block.id)?.ended === undefined;
    if (choice !== undefined && standing) actions.release(session, block.id);
  });
}
