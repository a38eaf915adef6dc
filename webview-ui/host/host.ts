import type { FromPanel, ToPanel } from '../../src/protocol/messages.ts';

/** The other side of a page: the extension in VS Code, or a stand-in on a plain page. What it says and hears is the panel's unless said otherwise. */
export interface Host<From = FromPanel, To = ToPanel> {
  post(message: From): void;
  /** What an earlier life of this page kept; anything, since an older version may have written it. */
  savedState(): unknown;
  saveState(state: object): void;
  onSnapshot(listener: (snapshot: To) => void): void;
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: object): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The only place that knows VS Code's API for webviews, so that the rest runs anywhere. May be called once a page. */
export function connectHost<From = FromPanel, To = ToPanel>(): Host<From, To> {
  const api = acquireVsCodeApi();
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- VS Code's function has no origin
    post: (message) => api.postMessage(message),
    savedState: () => api.getState(),
    saveState: (state) => api.setState(state),
    onSnapshot: (listener) =>
      window.addEventListener('message', (event: MessageEvent<unknown>) => {
        if (isSnapshot(event.data)) listener(event.data as To);
      }),
  };
}

/** VS Code and its own scripts post messages of other kinds to the same window. */
function isSnapshot(data: unknown): boolean {
  return typeof data === 'object' && data !== null && (data as { type?: unknown }).type === 'snapshot';
}
