import { missingEvents, type ExternalStatus } from '#core/claude/reconcile.ts';
import { roleOf } from '#core/session/role.ts';
import type { AgentTranscript } from '#core/claude/transcript/sessionTranscript.ts';
import { emptyTranscript } from '#core/claude/transcript/transcriptState.ts';
import { CONDUCTOR } from '#protocol/ids.ts';
import type { Settings } from '#protocol/settings.ts';
import type { ViewModel } from '#protocol/viewModel.ts';
import { publishCollisions } from './collisionWatch.ts';
import { DisposableStore, Emitter, repeat } from '#extension/base/emitter.ts';
import type { TranscriptSessions } from './transcriptSessions.ts';
import type { TrackedTranscript, Session } from './session.ts';
import type { SessionStore } from './sessionStore.ts';
import { Transcripts } from './transcripts.ts';
import { LoggedSession } from './loggedSession.ts';

/** How often Claude Code's own list of running sessions is read. */
const POLL_MS = 2000;
/** How many sessions that have ended have their transcripts followed. */
const MAX_ENDED = 3;

export interface SessionListOptions {
  store: SessionStore;
  transcriptSessions: TranscriptSessions;
  settings: () => Pick<Settings, 'workers.silentSeconds' | 'collisions'>;
  trusted: () => boolean;
  onError: (error: unknown) => void;
}

/** Every session of this window, known by its log or by its transcript alone. All surfaces draw this list. */
export class SessionList {
  readonly #options: SessionListOptions;
  readonly #transcripts: Transcripts;
  readonly #changed = new Emitter();
  readonly #disposables = new DisposableStore();

  readonly onDidChange = this.#changed.event;

  constructor(options: SessionListOptions) {
    this.#options = options;
    this.#transcripts = new Transcripts({
      paths: () => this.#transcriptPaths(),
      onChange: () => this.#transcriptsChanged(),
      onError: options.onError,
    });
    this.#disposables.addAll(this.#transcripts, options.store.onDidChange(this.#changed.fire));
  }

  /** Reads which sessions run, now and from then on. */
  start(): void {
    this.#disposables.add(repeat(() => this.refresh(), POLL_MS));
    this.refresh();
  }

  /** This window's sessions: the live ones first, the newest first among equals. */
  list(): Session[] {
    const all: Session[] = [...this.#options.store.list(), ...this.#options.transcriptSessions.list()];
    return all.toSorted((a, b) => Number(b.live) - Number(a.live) || b.startedTs - a.startedTs);
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
    return session.view(now, silentSeconds, this.#transcriptOf(session));
  }

  /** Reads which sessions run, which of them have no hooks, and which events the hooks of the others did not report. */
  refresh(): void {
    try {
      const { store, transcriptSessions } = this.#options;
      const listChanged = transcriptSessions.refresh();
      store.check(transcriptSessions.folders());
      if (this.#reconcile() || listChanged) this.#changed.fire();
    } catch (error) {
      this.#options.onError(error);
    }
  }

  dispose(): void {
    this.#disposables.dispose();
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
      const edits = live.map((session) => ({ session, transcript: this.#transcriptOf(session) }));
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
      const turn = this.#transcripts.of(session.transcript)?.main.turn;
      return {
        ...transcriptSessions.process(session.id),
        turnContinues: turn?.state === 'working' && turn.refused === true,
      };
    };
    const live = store.list().filter((session) => session.live);
    return live.map((session) => reconcile(session, statusOf(session), Date.now())).includes(true);
  }

  /** The transcript of a session with those of its subagents and of the sessions that have joined it. */
  #transcriptOf(session: Session): TrackedTranscript | undefined {
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
    if (workers.length === 0) return ownTranscript;
    const agents = workers.map(([name, { main }]): [string, AgentTranscript] => [
      name,
      { state: main, ownSession: true },
    ]);
    return {
      main: ownTranscript?.main ?? emptyTranscript(),
      agents: new Map([...(ownTranscript?.agents ?? []), ...agents]),
      revision: workers.reduce((sum, [, { revision }]) => sum + revision, ownTranscript?.revision ?? 0),
    };
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
