import type { Disposable } from '#extension/base/emitter.ts';
import type { PastFolder } from '#extension/sessions/pastFolder.ts';
import type { SessionStore } from '#extension/sessions/sessionStore.ts';
import type { PastSessions } from './pastSessions.ts';
import type { PastTree } from './pastTree.ts';

export interface HistoryOptions {
  home: string;
  store: SessionStore;
  /** A list of past sessions would show something else now. */
  onChange: () => void;
  onError: (error: unknown) => void;
}

/** The past sessions of this window's folders. The code that reads and shows them is loaded when they are first shown. */
export class History implements Disposable {
  readonly #options: HistoryOptions;
  #loading: Promise<{ sessions: PastSessions; tree: PastTree }> | undefined;
  #sessions: PastSessions | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
  }

  /** The past sessions that no list of sessions shows, the newest first. */
  folders(): PastFolder[] {
    return this.#options.store.past();
  }

  /** All sessions that have ended, including those that ended or were opened in this window, the newest first. */
  all(): PastFolder[] {
    const listed = this.#options.store.list().flatMap(({ folder, dir, live, project, state }): PastFolder[] => {
      return live || project === undefined ? [] : [{ folder, dir, project, modifiedMs: state.lastTs }];
    });
    return [...this.folders(), ...listed].toSorted((a, b) => b.modifiedMs - a.modifiedMs);
  }

  load(): Promise<{ sessions: PastSessions; tree: PastTree }> {
    return (this.#loading ??= this.#load());
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
