import type { TranscriptState } from '../core/transcript/state.ts';
import type { Settings } from '../protocol/settings.ts';
import type { ViewModel } from '../protocol/viewModel.ts';
import { sayCollisions, type WatchedEdits } from './collisionWatch.ts';
import { Emitter, type Disposable } from './emitter.ts';
import type { SeenSessions } from './seenSessions.ts';
import type { Session } from './session.ts';
import type { SessionStore } from './sessions.ts';
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
  readonly #timer: NodeJS.Timeout;

  readonly onDidChange = this.#changed.event;

  constructor(options: SessionListOptions) {
    this.#options = options;
    this.#transcripts = new Transcripts({
      wanted: () => this.#transcriptPaths(),
      changed: () => this.#transcriptsChanged(),
      fault: options.fault,
    });
    this.#stop = options.store.onDidChange(() => this.#changed.fire());
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

  view(session: Session, now: number): ViewModel {
    const silentSeconds = this.#options.settings()['workers.silentSeconds'];
    return session.view(now, silentSeconds, this.#transcripts.of(session.transcript));
  }

  /** Looks which sessions there are without hooks. */
  look(): void {
    try {
      if (this.#options.seen.look()) this.#changed.fire();
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
      if (settings().collisions === 'warn' && trusted()) sayCollisions(this.#edits(), now, refresh);
    } catch (error) {
      fault(error);
    }
    this.#changed.fire();
  }

  #edits(): WatchedEdits[] {
    const live = this.list().filter((session) => session.live);
    return live.map((session) => ({
      session,
      transcript: this.#transcripts.of(session.transcript),
      companions: this.#companions(session),
    }));
  }

  /** The sessions that work for this one, under the names that hooks know them by. */
  #companions({ folder }: Session): Map<string, TranscriptState> {
    const linked = this.#options.seen.linked().filter(({ parent }) => parent === folder);
    return new Map(
      linked.flatMap(({ id, transcript }): [string, TranscriptState][] => {
        const read = this.#transcripts.of(transcript);
        return read === undefined ? [] : [[`session-${id.slice(0, 8)}`, read.main]];
      }),
    );
  }
}

function refresh(session: Session): void {
  if (session instanceof WatchedSession) session.refresh();
}
