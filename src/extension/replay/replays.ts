import { l10n } from 'vscode';
import type { ReplayView, Speed } from '#protocol/replay.ts';
import type { Settings } from '#protocol/settings.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import type { Selection } from '#extension/sessions/selection.ts';
import type { Session } from '#extension/sessions/session.ts';
import type { LoggedSession } from '#extension/sessions/loggedSession.ts';
import type { Replay, StartPosition } from './replay.ts';

export interface ReplaysOptions {
  selection: Selection;
  settings: () => Pick<Settings, 'workers.silentSeconds'>;
  /** The replay has something new to draw. */
  onRender: () => void;
  /** The panel has changed between the past and the present. */
  onChange: () => void;
  /** Tells the person why a replay has ended. */
  notify: (message: string) => void;
}

interface ActiveReplay {
  session: LoggedSession;
  /** Undefined while it is being loaded. */
  replay?: Replay;
}

/** The replay that the panel shows, if any: of one session at a time. Its code is loaded with the first replay. */
export class Replays {
  readonly #options: ReplaysOptions;
  #current: ActiveReplay | undefined;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** Whether the panel shows this session's past, or is about to. */
  isOf(session: Pick<Session, 'folder'> | undefined): boolean {
    return session !== undefined && this.#current?.session.folder === session.folder;
  }

  /** The replay of a session as the panel shows it; `model` is undefined while the log is still being read. */
  of(session: Session): { view: ReplayView; model: ViewModel | undefined } | undefined {
    const replay = this.isOf(session) ? this.#current?.replay : undefined;
    return replay && { view: replay.view, model: replay.model };
  }

  /** Shows a session's past at a position, by default that of the first prompt; moves there if its past is shown already. */
  async open(session: LoggedSession, start?: StartPosition): Promise<void> {
    const { selection, settings, onRender, onChange, notify } = this.#options;
    const active = this.isOf(session) ? this.#current?.replay : undefined;
    if (active !== undefined) {
      if (start !== undefined) active.goTo(start);
      return;
    }
    this.close();
    const current: ActiveReplay = { session };
    this.#current = current;
    selection.choose(session, true);
    const { Replay } = await import('./replay.ts');
    // another replay was opened, or this one closed, while the code was loaded
    if (this.#current !== current) return;
    current.replay = new Replay(
      {
        dir: session.dir,
        id: session.folder,
        silentSeconds: () => settings()['workers.silentSeconds'],
        onChange: onRender,
        onEnd: (reason) => {
          if (this.#current !== current) return;
          this.close();
          notify(l10n.t('The past of this session cannot be shown any more. {0}', reason));
        },
      },
      start ?? 'firstPrompt',
    );
    onChange();
  }

  jump(session: Session, to: 'previous' | 'next'): void {
    this.#replayOf(session)?.jump(to);
  }

  /** Plays at a speed; without one, pauses. */
  play(session: Session, speed: Speed | undefined): void {
    const replay = this.#replayOf(session);
    if (speed === undefined) replay?.pause();
    else replay?.play(speed);
  }

  /** To be called when the log of any session has changed. */
  follow(): void {
    this.#current?.replay?.follow();
  }

  /** Returns to the present. */
  close(): void {
    const current = this.#current;
    if (current === undefined) return;
    this.#current = undefined;
    current.replay?.close();
    this.#options.selection.choose(current.session);
    this.#options.onChange();
  }

  dispose(): void {
    this.#current?.replay?.close();
    this.#current = undefined;
  }

  #replayOf(session: Session): Replay | undefined {
    return this.isOf(session) ? this.#current?.replay : undefined;
  }
}
