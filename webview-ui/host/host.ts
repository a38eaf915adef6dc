import type { FromPanel, OlderActivity, ToPanel } from '#protocol/messages.ts';

/** The other side of a page: the extension in VS Code, or a stand-in on a plain page. What it says and hears is the panel's unless said otherwise. */
export interface Host<From = FromPanel, To extends { type: string } = ToPanel> {
  post(message: From): void;
  /** What an earlier life of this page kept; anything, since an older version may have written it. */
  savedState(): unknown;
  saveState(state: object): void;
  /** Listens to the messages of one type, and returns the way to stop. */
  on<T extends To['type']>(type: T, listener: (message: To & { type: T }) => void): () => void;
}

interface VsCodeApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: object): void;
}

declare function acquireVsCodeApi(): VsCodeApi;

/** The only place that knows VS Code's API for webviews, so that the rest runs anywhere. May be called once a page. */
export function connectHost<From = FromPanel, To extends { type: string } = ToPanel>(): Host<From, To> {
  const api = acquireVsCodeApi();
  return {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- VS Code's function has no origin
    post: (message) => api.postMessage(message),
    savedState: () => api.getState(),
    saveState: (state) => api.setState(state),
    on: (type, listener) => {
      const onMessage = ({ data }: MessageEvent<unknown>): void => {
        if (hasType(type, data)) listener(data as Parameters<typeof listener>[0]);
      };
      window.addEventListener('message', onMessage);
      return () => window.removeEventListener('message', onMessage);
    },
  };
}

/** VS Code and its own scripts post messages of other kinds to the same window. */
function hasType(type: string, data: unknown): boolean {
  return (data as { type?: unknown } | null)?.type === type;
}

/** Asks for what happened before a position of a session's log. */
export function fetchOlder(
  host: Pick<Host, 'on' | 'post'>,
  session: string,
  before: number,
  answer: (page: OlderActivity) => void,
): void {
  const stop = host.on('older', (page) => {
    if (page.session !== session || page.before !== before) return;
    stop();
    answer(page);
  });
  host.post({ type: 'older', session, before });
}
