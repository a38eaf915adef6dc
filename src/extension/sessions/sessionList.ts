import { sessionView } from '../../core/project/viewModel.ts';
import type { OwnAccount } from '../../core/session/untold.ts';
import { roleOf } from '../../core/session/role.ts';
import type { AgentTranscript } from '../../core/transcript/sessionTranscript.ts';
import { emptyTranscript } from '../../core/transcript/state.ts';
import { CONDUCTOR } from '../../protocol/ids.ts';
import type { Settings } from '../../protocol/settings.ts';
import type { SessionView, ViewModel } from '../../protocol/viewModel.ts';
import { sayCollisions, type WatchedEdits } from './collisionWatch.ts';
import { Emitter, type Disposable } from '../emitter.ts';
import type { SeenSessions } from './seenSessions.ts';
import type { ReadTranscript, Session } from './session.ts';
import type { SessionStore } from './sessions.ts';
import { tellApart } from './tellApart.ts';
import { sayUntold } from './sayUntold.ts';
import { Transcripts } from './transcripts.ts';
import { WatchedSession } from './watchedSession.ts';

/** How often it is looked which sessions run, and whose hooks do not reach Fermata. */
const LOOK_MS = 2000;
/** So many sessions that have ended have their transcripts read, too. */
const ENDED_READ = 3;

export interface SessionListOptions {
  store: SessionStore;
  seen: SeenSessions;
  settings: () => Pick<Settings, 'workers.silentSeconds' | 'collisions'>;
  trusted: () => boolean;
  fault: (error: unknown) => void;
}

/** Every session of this window, by its log or by its transcript alone. All surfaces draw from here. */
export class SessionList {
  readonly #options: SessionListOptions;
  readonly #transcripts: Transcripts;
  readonly #changed = new Emitter();
  readonly #stop: Disposable;
  #timer: NodeJS.Timeout | undefined;

  readonly onDidChange = this.#changed.event;

  constructor(options: SessionListOptions) {
    this.#options = options;
    this.#transcripts = new Transcripts({
      wanted: () => this.#transcriptPaths(),
      changed: () => this.#transcriptsChanged(),
      fault: options.fault,
    });
    this.#stop = options.store.onDidChange(() => this.#changed.fire());
  }

  /** Looks which sessions there are, now and from then on. */
  start(): void {
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref();
    this.look();
  }

  /** This window's sessions: those at work first, and the newest of each first. */
  list(): Session[] {
    const all: Session[] = [...this.#options.store.list(), ...this.#options.seen.list()];
    return all.toSorted((a, b) => Number(b.live) - Number(a.live) || b.startedTs - a.startedTs);
  }

  /** The session of that id, by Claude's own id or by its folder's name. */
  find(id: string): Session | undefined {
    const all = this.list();
    return all.find((s) => s.id === id) ?? all.find((s) => s.folder === id);
  }

  /** Takes a session that is over into the list, by its folder's name; undefined where there is none. */
  open(folder: string): Session | undefined {
    return this.#options.store.open(folder);
  }

  /** All of them in short: the one that is shown is drawn many times a second, and the rest with it. */
  views(): SessionView[] {
    const views = this.list().map((session) => {
      const { folder: id, live, state, unhooked } = session;
      const transcript = this.#read(session);
      return sessionView(state, { id, live, transcript, ...(unhooked === undefined ? {} : { unhooked }) });
    });
    return tellApart(views);
  }

  view(session: Session, now: number): ViewModel {
    const silentSeconds = this.#options.settings()['workers.silentSeconds'];
    return session.view(now, silentSeconds, this.#read(session));
  }

  /** Looks which sessions there are without hooks, and what no hook tells of the others. */
  look(): void {
    try {
      const isNew = this.#options.seen.look();
      if (this.#sayUntold() || isNew) this.#changed.fire();
    } catch (error) {
      this.#options.fault(error);
    }
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#stop.dispose();
    this.#transcripts.dispose();
  }

  #transcriptPaths(): string[] {
    const all = this.list();
    const ended = all.filter((s) => !s.live).slice(0, ENDED_READ);
    const followed = [...all.filter((s) => s.live), ...ended].flatMap(({ transcript }) => transcript ?? []);
    return [...followed, ...this.#options.seen.linked().map(({ transcript }) => transcript)];
  }

  #transcriptsChanged(): void {
    const { seen, settings, trusted, fault } = this.#options;
    const now = Date.now();
    for (const session of seen.list()) {
      const transcript = this.#transcripts.of(session.transcript);
      if (transcript !== undefined) session.follow(transcript, now);
    }
    try {
      this.#sayUntold();
      if (settings().collisions === 'warn' && trusted()) sayCollisions(this.#edits(), now, refresh);
    } catch (error) {
      fault(error);
    }
    this.#changed.fire();
  }

  #sayUntold(): boolean {
    const { store, seen, trusted } = this.#options;
    if (!trusted()) return false;
    const account = (session: Session): OwnAccount => {
      const turn = this.#transcripts.of(session.transcript)?.main.turn;
      return { ...seen.process(session.id), goesOn: turn?.state === 'working' && turn.refused === true };
    };
    const live = store.list().filter((session) => session.live);
    return live.map((session) => sayUntold(session, account(session), Date.now())).includes(true);
  }

  #edits(): WatchedEdits[] {
    const live = this.list().filter((session) => session.live);
    return live.map((session) => ({ session, transcript: this.#read(session) }));
  }

  /** What is read of a session, its subagents and the sessions that work for it. */
  #read(session: Session): ReadTranscript | undefined {
    const own = this.#transcripts.of(session.transcript);
    const { folder, state } = session;
    const workers = this.#options.seen.linked().flatMap(({ id, parent, transcript }): [string, ReadTranscript][] => {
      const read = parent === folder ? this.#transcripts.of(transcript) : undefined;
      const role = roleOf(state, id, {});
      // a session that goes on under another id is a link, too
      return read === undefined || role === CONDUCTOR ? [] : [[role, read]];
    });
    if (workers.length === 0) return own;
    const agents = workers.map(([name, { main }]): [string, AgentTranscript] => [
      name,
      { state: main, ownSession: true },
    ]);
    return {
      main: own?.main ?? emptyTranscript(),
      agents: new Map([...(own?.agents ?? []), ...agents]),
      revision: workers.reduce((sum, [, { revision }]) => sum + revision, own?.revision ?? 0),
    };
  }
}

function refresh(session: Session): void {
  if (session instanceof WatchedSession) session.refresh();
}
