import * as vscode from 'vscode';
import { PREVIEW_SCHEME } from '#extension/base/ids.ts';

/** Texts that are shown in an editor without a file: the sides of a diff, and reports. */
export class Previews implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  #count = 0;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  /** Shows a change to a file before it is made. */
  async showDiff(name: string, before: string, after: string, title: string): Promise<void> {
    this.#count++;
    const sides = [this.#store(`before/${name}`, before), this.#store(`after/${name}`, after)];
    await vscode.commands.executeCommand('vscode.diff', ...sides, title, { preview: true });
  }

  /** Shows a single text. */
  async showText(name: string, text: string): Promise<void> {
    this.#count++;
    await vscode.window.showTextDocument(this.#store(name, text));
  }

  /** Closes the open diffs and drops all texts. */
  async close(): Promise<void> {
    const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
    const ownTabs = tabs.filter(
      ({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.scheme === PREVIEW_SCHEME,
    );
    await vscode.window.tabGroups.close(ownTabs);
    this.#texts.clear();
  }

  #store(name: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: PREVIEW_SCHEME, path: `/${this.#count}/${name}` });
    this.#texts.set(uri.toString(), text);
    return uri;
  }

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(PREVIEW_SCHEME, this);
  }
}
