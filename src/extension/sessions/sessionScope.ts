import type { BoardChoices, Scope } from './boardChoices.ts';
import type { SessionList } from './sessionList.ts';
import type { SessionStore } from './sessionStore.ts';
import type { WindowFolders } from './windowFolders.ts';

export interface SessionScopeSources {
  choices: BoardChoices;
  folders: WindowFolders;
  store: Pick<SessionStore, 'reconfigure'>;
  list: Pick<SessionList, 'outside' | 'refresh' | 'onDidChange'>;
}

/**
 * Which sessions the window shows: those of its folders, or all that live on this machine. The folder of a session
 * elsewhere is added when it is first seen, and stays, so that its end is seen, too.
 */
export class SessionScope {
  readonly #sources: SessionScopeSources;
  readonly #listener: { dispose: () => void };

  constructor(sources: SessionScopeSources) {
    this.#sources = sources;
    this.#listener = sources.list.onDidChange(() => this.#follow());
  }

  /** The number of live sessions outside it. */
  outside(): number {
    return this.#sources.list.outside().length;
  }

  set(scope: Scope): void {
    const { choices, folders } = this.#sources;
    choices.setScope(scope);
    if (scope === 'everywhere') {
      this.#follow();
      return;
    }
    folders.excludeElsewhere();
    this.#refresh();
  }

  /** Adds the folders of one more project until the window closes. */
  include(project: string): void {
    this.#sources.folders.include(project);
    this.#refresh();
  }

  dispose(): void {
    this.#listener.dispose();
  }

  #follow(): void {
    const { choices, folders, list } = this.#sources;
    if (choices.scope !== 'everywhere') return;
    const projects = list.outside().filter((project) => project !== '');
    if (folders.includeElsewhere(projects)) this.#refresh();
  }

  #refresh(): void {
    const { store, list } = this.#sources;
    store.reconfigure();
    list.refresh();
  }
}
