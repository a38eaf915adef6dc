import * as vscode from 'vscode';
import { PREFIX } from '#extension/base/ids.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import type { NewsKind } from './news.ts';

/** What a kind of news covers, since its setting concerns all of it. */
const covered = (): Record<NewsKind, string> => ({
  permission: vscode.l10n.t('permission requests, questions and plans'),
  block: vscode.l10n.t('held calls'),
  escalation: vscode.l10n.t('escalations, warnings and collisions'),
  turn: vscode.l10n.t('ends of turns and sessions that give no sign'),
  decision: vscode.l10n.t('decided votes'),
  done: vscode.l10n.t('workers that have ended'),
});

const isKind = (kind: string): kind is NewsKind => kind in covered();

/** Asks how much less of a kind of news the person wants, changes the setting, and offers to take that back. */
export async function askForLess(kind: string): Promise<void> {
  if (!isKind(kind)) return;
  const what = covered()[kind];
  const choices = [
    { label: vscode.l10n.t('Only in the status bar'), description: what, value: 'statusBar' },
    { label: vscode.l10n.t('Not at all'), description: what, value: 'off' },
  ];
  const how = await pickOne(choices, vscode.l10n.t('Less of These'), vscode.l10n.t('How do you hear of them?'));
  if (how === undefined) return;
  const config = vscode.workspace.getConfiguration(PREFIX);
  const name = `notify.${kind}`;
  const before = config.inspect(name)?.globalValue;
  await config.update(name, how, vscode.ConfigurationTarget.Global);
  const undo = vscode.l10n.t('Undo');
  const done =
    how === 'off'
      ? vscode.l10n.t('You hear no more of {0}.', what)
      : vscode.l10n.t('From now on only in the status bar: {0}.', what);
  // not awaited: a notification that is left open must not hold the command
  void vscode.window.showInformationMessage(done, undo).then(async (choice) => {
    if (choice === undo) await config.update(name, before, vscode.ConfigurationTarget.Global);
  });
}
