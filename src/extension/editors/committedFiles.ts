import { isAbsolute, relative } from 'node:path';
import * as vscode from 'vscode';
import { committedText } from '#core/base/gitChanges.ts';
import { COMMITTED_SCHEME } from '#extension/base/ids.ts';
import { gitExtension } from './gitExtension.ts';

let registered: vscode.Disposable | undefined;

/**
 * The address of a file as it is in the latest commit: of VS Code's git extension where that has the repository open, else
 * of Fermata.
 */
export function committedUri(gitProgram: () => string | undefined, root: string, path: string): vscode.Uri {
  const uri = vscode.Uri.file(path);
  const git = gitExtension();
  if (git !== undefined && git.getRepository(uri) !== null) return git.toGitUri(uri, 'HEAD');
  registered ??= vscode.workspace.registerTextDocumentContentProvider(COMMITTED_SCHEME, {
    provideTextDocumentContent: (committed) => textOf(committed, gitProgram()),
  });
  return uri.with({ scheme: COMMITTED_SCHEME, query: JSON.stringify({ root }) });
}

/** Empty for an address that is not of this window: any extension may ask. */
async function textOf({ fsPath, query }: vscode.Uri, program: string | undefined): Promise<string> {
  const { root } = JSON.parse(query) as { root?: unknown };
  if (!vscode.workspace.isTrusted || program === undefined || typeof root !== 'string') return '';
  const name = relative(root, fsPath);
  if (name.startsWith('..') || isAbsolute(name)) return '';
  return committedText({ root, program }, fsPath);
}
