import { stat } from 'node:fs/promises';
import type { NewEvent } from '#core/log/append.ts';
import { realPath } from '#core/base/files/facts.ts';
import { sessionPaths } from '#core/base/paths.ts';
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

/** How long a flag waits for a hook before this window obeys it, so that a bare `touch` has an effect. */
const FLAG_GRACE_MS = 300;

/** A session with a log: the log folded up to its end, and whether its Claude runs. */
export class LoggedSession implements Session {
  readonly folder: string;
  readonly dir: string;
  #log: SessionLog;
  #info: SessionInfo | undefined;
  #live = false;
  #cached: { view: ViewModel; stamp: string } | undefined;
  #flagTimer: NodeJS.Timeout | undefined;
  #hasFlags = false;

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

  /** The id that a person sees: Claude's own, which `/clear` may have changed since the folder was made. */
  get id(): string {
    return this.state.session.id ?? this.folder;
  }

  get live(): boolean {
    return this.#live;
  }

  /** The project's folder, links resolved. Undefined until session.json or the log names it. */
  get project(): string | undefined {
    const path = this.#info?.project ?? this.state.session.cwd;
    return path === undefined ? undefined : realPath(path);
  }

  /** When it began, as far as that is known, epoch ms: lists are sorted by it. */
  get startedTs(): number {
    return this.#info?.started ?? this.state.session.startedTs ?? this.state.lastTs;
  }

  /** Folds what is new. Returns whether there was anything; false also where there is no log. */
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

  /** Checks whether Claude's process still runs; returns whether that has changed. */
  checkLive(): boolean {
    const before = this.#live;
    this.#live = (isSessionLive(this.#info) ?? true) && this.state.conductor.state !== 'ended' && this.state.events > 0;
    return this.#live !== before;
  }

  /** Whether its log has another length than the folded part. */
  async hasGrown(): Promise<boolean> {
    const stats = await stat(sessionPaths(this.dir).log).catch(() => undefined);
    return stats?.size !== this.#log.position;
  }

  /** Whether something has run out of time, or a flag waits to be obeyed. */
  isDue(now: number): boolean {
    return this.#hasFlags || (this.#live && !this.#log.readOnly && dueExpiries(this.state, now).length > 0);
  }

  /**
   * Arms what its lines ask for, since their writers may not have, publishes what has run out of time, and saves the
   * folded state for the next start. Returns whether anything was published.
   */
  maintain(now: number): boolean {
    saveSnapshot(this.#log);
    if (!this.#live || this.#log.readOnly) return false;
    const due = dueExpiries(this.state, now);
    if (due.length > 0) {
      publish(this.dir, now, ...due);
      this.#log.refresh();
    }
    armFromState(this.dir, this.state);
    return due.length > 0;
  }

  /** Obeys flags after the grace time, unless a hook does so first. */
  scheduleFlags(onConsumed: () => void, onError: (error: unknown) => void): void {
    this.#hasFlags = !this.#log.readOnly && readFlags(this.dir).length > 0;
    if (!this.#hasFlags || this.#flagTimer !== undefined) return;
    this.#flagTimer = setTimeout(() => {
      this.#flagTimer = undefined;
      try {
        if (consumeFlags(this.dir, Date.now()) > 0) onConsumed();
      } catch (error) {
        onError(error);
      }
    }, FLAG_GRACE_MS);
  }

  /** The view at `now`. In a session that has ended nothing comes due, so its view is made once. */
  view(now: number, silentSeconds: number, transcript?: TrackedTranscript): ViewModel {
    const cached = this.#cached;
    const stamp = `${this.#log.generation} ${this.#log.position} ${transcript?.revision}`;
    if (!this.#live && cached?.stamp === stamp && !cached.view.session.live) return cached.view;
    const view = toViewModel(this.state, { now, silentSeconds, id: this.folder, live: this.#live, transcript });
    this.#cached = { view, stamp };
    return view;
  }

  dispose(): void {
    clearTimeout(this.#flagTimer);
  }
}
