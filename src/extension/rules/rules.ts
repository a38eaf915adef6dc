import { existsSync, unwatchFile, watchFile } from 'node:fs';
import * as vscode from 'vscode';
import { rulesPath } from '#core/base/paths.ts';
import type { NoticeView } from '#protocol/viewModel.ts';
import { COMMANDS } from '#extension/base/ids.ts';
import { Emitter } from '#extension/base/emitter.ts';
import { rulesNotices, type FolderRules } from './rulesNotices.ts';

/** How soon an edit of the rules is seen. */
const POLL_MS = 1000;

/** The rules of this window's folders: what is wrong with them, and whether they count. */
export class Rules {
  readonly #home: string;
  readonly #onError: (error: unknown) => void;
  readonly #changed = new Emitter();
  #watchers: vscode.Disposable[] = [];
  #all: FolderRules[] = [];

  readonly onDidChange = this.#changed.event;

  /** Nothing is read before `reconfigure`. */
  constructor(home: string, onError: (error: unknown) => void) {
    this.#home = home;
    this.#onError = onError;
  }

  get notices(): NoticeView[] {
    return rulesNotices(this.#all);
  }

  /** Whether any rule of this window may start workers. */
  get approved(): boolean {
    return this.#all.some(({ approved, text }) => approved && text.rules.length > 0);
  }

  /** The folders or the settings of the window have changed. */
  reconfigure(): void {
    this.#stopWatching();
    for (const folder of vscode.workspace.workspaceFolders ?? []) {
      const path = rulesPath(folder.uri.fsPath);
      const onEdit = (): void => {
        this.#onEdited(folder.uri.fsPath).catch(this.#onError);
      };
      // one look a second at one name: the file, and often its folder, is not there yet, which no watcher sees dependably
      watchFile(path, { interval: POLL_MS, persistent: false }, onEdit);
      this.#watchers.push(new vscode.Disposable(() => unwatchFile(path, onEdit)));
    }
    this.reload().catch(this.#onError);
  }

  /** The rules texts that are there now, read anew. */
  async reload(): Promise<readonly FolderRules[]> {
    const { readRules } = await import('./readRules.ts');
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const paths = folders.map(({ uri }) => uri.fsPath);
    this.#all = readRules(this.#home, paths);
    this.#changed.fire();
    return this.#all;
  }

  dispose(): void {
    this.#stopWatching();
  }

  /** Whoever has just written rules is told that they do nothing yet. */
  async #onEdited(folder: string): Promise<void> {
    await this.reload();
    if (!existsSync(rulesPath(folder)) || !vscode.workspace.isTrusted) return;
    if (!this.#all.some((rules) => rules.folder === folder && !rules.approved && rules.text.rules.length > 0)) return;
    const choice = await vscode.window.showInformationMessage(
      vscode.l10n.t('The rules have changed and start nothing until you approve.'),
      vscode.l10n.t('Review and Approve…'),
    );
    if (choice !== undefined) await vscode.commands.executeCommand(COMMANDS.approveRules);
  }

  #stopWatching(): void {
    for (const watcher of this.#watchers) watcher.dispose();
    this.#watchers = [];
  }
}
