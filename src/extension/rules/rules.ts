import { existsSync, unwatchFile, watchFile } from 'node:fs';
import * as vscode from 'vscode';
import { approve, isApproved, revoke } from '../../core/rules/approval.ts';
import { rulesPath } from '../../core/paths.ts';
import { trialText, tryPrompt } from '../../core/rules/trial.ts';
import { commandLines, projectRules } from '../../core/rules/rulesFile.ts';
import { loadSettings } from '../../core/settingsFile.ts';
import type { NoticeView } from '../../protocol/viewModel.ts';
import { COMMANDS } from '../ids.ts';
import { Emitter } from '../emitter.ts';
import { HumanError } from '../humanError.ts';
import { pickOne } from '../commands/picks.ts';
import type { Previews } from '../surfaces/previews.ts';
import { rulesNotices, shownPlainly, type FolderRules } from './rulesNotices.ts';

/** More commands than this do not fit into a dialog and are shown in an editor beside it. */
const MOST_IN_DIALOG = 20;
const APPROVE = 'Approve';
/** How soon an edit of the rules is seen. */
const LOOK_MS = 1000;

const TEMPLATE = `{
  "version": 1,
  "rules": [
    {
      "name": "process-files",
      "prompt": "process .*files?: *(?<items>.+)",
      "forEach": "items",
      "workers": [{ "task": "Process {item}", "run": ["python3", "analyze.py", "{item}"] }]
    }
  ]
}
`;

/** The rules of this window's folders: what is wrong with them, whether they count, and the person's approval. */
export class Rules {
  readonly #home: string;
  readonly #previews: Previews;
  readonly #changed = new Emitter();
  #watchers: vscode.Disposable[] = [];
  #all: FolderRules[] = [];

  readonly onDidChange = this.#changed.event;

  constructor(home: string, previews: Previews) {
    this.#home = home;
    this.#previews = previews;
    this.reconfigure();
  }

  get notices(): NoticeView[] {
    return rulesNotices(this.#all);
  }

  /** The folders or the settings of the window have changed. */
  reconfigure(): void {
    this.#stopWatching();
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const path = rulesPath(folder.uri.fsPath);
      const changed = (): void => {
        this.#read();
        if (existsSync(path)) void this.#askAfterEdit(folder.uri.fsPath);
      };
      // one look a second at one name: the file, and often its folder, is not there yet, which no watcher sees dependably
      watchFile(path, { interval: LOOK_MS, persistent: false }, changed);
      this.#watchers.push(new vscode.Disposable(() => unwatchFile(path, changed)));
    }
    this.#read();
  }

  /** Asks about each text that waits: the commands it would run, and what an approval does not cover. */
  async approve(): Promise<void> {
    if (!vscode.workspace.isTrusted)
      throw new HumanError('Rules are not approved in Restricted Mode. Trust the folder first.');
    this.#read();
    const waiting = this.#all.filter(({ approved, text }) => !approved && text.rules.length > 0);
    if (waiting.length === 0) throw new HumanError('There are no rules here that wait for your approval.');
    for (const rules of waiting) await this.#approveOne(rules);
  }

  async revoke(): Promise<void> {
    const approved = this.#all.filter((rules) => rules.approved);
    const folders = [...new Set(approved.map(({ folder }) => folder))];
    if (folders.length === 0) throw new HumanError('No rules are approved here.');
    const question = `Take back the approval of the rules in ${folders.join(', ')}?`;
    if ((await vscode.window.showWarningMessage(question, { modal: true }, 'Revoke')) !== 'Revoke') return;
    for (const folder of folders) revoke(this.#home, folder);
    this.#read();
  }

  /** Shows which rules a prompt would meet and which workers would start. Nothing is started. */
  async tryPrompt(): Promise<void> {
    if (!vscode.workspace.isTrusted)
      throw new HumanError('Patterns of rules are not run in Restricted Mode. Trust the folder first.');
    const folder = await this.#folder('Try a Prompt');
    const placeHolder = 'process files: data1.csv, data2.csv';
    const prompt = await vscode.window.showInputBox({
      title: 'Try a Prompt',
      prompt: 'What would it start? Nothing is started.',
      placeHolder,
    });
    if (prompt === undefined || prompt === '') return;
    const path = folder.uri.fsPath;
    const trial = tryPrompt(this.#home, path, loadSettings(this.#home, path).settings.rules, prompt);
    await this.#previews.showText(
      'try-a-prompt.txt',
      `${trialText(trial, prompt).split('\n').map(shownPlainly).join('\n')}\n`,
    );
  }

  /** Opens the rules file of a folder; where there is none, a first one that is not saved yet. */
  async open(): Promise<void> {
    const folder = await this.#folder('Open Rules');
    const path = rulesPath(folder.uri.fsPath);
    if (existsSync(path)) {
      await vscode.window.showTextDocument(vscode.Uri.file(path));
      return;
    }
    const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path).with({ scheme: 'untitled' }));
    const editor = await vscode.window.showTextDocument(document);
    if (document.getText() === '') await editor.edit((edit) => edit.insert(new vscode.Position(0, 0), TEMPLATE));
  }

  dispose(): void {
    this.#stopWatching();
  }

  async #folder(title: string): Promise<vscode.WorkspaceFolder> {
    const folders = vscode.workspace.workspaceFolders ?? [];
    const choices = folders.map((folder) => ({ label: folder.name, description: folder.uri.fsPath, value: folder }));
    const folder = folders.length > 1 ? await pickOne(choices, title, 'Of which folder?') : folders[0];
    if (folder === undefined) throw new HumanError('Rules belong to a folder. Open one first.');
    return folder;
  }

  async #approveOne({ folder, text }: FolderRules): Promise<void> {
    const commands = commandLines(text).map(shownPlainly);
    const few = commands.length <= MOST_IN_DIALOG;
    if (!few) await this.#previews.showText('commands.txt', `${commands.join('\n')}\n`);
    const said = few ? commands.join('\n') : `${commands.length} commands; they are shown in the editor.`;
    const covers =
      'This approves the text of these commands for this folder, not the scripts and programs that they name. Any change to the rules asks again.';
    const detail = `${said}\n\n${covers}`;
    const question = `Let prompts start these commands? (${text.source})`;
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, APPROVE)) !== APPROVE) return;
    approve(this.#home, folder, text.sha256);
    this.#read();
  }

  /** Whoever has just written rules is told that they do nothing yet. */
  async #askAfterEdit(folder: string): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    if (!this.#all.some((rules) => rules.folder === folder && !rules.approved && rules.text.rules.length > 0)) return;
    const choice = await vscode.window.showInformationMessage(
      'The rules have changed and start nothing until you approve.',
      'Review and Approve…',
    );
    if (choice !== undefined) await vscode.commands.executeCommand(COMMANDS.approveRules);
  }

  #read(): void {
    const folders = (vscode.workspace.workspaceFolders ?? [])
      .filter((f) => f.uri.scheme === 'file')
      .map((f) => f.uri.fsPath);
    this.#all = folders.flatMap((folder) => {
      const { settings } = loadSettings(this.#home, folder);
      const texts = projectRules(folder, settings.rules);
      return texts.map((text) => ({ folder, text, approved: isApproved(this.#home, folder, text.sha256) }));
    });
    this.#changed.fire();
  }

  #stopWatching(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = [];
  }
}
