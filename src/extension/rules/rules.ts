import { existsSync, unwatchFile, watchFile } from 'node:fs';
import * as vscode from 'vscode';
import { approve, isApproved, revoke } from '../../core/rules/approval.ts';
import { rulesPath } from '../../core/paths.ts';
import { projectRules } from '../../core/rules/rulesFile.ts';
import { loadSettings } from '../../core/settingsFile.ts';
import type { NoticeView } from '../../protocol/viewModel.ts';
import { COMMANDS } from '../ids.ts';
import { Emitter } from '../emitter.ts';
import { rulesNotices, type FolderRules } from './rulesNotices.ts';

/** How soon an edit of the rules is seen. */
const LOOK_MS = 1000;

/** The rules of this window's folders: what is wrong with them, whether they count, and the person's approval. */
export class Rules {
  readonly #home: string;
  readonly #changed = new Emitter();
  #watchers: vscode.Disposable[] = [];
  #all: FolderRules[] = [];

  readonly onDidChange = this.#changed.event;

  constructor(home: string) {
    this.#home = home;
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

  /** The rules texts that are there now, read anew. */
  look(): readonly FolderRules[] {
    this.#read();
    return this.#all;
  }

  /** Records the person's word: these very bytes may start workers in this folder. */
  approve({ folder, text }: FolderRules): void {
    approve(this.#home, folder, text.sha256);
    this.#read();
  }

  /** Takes back what was approved in a folder. */
  revoke(folder: string): void {
    revoke(this.#home, folder);
    this.#read();
  }

  dispose(): void {
    this.#stopWatching();
  }

  /** Whoever has just written rules is told that they do nothing yet. */
  async #askAfterEdit(folder: string): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    if (!this.#all.some((rules) => rules.folder === folder && !rules.approved && rules.text.rules.length > 0)) return;
    const choice = await vscode.window.showInformationMessage(
      vscode.l10n.t('The rules have changed and start nothing until you approve.'),
      vscode.l10n.t('Review and Approve…'),
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
