import * as vscode from 'vscode';

/** What is used of the interface of VS Code's git extension. */
interface GitApi {
  git: { path: string };
  getRepository: (uri: vscode.Uri) => object | null;
  toGitUri: (uri: vscode.Uri, ref: string) => vscode.Uri;
}

/** The interface of VS Code's git extension; undefined where that is switched off, or has not started. */
export function gitExtension(): GitApi | undefined {
  const extension = vscode.extensions.getExtension<{ enabled: boolean; getAPI(version: 1): GitApi }>('vscode.git');
  if (extension?.isActive !== true || !extension.exports.enabled) return undefined;
  return extension.exports.getAPI(1);
}
