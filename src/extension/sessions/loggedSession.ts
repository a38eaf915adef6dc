import { statSync } from 'node:fs';
import type { SessionLink } from '#core/machines/sessionLink.ts';
import type { NewEvent } from '#core/log/append.ts';
import { exists, realPath } from '#core/base/files/facts.ts';
import { logToRead, sessionPaths } from '#core/base/paths.ts';
import { armFromState } from '#core/session/armed.ts';
import { ENDED_SILENTLY } from '#core/fold/queries.ts';
import { dueExpiriesHere } from '#core/session/expiries.ts';
import { consumeFlags, readFlags } from '#core/session/flags.ts';
import { toViewModel } from '#core/projection/toViewModel.ts';
import { isOpenRoom } from '#core/fold/rooms.ts';
import { isSessionLive, readSessionInfo } from '#core/session/info.ts';
import type { SessionInfo } from '#protocol/fileFormats.ts';
import { publish } from '#core/session/publish.ts';
import { reachOf } from '#core/session/reach.ts';
import { SessionLog } from '#core/session/sessionLog.ts';
import { isSnapshotDue, saveSnapshot } from '#core/session/snapshot.ts';
import type { SessionState } from '#protocol/state.ts';
import type { Reach, ViewModel } from '#protocol/viewModel.ts';
import type { TrackedTranscript, Session } from './session.ts';
import { machineLink } from './machineLink.ts';
import { inOwnTurn } from '#extension/base/turns.ts';
import { viewTexts } from '#extension/base/viewTexts.ts';

/** A copy has no process here by which its end could be seen: without a new line it counts as over after this time. */
const STALE_MS = 86_400_000;
/** So much of a log is folded in one piece: a few milliseconds, in which the editor's other extensions wait. */
const SLICE_BYTES = 128 * 1024;
/** How long a flag waits for a hook before this window obeys it, so that a bare `touch` has an effect. */
const FLAG_GRACE_MS = 300;

/** A session with a log: the log folded up to its end, and whether its Claude runs. */
export class LoggedSession implements Session {
  readonly folder: string;
  readonly dir: string;
  /** Its log as it was folded last. The supervision of its workers may fold more of it. */
  readonly log: SessionLog;
  /** How far its log was folded when `refresh` returned last. */
  #refreshedTo = 0;
  #info: SessionInfo | undefined;
  #reach: Reach | undefined;
  #project: { path: string; real: string } | undefined;
  #live = false;
  /** Whether this window has seen its Claude's process run. */
  #hasRun = false;
  #cached: { view: ViewModel; stamp: string } | undefined;
  #flagTimer: NodeJS.Timeout | undefined;
  #hasFlags = false;
  #link: SessionLink | undefined;
  #isCopy = false;
  #isFolded = false;

  constructor(folder: string, dir: string) {
    this.folder = folder;
    this.dir = dir;
    this.log = new SessionLog(dir);
    this.#info = readSessionInfo(dir);
    this.#reach = reachOf(dir, this.#info);
  }

  get reach(): Reach | undefined {
    return this.#reach;
  }

  /** Whether another machine has it: what is published here goes there, and its files are those of that machine. */
  get isCopy(): boolean {
    return this.#isCopy;
  }

