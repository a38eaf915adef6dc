import type { Disposable } from '#extension/base/emitter.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import type { SessionStore } from '#extension/sessions/sessionStore.ts';
import type { PastSessions } from './pastSessions.ts';
import type { PastTree } from './pastTree.ts';

export interface HistoryOptions {
  home: string;
  store: SessionStore;
  /** What a list of past sessions would show has changed. */
  onChange: () => void;
  onError: (error: unknown) => void;
}

/** The past sessions of this window's folders. What it takes to show them is loaded with the first look. */
export class History implements Disposable {
  readonly #options: HistoryOptions;
  #loading: Promise<{ sessions: PastSessions; tree: PastTree }> | undefined;
  #sessions: PastSessions | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** Those that are in no list of sessions, the newest first. */
  folders(): PastFolder[] {
    return this.#options.store.past();
  }

  /** All that are over: also those that ended while this window looked, or that somebody has opened. */
  all(): PastFolder[] {
    const listed = this.#options.store.list().flatMap(({ folder, dir, live, project, state }): PastFolder[] => {
      return live || project === undefined ? [] : [{ folder, dir, project, modifiedMs: state.lastTs }];
    });
    return [...this.folders(), ...listed].toSorted((a, b) => b.modifiedMs - a.modifiedMs);
  }

  load(): Promise<{ sessions: PastSessions; tree: PastTree }> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  dispose(): void {
    this.#sessions?.dispose();
  }

  async #load(): Promise<{ sessions: PastSessions; tree: PastTree }> {
    const [{ PastSessions }, { PastTree }] = await Promise.all([import('./pastSessions.ts'), import('./pastTree.ts')]);
    const { home, onError, onChange } = this.#options;
    const sessions = new PastSessions({ home, onError });
    sessions.onDidChange(onChange);
    this.#sessions = sessions;
    return { sessions, tree: new PastTree(sessions, () => this.folders()) };
  }
}
