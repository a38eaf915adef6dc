import type { FromPanel, ToPanel } from '#protocol/messages.ts';

/** The extension as a page sees it: VS Code, or a stand-in on a plain page. The messages are the panel's by default. */
export interface Host<From = FromPanel, To extends { type: string } = ToPanel> {
  post(message: From): void;
  /** The state that the page saved before VS Code discarded it; another version of the page may have written it. */
  savedState(): Record<string, unknown>;
  saveState(state: object): void;
  /** Listens to the messages of one type until the returned function is called. */
  on<T extends To['type']>(type: T, listener: (message: To & { type: T }) => void): () => void;
}

declare function acquireVsCodeApi(): {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: object): void;
};

/** Connects to VS Code; no other code knows its API for webviews. VS Code allows one call for each page. */
export function connectHost<From = FromPanel, To extends { type: string } = ToPanel>(): Host<From, To> {
  const api = acquireVsCodeApi();
  const listeners = new Map<unknown, Set<(message: never) => void>>();
  window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
    // VS Code and its own scripts post other messages to the same window, which no listener is for
    const message = unpacked(asRecord(data));
    for (const listener of listeners.get(message['type']) ?? []) listener(message as never);
  });
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- VS Code's function has no origin
    post: (message) => api.postMessage(message),
    savedState: () => asRecord(api.getState()),
    saveState: (state) => api.setState(state),
    on: (type, listener) => {
      const ofType = listeners.get(type) ?? new Set();
      listeners.set(type, ofType.add(listener));
      return () => void ofType.delete(listener);
    },
  };
}

const decoder = new TextDecoder();

/** A message of the extension, which comes as the bytes of its JSON. */
const unpacked = (data: Record<string, unknown>): Record<string, unknown> =>
  data['packed'] instanceof Uint8Array ? asRecord(JSON.parse(decoder.decode(data['packed']))) : data;

/** The properties of a value of unknown type; none if it is no object. */
export function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

/** Reports the page's uncaught errors to the extension. */
export function reportErrors(host: { post(message: { type: 'fault'; message: string }): void }): void {
  const report = (error: unknown): void => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    // the extension accepts 4,096 characters
    host.post({ type: 'fault', message: message.slice(0, 4000) });
  };
  window.addEventListener('error', (event) => report(event.error ?? event.message));
  window.addEventListener('unhandledrejection', (event) => report(event.reason));
}
