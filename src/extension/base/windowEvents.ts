import * as vscode from 'vscode';
import { PREFIX } from './ids.ts';

export interface WindowEvents {
  /** Settings, folders or trust have changed. */
  onReconfigure: () => void;
  /** The person trusts this window's folders from now on. */
  onTrusted: () => void;
  /** The person has come back: what is looked at only now and then is looked at now. */
  onFocused: () => void;
}

/** Follows what the editor tells of this window. */
export function watchWindow({ onReconfigure, onTrusted, onFocused }: WindowEvents): vscode.Disposable[] {
  return [
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(PREFIX)) onReconfigure();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(onReconfigure),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      onReconfigure();
      onTrusted();
    }),
    vscode.window.onDidChangeWindowState((state) => {
      if (state.focused) onFocused();
    }),
  ];
}
