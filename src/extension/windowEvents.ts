import * as vscode from 'vscode';
import { PREFIX } from './ids.ts';

export interface WindowEvents {
  /** Settings, folders or trust have changed. */
  reconfigure: () => void;
  /** The person trusts this window's folders from now on. */
  trusted: () => void;
  /** The person has come back: what is looked at only now and then is looked at now. */
  focused: () => void;
}

/** Follows what the editor tells of this window. */
export function followWindow({ reconfigure, trusted, focused }: WindowEvents): vscode.Disposable[] {
  return [
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(PREFIX)) reconfigure();
    }),
    vscode.workspace.onDidChangeWorkspaceFolders(reconfigure),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      reconfigure();
      trusted();
    }),
    vscode.window.onDidChangeWindowState((state) => {
      if (state.focused) focused();
    }),
  ];
}
