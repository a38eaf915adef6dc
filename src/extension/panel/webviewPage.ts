import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { translated } from '#protocol/formatMessage.ts';
import type { ToPanel, ToTimeline } from '#protocol/messages.ts';
import { readLinkedBytes } from '#core/base/files/readFile.ts';
import { textLanguage } from '#extension/base/plural.ts';
import { panelHtml } from './panelHtml.ts';

const encoder = new TextEncoder();

/**
 * Sends a message to a webview as the bytes of its JSON. As an object the editor would walk through it in both of its
 * processes, and the browser would copy it object by object from frame to frame: of a thousand workers that takes longer
 * than to draw them.
 */
export const postTo = (webview: vscode.Webview, message: ToPanel | ToTimeline): void =>
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a webview is no window and has none
  void webview.postMessage({ packed: encoder.encode(JSON.stringify(message)) });

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
