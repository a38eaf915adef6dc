import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import { rulesPath } from '#core/base/paths.ts';
import { approve, revoke } from '#core/plans/rules/approval.ts';
import { commandLines } from '#core/plans/rules/rulesFile.ts';
import { pickOne } from '#extension/base/quickPick.ts';
import { runFermata, type FermataContext } from '#extension/base/runFermata.ts';
import { plural } from '#extension/base/plural.ts';
import { RULES_TEMPLATE } from './template.ts';
import { HumanError } from '#extension/base/humanError.ts';
import type { Previews } from '#extension/editors/previews.ts';
import { visibleCommand, visibleLine, visibleText } from '#protocol/hiddenText.ts';
import type { FolderRules } from './folderRules.ts';
import type { Rules } from './rules.ts';

/** More commands than this do not fit into a dialog; they are shown in an editor. */
const MAX_IN_DIALOG = 20;
/** Patterns see no more of a prompt, and the argument of a program has a limit. */
const MAX_PROMPT_CHARS = 20_000;
const APPROVE = vscode.l10n.t('Approve');
const REVOKE = vscode.l10n.t('Revoke');

/** "Approve Rules": asks about each unapproved text, with the commands it would run and the limits of an approval. */
export async function askForApproval(home: string, rules: Rules, previews: Previews): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(vscode.l10n.t('Rules are not approved in Restricted Mode. Trust the folder first.'));
  const unapproved = (await rules.reload()).filter(({ approved, text }) => !approved && text.rules.length > 0);
  if (unapproved.length === 0)
    throw new HumanError(vscode.l10n.t('There are no rules here that wait for your approval.'));
  for (const each of unapproved)
    if (await confirmApproval(each, previews)) approve(home, each.folder, each.text.sha256);
  await rules.reload();
}

async function confirmApproval({ text }: FolderRules, previews: Previews): Promise<boolean> {
  const commands = commandLines(text).map(visibleCommand);
  const fits = commands.length <= MAX_IN_DIALOG;
  if (!fits) await previews.showText('commands.txt', `${commands.join('\n')}\n`);
  const commandText = fits
    ? commands.join('\n')
    : plural(
        vscode.l10n.t(
          '{0, plural, one {# command; it is shown in the editor.} other {# commands; they are shown in the editor.}}',
        ),
        commands.length,
      );
  const covers = vscode.l10n.t(
    'This approves the text of these commands for this folder, not the scripts and programs that they name. Any change to the rules asks again.',
  );
  const detail = `${commandText}\n\n${covers}`;
  const question = vscode.l10n.t('Let prompts start these commands? ({0})', visibleLine(text.source));
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, APPROVE)) === APPROVE;
}

/** "Revoke Rules": revokes every approval of this window's folders. */
export async function askToRevoke(home: string, rules: Rules): Promise<void> {
  const approved = (await rules.reload()).filter((each) => each.approved);
  const folders = [...new Set(approved.map(({ folder }) => folder))];
  if (folders.length === 0) throw new HumanError(vscode.l10n.t('No rules are approved here.'));
  const question = vscode.l10n.t('Take back the approval of the rules in {0}?', folders.join(', '));
  if ((await vscode.window.showWarningMessage(question, { modal: true }, REVOKE)) !== REVOKE) return;
  for (const folder of folders) revoke(home, folder);
  await rules.reload();
}

/**
 * "Try a Prompt": shows which rules a prompt would match and which workers would start. Starts nothing. The patterns run,
 * and the project's files are searched, in a process of its own: 500 rules may take seconds.
 */
export async function askForDryRun(context: FermataContext, previews: Previews): Promise<void> {
  if (!vscode.workspace.isTrusted)
    throw new HumanError(vscode.l10n.t('Patterns of rules are not run in Restricted Mode. Trust the folder first.'));
  const title = vscode.l10n.t('Try a Prompt');
  const folder = await pickFolder(title);
  if (folder === undefined) return;
  const prompt = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('What would it start? Nothing is started.'),
    placeHolder: 'merge the feature branch',
  });
  if (prompt === undefined || prompt === '') return;
  const text = await runFermata(context, ['allow', '--project', folder, `--try=${prompt.slice(0, MAX_PROMPT_CHARS)}`]);
  await previews.showText('try-a-prompt.txt', visibleText(text));
}

/** "Open Rules": opens the rules file of a folder; without one, an unsaved template. */
export async function openRules(): Promise<void> {
  const folder = await pickFolder(vscode.l10n.t('Open Rules'));
  if (folder === undefined) return;
  const file = vscode.Uri.file(rulesPath(folder));
  if (existsSync(file.fsPath)) {
    await vscode.window.showTextDocument(file);
    return;
  }
  const document = await vscode.workspace.openTextDocument(file.with({ scheme: 'untitled' }));
  const editor = await vscode.window.showTextDocument(document);
  if (document.getText() === '') await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), RULES_TEMPLATE));
}

/** The folder whose rules a command acts on. Undefined when the person cancels. Throws where no folder is open. */
export async function pickFolder(title: string): Promise<string | undefined> {
  const [first, ...more] = vscode.workspace.workspaceFolders ?? [];
  if (first === undefined) throw new HumanError(vscode.l10n.t('Rules belong to a folder. Open one first.'));
  if (more.length === 0) return first.uri.fsPath;
  const choices = [first, ...more].map(({ name, uri }) => ({
    label: name,
    description: uri.fsPath,
    value: uri.fsPath,
  }));
  return pickOne(choices, title, vscode.l10n.t('Of which folder?'));
}
