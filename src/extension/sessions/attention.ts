import * as vscode from 'vscode';
import { isAncestor } from '#core/base/processes.ts';
import type { Selection } from './selection.ts';
import type { Session } from './session.ts';
import type { SessionList } from './sessionList.ts';

export interface AttentionSources {
  list: Pick<SessionList, 'pidOf'>;
  selection: Selection;
  /** The person may look at something else now. */
  onChange: () => void;
}

/** How long a look at a terminal lasts without another sign of it. */
const LOOK_MS = 60_000;

/**
 * What the person looks at while the window has the focus: the session that the visible panel shows alone, and the Claude
 * in a terminal that they have just gone to. The active terminal alone tells nothing: it stays the active one while it is
 * hidden, and the editor reports neither that nor its focus. So a look begins with a sign of it and ends with one of another
 * place, or after a while: news that comes once too often is better than news that never comes.
 */
export class Attention {
  readonly #sources: AttentionSources;
  readonly #listeners: vscode.Disposable;
  #shell: number | undefined;
  /** When there was a sign that the person looks at the active terminal, epoch ms. */
  #lookedTs = -Infinity;
  /** Whether a process runs in the active terminal. */
  readonly #inTerminal = new Map<number, boolean>();
  /** Set by the panel, which is made later. */
  isPanelVisible = (): boolean => false;

  constructor(sources: AttentionSources) {
    this.#sources = sources;
    const { window } = vscode;
    const lookAway = (): void => void (this.#lookedTs = -Infinity);
    this.#listeners = vscode.Disposable.from(
      window.onDidChangeActiveTerminal((terminal) => {
        this.#lookedTs = Date.now();
        void this.#follow(terminal);
      }),
      // the first key in it
      window.onDidChangeTerminalState((terminal) => {
        if (terminal === window.activeTerminal) this.#lookedTs = Date.now();
      }),
      window.onDidChangeTextEditorSelection(({ kind }) => kind !== undefined && lookAway()),
      window.onDidChangeActiveTextEditor((editor) => editor !== undefined && lookAway()),
    );
    void this.#follow(window.activeTerminal);
  }

  isOn(session: Session): boolean {
    if (!vscode.window.state.focused) return false;
    const { selection, list } = this.#sources;
    if (this.isPanelVisible() && !selection.isBoard() && selection.current() === session) return true;
    if (Date.now() - this.#lookedTs > LOOK_MS) return false;
    const pid = list.pidOf(session);
    return pid !== undefined && this.#runsInTerminal(pid);
  }

  dispose(): void {
    this.#listeners.dispose();
  }

  #runsInTerminal(pid: number): boolean {
    if (this.#shell === undefined) return false;
    const known = this.#inTerminal.get(pid) ?? isAncestor(this.#shell, pid);
    this.#inTerminal.set(pid, known);
    return known;
  }

  async #follow(terminal: vscode.Terminal | undefined): Promise<void> {
    const shell = await terminal?.processId;
    if (terminal !== vscode.window.activeTerminal) return;
    this.#shell = shell;
    this.#inTerminal.clear();
    this.#sources.onChange();
  }
}
