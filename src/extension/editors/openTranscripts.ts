import * as vscode from 'vscode';
import { cutPosition } from '#protocol/cutPosition.ts';
import { visibleLine } from '#protocol/hiddenText.ts';
import { TRANSCRIPT_SCHEME } from '#extension/base/ids.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import { TranscriptDocument, type TranscriptOwner } from './transcriptDocument.ts';

const MAX_NAME_CHARS = 60;

/** The transcripts that are open as documents; each follows its growing file until it is closed. */
export class OpenTranscripts {
  readonly #list: SessionList;
  readonly #onChange: (uri: vscode.Uri) => void;
  readonly #documents = new Map<string, TranscriptDocument>();
  readonly #closing = vscode.workspace.onDidCloseTextDocument(({ uri }) => this.#close(uri.toString()));

  constructor(list: SessionList, onChange: (uri: vscode.Uri) => void) {
    this.#list = list;
    this.#onChange = onChange;
  }

  /** Shows a transcript, at what was written at a time or before it, else at its end. */
  async open(owner: TranscriptOwner, name: string, ts?: number): Promise<void> {
    const newUri = uriOf(owner, name);
    // the name of a session changes, the ids stay
    const isSame = ({ scheme, query }: vscode.Uri): boolean => scheme === newUri.scheme && query === newUri.query;
    const uri = vscode.workspace.textDocuments.find((each) => isSame(each.uri))?.uri ?? newUri;
    const editor = await vscode.window.showTextDocument(uri, { preview: false });
    await this.#document(uri).reveal(editor, ts);
  }

  content(uri: vscode.Uri): Promise<string> {
    return this.#document(uri).content();
  }

  dispose(): void {
    this.#closing.dispose();
    for (const document of this.#documents.values()) document.dispose();
  }

  #document(uri: vscode.Uri): TranscriptDocument {
    const key = uri.toString();
    const known = this.#documents.get(key);
    if (known !== undefined) return known;
    const document = new TranscriptDocument(this.#list, ownerOf(uri), () => this.#onChange(uri));
    this.#documents.set(key, document);
    return document;
  }

  #close(key: string): void {
    this.#documents.get(key)?.dispose();
    this.#documents.delete(key);
  }
}

/** The tab has the name that a person gave; the address has the ids by which it is found again after a restart. */
function uriOf({ session, worker }: TranscriptOwner, name: string): vscode.Uri {
  const label = visibleLine(name).replaceAll(/[/\\]/g, ' ');
  const short = label.slice(0, cutPosition(label, MAX_NAME_CHARS));
  const query = JSON.stringify(worker === undefined ? { session } : { session, worker });
  return vscode.Uri.from({ scheme: TRANSCRIPT_SCHEME, path: `/${vscode.l10n.t('Transcript: {0}', short)}`, query });
}

/** An address of another version, or of a person's own, belongs to no session. */
function ownerOf({ query }: vscode.Uri): TranscriptOwner {
  try {
    const { session, worker } = JSON.parse(query) as Record<string, unknown>;
    return { session: String(session), worker: typeof worker === 'string' ? worker : undefined };
  } catch {
    return { session: '' };
  }
}
