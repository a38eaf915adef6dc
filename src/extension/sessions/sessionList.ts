import { missingEvents, type ExternalStatus } from '#core/claude/reconcile.ts';
import { subagentTranscript } from '#core/claude/subagents.ts';
import { roleOf } from '#core/session/role.ts';
import type { AgentTranscript } from '#core/claude/transcript/sessionTranscript.ts';
import { emptyTranscript } from '#core/claude/transcript/transcriptState.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Settings } from '#protocol/settings.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import type { Changes } from './changes.ts';
import { publishCollisions } from './collisionWatch.ts';
import { DisposableStore, Emitter, repeat, type Disposable } from '#extension/base/emitter.ts';
import { Throttle } from '#extension/base/throttle.ts';
import { watchFolder } from '#extension/base/watchFolder.ts';
import type { TranscriptSessions } from './transcriptSessions.ts';
import type { TrackedTranscript, Session } from './session.ts';
import type { SessionStore } from './sessionStore.ts';
import { Transcripts } from './transcripts.ts';
import { LoggedSession } from './loggedSession.ts';

/** How often Claude Code's own list of running sessions is read; most changes there are seen at once. */
const POLL_MS = 5000;
/** The shortest time between two readings of it for a change there. */
const STATUS_MS = 50;
/** How many sessions that have ended have their transcripts followed. */
const MAX_ENDED = 3;

export interface SessionListOptions {
  store: SessionStore;
  transcriptSessions: TranscriptSessions;
  settings: () => Pick<Settings, 'workers.silentSeconds' | 'collisions'>;
  trusted: () => boolean;
  /** What agents have changed; without it no view has changes. */
  changes?: Changes;
  /** Claude Code's folder of running sessions, whose changes are read at once. */
  claudeSessions?: string;
  /** How often Claude Code's own list of running sessions and their transcripts are read. */
  polling?: { sessionsMs: number; transcriptsMs: number };
  onError: (error: unknown) => void;
}

/** Every session of this window, known by its log or by its transcript alone. All surfaces draw this list. */
export class SessionList {
  readonly #options: SessionListOptions;
  readonly #transcripts: Transcripts;
  readonly #changed = new Emitter();
  /** The projects of the live sessions that are not this window's, by the names of their folders. */
  #outside: ReadonlyMap<string, string> = new Map();
  readonly #disposables = new DisposableStore();

  readonly #statusReader = this.#disposables.add(new Throttle(STATUS_MS, () => this.refresh()));
  #statusWatch: Disposable | undefined;

  readonly onDidChange = this.#changed.event;

