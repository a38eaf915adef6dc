import * as vscode from 'vscode';
import { PREVIEW_SCHEME } from '#extension/base/ids.ts';

/** A change to a file that is shown before it is made. */
export interface ShownDiff {
  /** Settles when its tab is closed, by whatever means. */
  closed: Promise<void>;
  /** Brings it to the front. */
  reveal: () => Promise<void>;
  close: () => Promise<void>;
}

/** Texts that are shown in an editor without a file: the sides of a diff, and reports. */
export class Previews implements vscode.TextDocumentContentProvider {
  readonly #texts = new Map<string, string>();
  #count = 0;

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.#texts.get(uri.toString()) ?? '';
  }

  /** Shows a change to a file before it is made. */
  async showDiff(name: string, before: string, after: string, title: string): Promise<ShownDiff> {
    this.#count++;
    const sides = [this.#store(`before/${name}`, before), this.#store(`after/${name}`, after)] as const;
    const reveal = async (): Promise<void> =>
      void (await vscode.commands.executeCommand('vscode.diff', ...sides, title, { preview: false }));
    const isShown = (tab: vscode.Tab): boolean =>
      tab.input instanceof vscode.TabInputTextDiff && tab.input.modified.toString() === sides[1].toString();
    const closed = new Promise<void>((resolve) => {
      const listener = vscode.window.tabGroups.onDidChangeTabs(({ closed: tabs }) => {
        if (!tabs.some(isShown)) return;
        listener.dispose();
        for (const side of sides) this.#texts.delete(side.toString());
        resolve();
      });
    });
    await reveal();
    const close = async (): Promise<void> => {
      const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
      await vscode.window.tabGroups.close(tabs.filter(isShown));
    };
    return { closed, reveal, close };
  }

  /** Shows a single text. */
  async showText(name: string, text: string): Promise<void> {
    this.#count++;
    await vscode.window.showTextDocument(this.#store(name, text));
  }

  /** Shows a Markdown text as it is meant to be read. */
  async showMarkdown(name: string, text: string): Promise<void> {
    this.#count++;
    const uri = this.#store(name, text);
    try {
      await vscode.commands.executeCommand('markdown.showPreview', uri);
    } catch {
      // the editor's own extension for that is disabled
      await vscode.window.showTextDocument(uri);
    }
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