  /** A log of a newer format, or out of reach. */
  get #readOnly(): boolean {
    return this.log.readOnly || this.#reach?.outOfReach !== undefined;
  }

  get state(): SessionState {
    return this.log.state;
  }

  get transcript(): string | undefined {
    return this.#isCopy ? undefined : this.state.session.transcript;
  }

  append(now: number, event: NewEvent): void {
    if (this.#readOnly) return;
    publish(this.dir, now, event);
    this.refresh();
  }

  /** Whether its log has more than was folded yet. */
  get isBehind(): boolean {
    return this.log.isBehind;
  }

  /** Whether its log was folded to its end once: before that its state is one of long ago. */
  get isFolded(): boolean {
    return this.#isFolded;
  }

  /** The id that a person sees: Claude's own, which `/clear` may have changed since the folder was made. */
  get id(): string {
    return this.state.session.id ?? this.folder;
  }

  get live(): boolean {
    return this.#live;
  }

  /** The process of its Claude, as its hooks recorded it; undefined where its number means nothing here. */
  get pid(): number | undefined {
    return this.#reach?.noTerminal === true || this.#isCopy ? undefined : this.#info?.pid;
  }

  /** The project's folder, links resolved at the last reading. Undefined until session.json or the log names it, and of a copy. */
  get project(): string | undefined {
    const path = this.#info?.project ?? this.state.session.cwd;
    if (path === undefined || this.#isCopy) return undefined;
    if (this.#project?.path !== path) this.#project = { path, real: realPath(path) };
    return this.#project.real;
  }

  /** When it began, as far as that is known, epoch ms: lists are sorted by it. */
  get startedTs(): number {
    return this.#info?.started ?? this.state.session.startedTs ?? this.state.lastTs;
  }

  /**
   * Folds what is new, of much only a part: then it `isBehind`, and the next call goes on. Returns whether anything was folded
   * since the last call; false also where there is no log.
   */
  refresh(): boolean {
    this.#info = readSessionInfo(this.dir) ?? this.#info;
    this.#reach = reachOf(this.dir, this.#info);
    this.#project = undefined;
    this.#isCopy = exists(sessionPaths(this.dir).copy);
    try {
      const { generation } = this.log;
      this.log.refresh(undefined, SLICE_BYTES);
      const { position } = this.log;
      const isReplaced = this.log.generation !== generation;
      const changed = isReplaced || position !== this.#refreshedTo;
      this.#refreshedTo = position;
      if (isReplaced) this.#isFolded = false;
      if (!this.isBehind) this.#isFolded = true;
      return changed;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    } finally {
      this.checkLive();
    }
  }

  /** Whether Claude's process certainly runs, also where nothing has been folded. */
  runs(): boolean {
    return isSessionLive(this.#info) === true;
  }

  /** Checks whether Claude's process still runs; returns whether that has changed. */
  checkLive(): boolean {
    const before = this.#live;
    // what runs here of a copy has joined it, and its own Claude is elsewhere
    const running = this.#isCopy ? undefined : isSessionLive(this.#info);
    this.#hasRun ||= running === true;
    // a quiet room is no dead one
    const isFresh = !this.#isCopy || isOpenRoom(this.state) || Date.now() - this.state.lastTs < STALE_MS;
    this.#live = (running ?? isFresh) && this.state.conductor.state !== 'ended' && this.state.events > 0;
    return this.#live !== before;
  }

  /**
   * Looks how it is connected with other machines; returns whether that has changed.
   * @param keeps whether the bridge is kept running for it
   */
  checkLink(home: string, now: number, keeps: boolean): boolean {
    const before = this.#link;
    this.#link = exists(sessionPaths(this.dir).seat) ? machineLink(home, this.dir, now, keeps) : undefined;
    return keyOf(this.#link) !== keyOf(before);
  }

  /** Whether its log has another length than the folded part. Asked each second: an asynchronous call costs ten times as much. */
  hasGrown(): boolean {
    try {
      return statSync(logToRead(this.dir), { throwIfNoEntry: false })?.size !== this.log.position;
    } catch {
      return true; // the read that follows reports the error
    }
  }

  /** Whether something has run out of time, or a flag waits to be obeyed. */
  isDue(now: number): boolean {
    return (
      this.#hasFlags || (this.#live && !this.#readOnly && !this.#isCopy && dueExpiriesHere(this.state, now).length > 0)
    );
  }

  /**
   * Arms what its lines ask for, since their writers may not have, publishes what has run out of time or that its Claude
   * was killed, and saves the folded state for the next start. Returns whether anything was published.
   */
  maintain(now: number): boolean {
    // of a copy the bridge takes care, and nothing runs out there before its own machine has it so
    if (this.#isCopy) return false;
    if (this.#reach?.outOfReach === undefined && isSnapshotDue(this.log)) inOwnTurn(() => saveSnapshot(this.log));
    if (this.#readOnly) return false;
    if (!this.#live) return this.#publishEnd(now);
    const due = dueExpiriesHere(this.state, now);
    if (due.length > 0) {
      publish(this.dir, now, ...due);
      this.log.refresh();
    }
    armFromState(this.dir, this.state);
    return due.length > 0;
  }

  /** Claude was killed, which no hook reports: its session has ended, and this is the time at which it did. */
  #publishEnd(now: number): boolean {
    const { conductor } = this.state;
    if (!this.#hasRun || conductor.state === 'ended' || isSessionLive(this.#info) !== false) return false;
    publish(this.dir, now, { t: 'end', reason: ENDED_SILENTLY });
    return this.log.refresh();
  }

  /** Obeys flags after the grace time, unless a hook does so first. */
  scheduleFlags(onConsumed: () => void, onError: (error: unknown) => void): void {
    this.#hasFlags = !this.#readOnly && !this.#isCopy && readFlags(this.dir).length > 0;
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
    const stamp = [this.log.generation, this.log.position, transcript?.revision, keyOf(this.#link)].join(' ');
    if (!this.#live && cached?.stamp === stamp && !cached.view.session.live) return cached.view;
    const { live, reach } = this;
    const link = this.#link;
    const options = { now, silentSeconds, id: this.folder, live, transcript, reach, link, texts: viewTexts() };
    const view = toViewModel(this.state, options);
    this.#cached = { view, stamp };
    return view;
  }

  dispose(): void {
    clearTimeout(this.#flagTimer);
  }
}

/** What of a link a view shows: not when a machine was heard that is heard. */
const keyOf = (link: SessionLink | undefined): string =>
  link === undefined ? '' : JSON.stringify({ ...link, heard: '', behind: 0, seatHeardTs: 0 });
