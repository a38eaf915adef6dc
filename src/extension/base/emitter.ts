/** Something that is released once. It has the shape of VS Code's own disposables. */
export interface Disposable {
  dispose(): void;
}

/** Disposes its items together, in the order in which they were added; after that, every new item at once. */
export class DisposableStore implements Disposable {
  readonly #items: Disposable[] = [];
  #disposed = false;

  add<T extends Disposable>(item: T): T {
    this.addAll(item);
    return item;
  }

  addAll(...items: Disposable[]): void {
    this.#items.push(...items);
    if (this.#disposed) this.dispose();
  }

  dispose(): void {
    this.#disposed = true;
    for (const item of this.#items.splice(0)) item.dispose();
  }
}

/** Calls `action` every `ms` milliseconds until it is disposed. Does not keep the process alive. */
export function repeat(action: () => void, ms: number): Disposable {
  const timer = setInterval(action, ms).unref();
  return { dispose: () => clearInterval(timer) };
}

/** Notifies listeners of a change. Like VS Code's emitter, but unit tests need no editor for it. */
export class Emitter {
  readonly #listeners = new Set<() => void>();

  readonly event = (listener: () => void): Disposable => {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  };

  readonly fire = (): void => {
    for (const listener of this.#listeners) listener();
  };
}
