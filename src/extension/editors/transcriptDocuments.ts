import * as vscode from 'vscode';
import { TRANSCRIPT_SCHEME } from '#extension/base/ids.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import type { OpenTranscripts } from './openTranscripts.ts';

/**
 * Transcripts as read-only documents, which the editor searches like any other. The code that reads them is loaded with the
 * first of them.
 */
export class TranscriptDocuments implements vscode.TextDocumentContentProvider {
  readonly #list: SessionList;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  #loading: Promise<OpenTranscripts> | undefined;
  #loaded: OpenTranscripts | undefined;

  readonly onDidChange = this.#changed.event;

  constructor(list: SessionList) {
    this.#list = list;
  }

  load(): Promise<OpenTranscripts> {
    return (this.#loading ??= import('./openTranscripts.ts').then(
      ({ OpenTranscripts }) => (this.#loaded = new OpenTranscripts(this.#list, (uri) => this.#changed.fire(uri))),
    ));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    return (await this.load()).content(uri);
  }

  register(): vscode.Disposable {
    return vscode.workspace.registerTextDocumentContentProvider(TRANSCRIPT_SCHEME, this);
  }

  dispose(): void {
    this.#changed.dispose();
    this.#loaded?.dispose();
  }
}
