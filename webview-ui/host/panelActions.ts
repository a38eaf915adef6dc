import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Intent, OlderActivity } from '#protocol/messages.ts';
import type { PeekView } from '#protocol/peek.ts';
import type { Host } from './host.ts';

/** Requests the activity before a position of a session's log. */
export type FetchOlder = (session: string, before: number, answer: (page: OlderActivity) => void) => void;

/** Requests a closer look at a worker, else at the Conductor; the returned function drops the answer. */
export type FetchPeek = (session: string, worker: string | undefined, answer: (peek: PeekView) => void) => () => void;

/** What the panel may ask of the extension right now. */
export interface PanelActions {
  run: (intent: Intent) => void;
  older: FetchOlder;
  peek: FetchPeek;
  /** The session on display. Intents name it, since the person may select another one before they arrive. */
  session: string;
  /** False in Restricted Mode and in the past: everything is shown, but no button acts. */
  mayAct: boolean;
  /** Whether the panel shows a time of the past. */
  past: boolean;
  /** False if the session has no hooks: a message to it would not be delivered. */
  hooked: boolean;
  /** False if its Claude can be in no terminal of this machine. */
  terminal: boolean;
}

/** Hands the actions to all components below the panel. */
export const PanelActionsContext = createContext<PanelActions>({
  run: () => undefined,
  older: () => undefined,
  peek: () => () => undefined,
  session: '',
  mayAct: false,
  past: false,
  hooked: false,
  terminal: false,
});

export function usePanelActions(): PanelActions {
  return useContext(PanelActionsContext);
}

/** Makes the function that fetches older activity; several of its requests may be under way at once. */
export const olderFetcher =
  (host: Pick<Host, 'on' | 'post'>): FetchOlder =>
  (session, before, answer) => {
    const stop = host.on('older', (page) => {
      if (page.session !== session || page.before !== before) return;
      stop();
      answer(page);
    });
    host.post({ type: 'older', session, before });
  };

/** Makes the function that fetches a closer look. */
export const peekFetcher =
  (host: Pick<Host, 'on' | 'post'>): FetchPeek =>
  (session, worker, answer) => {
    const stop = host.on('peek', (peek) => {
      if (peek.session !== session || peek.worker !== worker) return;
      stop();
      answer(peek);
    });
    host.post({ type: 'peek', session, worker });
    return stop;
  };
