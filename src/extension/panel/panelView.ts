import * as vscode from 'vscode';
import type { Intent, OlderActivity, PanelState } from '#protocol/messages.ts';
import { PanelChannel, type ChannelOptions } from './channel.ts';
import { VIEWS } from '#extension/base/ids.ts';
import { postTo, webviewPage } from './webviewPage.ts';

export interface PanelViewOptions {
  extensionUri: vscode.Uri;
  state: () => PanelState;
  run: (intent: Intent) => void;
  /** The activity of a session before a position of its log. */
  older: (session: string, before: number) => OlderActivity;
  /** A closer look at a worker, else at the Conductor. */
  peek: ChannelOptions['peek'];
  warn: (message: string) => void;
  /** The panel has become visible: cached facts are read again. */
  onShown: () => void;
}

/** The webview view "Now": creates its page and sends it snapshots while it exists. */
export class PanelView implements vscode.WebviewViewProvider {
  readonly #options: PanelViewOptions;
  #channel: PanelChannel | undefined;
  #view: vscode.WebviewView | undefined;

  constructor(options: PanelViewOptions) {
    this.#options = options;
  }

  get visible(): boolean {
    return this.#view?.visible ?? false;
  }

  update(): void {
    this.#channel?.update();
  }

  async resolveWebviewView(view: vscode.WebviewView): Promise<void> {
    const { extensionUri, state, run, older, peek, warn, onShown } = this.#options;
    const { webview } = view;
    this.#channel?.dispose();
    const post: ChannelOptions['post'] = (message) => postTo(webview, message);
    const channel = new PanelChannel({ post, state, run, older, peek, warn });
    this.#channel = channel;
    this.#view = view;
    const listeners = [
      webview.onDidReceiveMessage((message: unknown) => channel.receive(message)),
      view.onDidChangeVisibility(() => {
        channel.setVisible(view.visible);
        if (view.visible) onShown();
      }),
    ];
    view.onDidDispose(() => {
      channel.dispose();
      for (const listener of listeners) listener.dispose();
      if (this.#channel === channel) this.#channel = this.#view = undefined;
    });
    onShown();
    await webviewPage(webview, extensionUri, 'panel');
  }

  /** Registers the view with the editor. */
  register(): vscode.Disposable {
    return vscode.window.registerWebviewViewProvider(VIEWS.panel, this);
  }
}
