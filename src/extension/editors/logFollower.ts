import * as vscode from 'vscode';

const followed = new WeakSet<vscode.TextDocument>();

/** Keeps the end of a growing file in view, like `tail -f`, for as long as the person leaves the cursor on the last line. */
export function followEnd(editor: vscode.TextEditor): void {
  const { document } = editor;
  const toEnd = (shown: vscode.TextEditor): void => {
    const end = shown.document.lineAt(shown.document.lineCount - 1).range.end;
    shown.selection = new vscode.Selection(end, end);
    shown.revealRange(new vscode.Range(end, end));
  };
  toEnd(editor);
  if (followed.has(document)) return;
  followed.add(document);
  // VS Code reports what it reads again from disk as a change; a person who moves the cursor away is not interrupted
  let following = true;
  const listeners = [
    vscode.window.onDidChangeTextEditorSelection(({ textEditor, kind, selections }) => {
      if (textEditor.document !== document || kind === undefined) return;
      following = selections[0]?.active.line === document.lineCount - 1;
    }),
    vscode.workspace.onDidChangeTextDocument((change) => {
      if (change.document !== document || !following) return;
      for (const shown of vscode.window.visibleTextEditors) if (shown.document === document) toEnd(shown);
    }),
    vscode.workspace.onDidCloseTextDocument((closed) => {
      if (closed === document) for (const listener of listeners) listener.dispose();
    }),
  ];
}
