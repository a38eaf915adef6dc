import { existsSync, unwatchFile, watchFile } from 'node:fs';
import * as vscode from 'vscode';
import { rulesPath } from '#core/base/paths.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { COMMANDS } from '#extension/base/ids.ts';
import { Emitter } from '#extension/base/emitter.ts';
import type { FolderRules } from './folderRules.ts';

/** Edits of the rules are noticed within this time. */
const POLL_MS = 1000;

/** The rules of this window's folders, their problems, and whether they are approved. */
export class Rules {
  readonly #home: string;
  readonly #onError: (error: unknown) => void;
  readonly #changed = new Emitter();
  #watchers: vscode.Disposable[] = [];
  #all: FolderRules[] = [];
  /** For the panel: problems of the rules, and that they wait for approval. */
  notices: NoticeView[] = [];

  readonly onDidChange = this.#changed.event;

  /** Nothing is read before `reconfigure`. */
  constructor(home: string, onError: (error: unknown) => void) {
    this.#home = home;
    this.#onError = onError;
  }

  /** Whether any rule of this window may start workers. */
  get approved(): boolean {
    return this.#all.some(({ approved, text }) => approved && text.rules.length > 0);
  }

  /** To be called when the folders or the settings of the window have changed. */
  reconfigure(): void {
    this.#stopWatching();
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const path = rulesPath(folder.uri.fsPath);
      const onEdit = (): void => {
        this.#onEdited(folder.uri.fsPath).catch(this.#onError);
      };
      // polled, since the file, and often its folder, does not exist yet, and watchers miss its creation
      watchFile(path, { interval: POLL_MS, persistent: false }, onEdit);
      this.#watchers.push(new vscode.Disposable(() => unwatchFile(path, onEdit)));
    }
    this.reload().catch(this.#onError);
  }

  /** Reads the rules texts again. */
  async reload(): Promise<readonly FolderRules[]> {
    const { readRules, rulesNotices } = await import('./folderRules.ts');
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const paths = folders.map(({ uri }) => uri.fsPath);
    this.#all = readRules(this.#home, paths);
    this.notices = rulesNotices(this.#all);
    this.#changed.fire();
    return this.#all;
  }

  dispose(): void {
    this.#stopWatching();
  }

  /** Reminds a person who has just written rules that they start nothing before an approval. */
  async #onEdited(folder: string): Promise<void> {
    await this.reload();
    if (!existsSync(rulesPath(folder)) || !vscode.workspace.isTrusted) return;
    if (!this.#all.some((rules) => rules.folder === folder && !rules.approved && rules.text.rules.length > 0)) return;
    const choice = await vscode.window.showInformationMessage(
      vscode.l10n.t('The rules have changed and wait for your approval.'),
      vscode.l10n.t('Review and Approve…'),
    );
    if (choice !== undefined) await vscode.commands.executeCommand(COMMANDS.approveRules);
  }

  #stopWatching(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = [];
  }
}