  constructor(options: SessionListOptions) {
    this.#options = options;
    this.#transcripts = new Transcripts({
      paths: () => this.#transcriptPaths(),
      onChange: () => this.#transcriptsChanged(),
      onError: options.onError,
      pollMs: options.polling?.transcriptsMs,
    });
    this.#disposables.addAll(
      this.#transcripts,
      options.store.onDidChange(() => this.#listChanged()),
    );
  }

  /** Reads which sessions run, now and from then on. */
  start(): void {
    this.#disposables.add(repeat(() => this.refresh(), this.#options.polling?.sessionsMs ?? POLL_MS));
    this.refresh();
  }

  /** This window's sessions: the live ones first, the newest first among equals. */
  list(): Session[] {
    const all: Session[] = [...this.#options.store.list(), ...this.#options.transcriptSessions.list()];
    return all.toSorted((a, b) => Number(b.live) - Number(a.live) || b.startedTs - a.startedTs);
  }

  /** The folders of the live sessions that are not in this list: one for each session. */
  outside(): string[] {
    return [...this.#outside.values()];
  }

  /** Finds a session by Claude's own id or by its folder's name. */
  find(id: string): Session | undefined {
    const all = this.list();
    return all.find((s) => s.id === id) ?? all.find((s) => s.folder === id);
  }

  /** Adds a past session to the list, by its folder's name; undefined where there is none. */
  open(folder: string): Session | undefined {
    return this.#options.store.open(folder);
  }

  /** A session's view at `now`, with what its transcript adds. */
  view(session: Session, now: number): ViewModel {
    const silentSeconds = this.#options.settings()['workers.silentSeconds'];
    const transcript = this.transcriptOf(session);
    const view = session.view(now, silentSeconds, transcript);
    return this.#options.changes?.addTo(view, transcript) ?? view;
  }

  /** The transcript of a session with those of its subagents and of the sessions that have joined it. */
  transcriptOf(session: Session): TrackedTranscript | undefined {
    const ownTranscript = this.#transcripts.of(session.transcript);
    const { folder, state } = session;
    const workers = this.#options.transcriptSessions
      .linked()
      .flatMap(({ id, parent, transcript }): [string, TrackedTranscript][] => {
        const tracked = parent === folder ? this.#transcripts.of(transcript) : undefined;
        const role = roleOf(state, id, {});
        // a session that was continued under another id is a link, too
        return tracked === undefined || role === CONDUCTOR ? [] : [[role, tracked]];
      });
    const { named: given, job } = this.#options.transcriptSessions.process(session.id) ?? {};
    if (workers.length === 0 && given === undefined && job === undefined) return ownTranscript;
    const agents = workers.map(([name, { main }]): [string, AgentTranscript] => [
      name,
      { state: main, ownSession: true },
    ]);
    return {
      main: ownTranscript?.main ?? emptyTranscript(),
      agents: new Map([...(ownTranscript?.agents ?? []), ...agents]),
      given,
      background: job === undefined ? undefined : true,
      revision: workers.reduce((sum, [, { revision }]) => sum + revision, ownTranscript?.revision ?? 0),
    };
  }

  /** The process of a session's Claude, where it is known. */
  pidOf(session: Session): number | undefined {
    const hooked = session instanceof LoggedSession ? session.pid : undefined;
    return hooked ?? this.#options.transcriptSessions.process(session.id)?.pid;
  }

  /** Claude Code's id of a session that runs in the background; undefined for any other. */
  jobOf(session: Session): string | undefined {
    return this.#options.transcriptSessions.process(session.id)?.job;
  }

  /** The path of a session's transcript, or of that of one of its workers; undefined where none is known. */
  transcriptPath({ transcript, folder, state }: Session, worker?: string): string | undefined {
    if (worker === undefined || worker === CONDUCTOR) return transcript;
    const joined = this.#options.transcriptSessions
      .linked()
      .find(({ id, parent }) => parent === folder && roleOf(state, id, {}) === worker);
    return joined?.transcript ?? (transcript && subagentTranscript(transcript, worker));
  }

  /** Reads which sessions run, which of them have no hooks, and which events the hooks of the others did not report. */
  refresh(): void {
    const { claudeSessions } = this.#options;
    if (claudeSessions !== undefined)
      this.#statusWatch ??= watchFolder(claudeSessions, () => this.#statusReader.request());
    try {
      const { store, transcriptSessions } = this.#options;
      const listChanged = transcriptSessions.refresh();
      store.check(transcriptSessions.folders());
      const outsideChanged = this.#findOutside();
      if (this.#reconcile() || listChanged || outsideChanged) this.#listChanged();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  dispose(): void {
    this.#statusWatch?.dispose();
    this.#disposables.dispose();
  }

  #listChanged(): void {
    this.#transcripts.followNew();
    this.#changed.fire();
  }

  /** Returns whether other sessions run outside than before. */
  #findOutside(): boolean {
    const { store, transcriptSessions } = this.#options;
    const running = transcriptSessions.outside().map(({ folder, project }): [string, string] => [folder, project]);
    const logged = store.elsewhere().map(({ folder, project = '' }): [string, string] => [folder, project]);
    const before = this.#outside;
    this.#outside = new Map([...running, ...logged]);
    return before.size !== this.#outside.size || [...before.keys()].some((folder) => !this.#outside.has(folder));
  }

  #transcriptPaths(): string[] {
    const all = this.list();
    const ended = all.filter((s) => !s.live).slice(0, MAX_ENDED);
    const followed = [...all.filter((s) => s.live), ...ended].flatMap(({ transcript }) => transcript ?? []);
    return [...followed, ...this.#options.transcriptSessions.linked().map(({ transcript }) => transcript)];
  }

  #transcriptsChanged(): void {
    const { transcriptSessions, settings, trusted, onError } = this.#options;
    const now = Date.now();
    for (const session of transcriptSessions.list()) {
      const transcript = this.#transcripts.of(session.transcript);
      if (transcript !== undefined) session.follow(transcript, now);
    }
    try {
      this.#reconcile();
      if (settings().collisions !== 'warn' || !trusted()) return;
      const live = this.list().filter((session) => session.live);
      const edits = live.map((session) => ({ session, transcript: this.transcriptOf(session) }));
      publishCollisions(edits, now, (session) => session instanceof LoggedSession && session.refresh());
    } catch (error) {
      onError(error);
    } finally {
      this.#changed.fire();
    }
  }

  #reconcile(): boolean {
    const { store, transcriptSessions, trusted } = this.#options;
    if (!trusted()) return false;
    const statusOf = (session: Session): ExternalStatus => {
      const { turn, shells } = this.#transcripts.of(session.transcript)?.main ?? {};
      return { ...transcriptSessions.process(session.id), turn, shells };
    };
    // the files of a copy are those of another machine
    const live = store.list().filter((session) => session.live && !session.isCopy);
    return live.map((session) => reconcile(session, statusOf(session), Date.now())).includes(true);
  }
}

/**
 * Appends to a session's log what Claude Code's own files report and no hook has. Another window may do the same, so the
 * log is read first. Returns whether anything was appended.
 */
function reconcile(session: LoggedSession, status: ExternalStatus, now: number): boolean {
  if (missingEvents(session.state, status, now).length === 0) return false;
  session.refresh();
  const events = missingEvents(session.state, status, now);
  for (const event of events) session.append(now, event);
  return events.length > 0;
}
