/** Undoes something once; the shape that VS Code's own disposables have. */
export interface Disposable {
  dispose(): void;
}

/** Tells listeners that something has changed. Like VS Code's, so that what needs no editor needs none in its tests. */
export class Emitter {
  #listeners = new Set<() => void>();

  readonly event = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  };

  fire(): void {
    for (const listener of this.#listeners) listener();
  }
}
