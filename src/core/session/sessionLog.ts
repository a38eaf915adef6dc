import type { Activity, SessionState } from '#protocol/state.ts';
import { reduce } from '#core/fold/reduce.ts';
import { emptyState, LIMITS } from '#core/fold/state.ts';
import { LogFile } from '#core/log/logFile.ts';
import { isOfNewerFormat } from '#core/fold/queries.ts';
import { readSnapshot } from './snapshot.ts';

/**
 * One session's log as state, kept current by `refresh`. Reads only what is new; starts from the snapshot where there
 * is a good one; starts anew when the file was replaced or cut. Synchronous, for programs that must answer at once.
 */
export class SessionLog extends LogFile {
  #state: SessionState = emptyState();
  readonly #useSnapshot: boolean;
  readonly #withActivity: boolean;
  /** Reads the activity before that in the state. */
  #earlierActivity: () => Activity[] = () => [];
  /** The position of the last snapshot, and its size in bytes. */
  snapshotPosition = 0;
  snapshotSize = 0;

  /**
   * @param useSnapshot whether to start from the snapshot; without it the whole log is folded
   * @param withActivity whether the state has its activity at once, and not only after `completeActivity`
   */
  constructor(dir: string, useSnapshot = true, withActivity = true) {
    super(dir);
    this.#useSnapshot = useSnapshot;
    this.#withActivity = withActivity;
  }

  get state(): SessionState {
    return this.#state;
  }

  /** Whether there was more in the log than its last reading has folded. */
  get isBehind(): boolean {
    return this.readEnd < this.size;
  }

  /** A log of a newer format is shown, never answered from or appended to. */
  get readOnly(): boolean {
    return isOfNewerFormat(this.#state);
  }

  /**
   * Folds what was appended since the last call and calls `onState` after every line. Returns whether there was
   * anything. Throws the system's error where the log cannot be read (ENOENT before the session's first event).
   * @param maxBytes folds about this much at most; `isBehind` is then whether there is more
   */
  refresh(onState?: (state: SessionState) => void, maxBytes?: number): boolean {
    let start = this.position;
    this.read(
      (line) => {
        reduce(this.#state, line);
        onState?.(this.#state);
      },
      (fd) => (start = this.#restart(fd)),
      maxBytes,
    );
    return this.position !== start;
  }

  /**
   * Takes the state of the snapshot alone, for a hook that finds something else in the place of the log: what stood then
   * still stands. Returns whether there was a snapshot.
   */
  restoreSnapshot(): boolean {
    this.#restart(undefined);
    return this.snapshotSize > 0;
  }

  completeActivity(): void {
    const { activity } = this.#state;
    activity.unshift(...this.#earlierActivity());
    activity.splice(0, activity.length - LIMITS.activity);
    this.#earlierActivity = () => [];
  }

  #restart(fd: number | undefined): number {
    const snapshot = this.#useSnapshot ? readSnapshot(this.dir, fd) : undefined;
    this.#state = snapshot?.state ?? emptyState();
    this.#earlierActivity = snapshot?.activity ?? (() => []);
    if (this.#withActivity) this.completeActivity();
    this.snapshotSize = snapshot?.size ?? 0;
    return (this.snapshotPosition = snapshot?.position ?? 0);
  }
}

/** A session's log, folded to its end. Throws as `refresh` does. */
export function openLog(dir: string): SessionLog {
  const log = new SessionLog(dir);
  log.refresh();
  return log;
}

/** The state after the first `events` events of a session's log. Throws the system's error. */
export function stateAt(dir: string, events: number): SessionState {
  const state = emptyState();
  new LogFile(dir).read((line) => {
    if (state.events < events) reduce(state, line);
  });
  return state;
}
