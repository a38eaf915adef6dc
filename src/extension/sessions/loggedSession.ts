import type { NewEvent } from '#core/log/append.ts';
import { armFromState } from '#core/session/armed.ts';
import { dueExpiries } from '#core/fold/expiries.ts';
import { consumeFlags, readFlags } from '#core/session/flags.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import type { SessionInfo } from '#protocol/fileFormats.ts';
import { publish } from '#core/session/publish.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { saveSnapshot } from '#core/session/snapshot.ts';
import type { SessionState } from '#protocol/state.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import type { TrackedTranscript, Session } from './session.ts';
import { realPath } from './windowFolders.ts';

/** A flag that no hook has taken after this long is obeyed here, so that a bare `touch` shows. */
const FLAG_GRACE_MS = 300;

/** One session as this window sees it: its log folded as far as it goes, and whether its Claude is there. */
export class LoggedSession implements Session {
  readonly folder: string;
  readonly dir: string;
  #log: SessionLog;
  #info: SessionInfo | undefined;
  #live = false;
  #cached: { view: ViewModel; position: number; generation: number; revision: number } | undefined;
  #flagTimer: NodeJS.Timeout | undefined;

  constructor(folder: string, dir: string) {
    this.folder = folder;
    this.dir = dir;
    this.#log = new SessionLog(dir);
    this.#info = readSessionInfo(dir);
  }

  get state(): SessionState {
    return this.#log.state;
  }

  get transcript(): string | undefined {
    return this.state.session.transcript;
  }

  append(now: number, event: NewEvent): void {
    if (this.#log.readOnly) return;
    publish(this.dir, now, event);
    this.#log.refresh();
  }

  /** The id by which it is named to a person: Claude's own, which `/clear` may have changed since the folder was made. */
  get id(): string {
    return this.state.session.id ?? this.folder;
  }

  get live(): boolean {
    return this.#live;
  }

  /** The project's folder, links resolved. Undefined while nobody has said it. */
  get project(): string | undefined {
    const path = this.#info?.project ?? this.state.session.cwd;
    return path === undefined ? undefined : realPath(path);
  }

  /** When it began, as far as it is known: what sorts a list. */
  get startedTs(): number {
    return this.#info?.started ?? this.state.session.startedTs ?? this.state.lastTs;
  }

  /** Folds what is new. Returns whether there was anything; false also where the log is gone or not there yet. */
  refresh(): boolean {
    this.#info = readSessionInfo(this.dir) ?? this.#info;
    try {
      return this.#log.refresh();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    } finally {
      this.checkLive();
    }
  }

  /** Looks whether Claude's process is still there; returns whether that has changed. */
  checkLive(): boolean {
    const before = this.#live;
    this.#live = (isSessionLive(this.#info) ?? true) && this.state.conductor.state !== 'ended' && this.state.events > 0;
    return this.#live !== before;
  }

  /**
   * Makes lines that their writers did not arm take effect at hooks, says what has run out of time, and keeps what was
   * folded for the next start.
   */
  maintain(now: number): void {
    saveSnapshot(this.#log);
    if (!this.#live || this.#log.readOnly) return;
    const due = dueExpiries(this.state, now);
    if (due.length > 0) {
      publish(this.dir, now, ...due);
      this.#log.refresh();
    }
    armFromState(this.dir, this.state);
  }

  /** Obeys flags a moment later, unless a hook does so first. */
  scheduleFlags(onConsumed: () => void, onError: (error: unknown) => void): void {
    if (this.#log.readOnly || this.#flagTimer !== undefined || readFlags(this.dir).length === 0) return;
    this.#flagTimer = setTimeout(() => {
      this.#flagTimer = undefined;
      try {
        if (consumeFlags(this.dir, Date.now()) > 0) onConsumed();
      } catch (error) {
        onError(error);
      }
    }, FLAG_GRACE_MS);
  }

  /** The view at this moment. Nothing comes due in a session that has ended: its view is made once. */
  view(now: number, silentSeconds: number, transcript?: TrackedTranscript): ViewModel {
    const cached = this.#cached;
    const revision = transcript?.revision ?? -1;
    if (
      !this.#live &&
      cached?.position === this.#log.position &&
      cached.generation === this.#log.generation &&
      cached.revision === revision &&
      !cached.view.session.live
    ) {
      return cached.view;
    }
    const view = toViewModel(this.state, { now, silentSeconds, id: this.folder, live: this.#live, transcript });
    this.#cached = { view, position: this.#log.position, generation: this.#log.generation, revision };
    return view;
  }

  dispose(): void {
    clearTimeout(this.#flagTimer);
  }
}
