import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { translated } from '#protocol/formatMessage.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';
import { textLanguage } from '#extension/base/plural.ts';
import { panelHtml } from './panelHtml.ts';

/** Fills a webview with one of the pages that the build makes, and lets it load nothing else. */
export async function webviewPage(
  webview: vscode.Webview,
  extensionUri: vscode.Uri,
  name: 'panel' | 'timeline',
): Promise<void> {
  const folder = vscode.Uri.joinPath(extensionUri, 'dist', 'webview');
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  const { WEBVIEW_TEXTS } = await import('#protocol/texts.ts');
  webview.html = panelHtml({
    cspSource: webview.cspSource,
    scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(folder, `${name}.js`)).toString(),
    styleUri: webview.asWebviewUri(vscode.Uri.joinPath(folder, `${name}.css`)).toString(),
    sprite: readLinkedBytes(vscode.Uri.joinPath(folder, 'icons.svg').fsPath).toString('utf8'),
    nonce: randomBytes(16).toString('base64url'),
    texts: translated(WEBVIEW_TEXTS, (english) => vscode.l10n.t(english)),
    language: textLanguage(),
  });
}
