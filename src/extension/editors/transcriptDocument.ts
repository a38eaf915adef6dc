import * as vscode from 'vscode';
import { TranscriptText, type TranscriptWords } from '#core/claude/transcript/transcriptText.ts';
import { repeat, type Disposable } from '#extension/base/emitter.ts';
import type { SessionList } from '#extension/sessions/sessionList.ts';
import { followEnd } from './logFollower.ts';

/** How often the file is looked at: a document is made anew as a whole at each change. */
const POLL_MS = 1000;
/** After a restart of the editor its sessions are found a moment later than its tabs. */
const FIND_MS = 10_000;

/** Whose transcript a document is. */
export interface TranscriptOwner {
  session: string;
  /** Without it the Conductor. */
  worker?: string | undefined;
}

/** One transcript as a document, read as far as a person may look at it. */
export class TranscriptDocument {
  readonly #list: SessionList;
  readonly #owner: TranscriptOwner;
  readonly #onChange: () => void;
  readonly #openedMs = performance.now();
  readonly #timer: Disposable;
  #transcript: { path: string; text: TranscriptText } | undefined;
  #reading: Promise<boolean> | undefined;

  constructor(list: SessionList, owner: TranscriptOwner, onChange: () => void) {
    this.#list = list;
    this.#owner = owner;
    this.#onChange = onChange;
    this.#timer = repeat(() => void this.#poll(), POLL_MS);
  }

  dispose(): void {
    this.#timer.dispose();
  }

  /** The text of the document now. */
  async content(): Promise<string> {
    await this.#read();
    return [...this.#heading(), '', this.#transcript?.text.text ?? ''].join('\n');
  }

  /** Moves the cursor to what was written at a time or before it; without a time to the end, which is followed from then on. */
  async reveal(editor: vscode.TextEditor, ts: number | undefined): Promise<void> {
    await this.#read();
    if (ts === undefined) return followEnd(editor);
    const line = this.#heading().length + 1 + (this.#transcript?.text.lineAt(ts) ?? 0);
    const position = new vscode.Position(Math.min(line, editor.document.lineCount - 1), 0);
    editor.selection = new vscode.Selection(position, position);
    editor.revealRange(new vscode.Range(position, position), vscode.TextEditorRevealType.AtTop);
  }

  async #poll(): Promise<void> {
    if (await this.#read()) this.#onChange();
  }

  #read(): Promise<boolean> {
    this.#reading ??= this.#readNew().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #readNew(): Promise<boolean> {
    const session = this.#list.find(this.#owner.session);
    const path = session && this.#list.transcriptPath(session, this.#owner.worker);
    const isNew = path !== undefined && path !== this.#transcript?.path;
    if (isNew) this.#transcript = { path, text: new TranscriptText(path, WORDS()) };
    return (await this.#transcript?.text.read()) === true || isNew;
  }

  /** What is known of the transcript itself, as the first lines of the text. */
  #heading(): string[] {
    if (this.#transcript === undefined) {
      const isYoung = performance.now() - this.#openedMs < FIND_MS;
      return [
        isYoung
          ? vscode.l10n.t('Looking for the transcript…')
          : vscode.l10n.t('No transcript of it is known in this window.'),
      ];
    }
    const { path, text } = this.#transcript;
    if (text.missing) return [vscode.l10n.t('There is no transcript that could be read: {0}', path)];
    const lines = [path];
    if (text.cut) lines.push(vscode.l10n.t('It has {0}. Only its last part is shown.', megabytes(text.bytes)));
    const { lines: all, unknown } = text.counts;
    if (all > 0 && unknown === all)
      lines.push(
        vscode.l10n.t('None of its {0} lines has a form that this version of Fermata knows.', all.toLocaleString()),
      );
    else if (unknown > 0)
      lines.push(
        vscode.l10n.t('{0} of its lines have no form that is known; they are not shown.', unknown.toLocaleString()),
      );
    return lines;
  }
}

const megabytes = (bytes: number): string => vscode.l10n.t('{0} MB', Math.ceil(bytes / 1e6).toLocaleString());

const WORDS = (): TranscriptWords => ({
  prompt: vscode.l10n.t('Prompt'),
  words: 'Claude',
  note: 'Claude Code',
  result: vscode.l10n.t('Result'),
  failed: vscode.l10n.t('failed'),
  cut: (chars) => vscode.l10n.t('{0} more characters', chars.toLocaleString()),
  damaged: (reason) => vscode.l10n.t('A line that cannot be read: {0}', reason),
});
