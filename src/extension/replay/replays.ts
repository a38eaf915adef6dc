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
  /** The panel has something new to draw. */
  onRender: () => void;
  /** The panel shows the past from now on, or the present again. */
  onChange: () => void;
  /** Tells the person why there is no past to show any more. */
  notify: (message: string) => void;
}

interface ActiveReplay {
  session: LoggedSession;
  /** Undefined while it is being loaded. */
  replay?: Replay;
}

/** The past that the panel shows, if any: of one session at a time. What it takes to show it is loaded when it is asked for. */
export class Replays {
  readonly #options: ReplaysOptions;
  #current: ActiveReplay | undefined;

  constructor(options: ReplaysOptions) {
    this.#options = options;
  }

  /** Whether it is this session's past that the panel shows, or is about to. */
  isOf(session: Pick<Session, 'folder'> | undefined): boolean {
    return session !== undefined && this.#current?.session.folder === session.folder;
  }

  /** What the panel shows of a session's past; without a model its log is still being read. */
  of(session: Session): { view: ReplayView; model: ViewModel | undefined } | undefined {
    const replay = this.isOf(session) ? this.#current?.replay : undefined;
    return replay && { view: replay.view, model: replay.model };
  }

  /** Shows a session's past from a moment on, its first one unless said; goes there where it is shown already. */
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
    // somebody else was asked for meanwhile
    if (this.#current !== current) return;
    current.replay = new Replay(
      {
        dir: session.dir,
        id: session.folder,
        silentSeconds: () => settings()['workers.silentSeconds'],
        onChange: onRender,
        onEnd: (why) => {
          if (this.#current !== current) return;
          this.close();
          notify(l10n.t('The past of this session cannot be shown any more. {0}', why));
        },
      },
      start ?? { event: 1 },
    );
    onChange();
  }

  jump(session: Session, which: 'previous' | 'next'): void {
    this.#replayOf(session)?.jump(which);
  }

  /** Plays at a speed, or stops where it is. */
  play(session: Session, speed: Speed | undefined): void {
    const replay = this.#replayOf(session);
    if (speed === undefined) replay?.pause();
    else replay?.play(speed);
  }

  /** The log of some session has changed. */
  follow(): void {
    this.#current?.replay?.follow();
  }

  /** Back to now. */
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
